"""Which form of an operation suits the hardware."""

import tensorflow as tf


def trains_on_gpu() -> bool:
    """Return whether layers compute on a GPU, whose libraries have their own fast convolutions.

    On CPUs, `ReflectionConv2D` and `GroupedConv2D` take other forms, which are faster there. The
    results are the same up to rounding.
    """
    return bool(tf.config.get_visible_devices("GPU"))
