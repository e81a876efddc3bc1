"""Reflection padding."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_gans")
class ReflectionPadding2D(keras.layers.Layer):
    """Pad height and width by reflection, without repeating the border: abc -> cb|abc|ba.

    Args:
        padding: rows and columns added at each border; less than the height and the width.

    Call arguments:
        images: (n, h, w, c); returns (n, h + 2 * padding, w + 2 * padding, c).
    """

    def __init__(self, padding: int = 1, **kwargs):
        super().__init__(**kwargs)
        self.padding = padding

    def call(self, images):
        """Return the padded images."""
        pad = (self.padding, self.padding)
        return ops.pad(images, ((0, 0), pad, pad, (0, 0)), mode="reflect")

    def compute_output_shape(self, input_shape):
        """Return (n, h + 2 * padding, w + 2 * padding, c)."""
        n, h, w, c = input_shape
        grow = 2 * self.padding
        return (n, h and h + grow, w and w + grow, c)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "padding": self.padding}
