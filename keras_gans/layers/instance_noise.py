"""Noise on all that a discriminator sees."""

from typing import Any

import keras
from keras import ops

from keras_gans.gradients import SeedGenerator


@keras.saving.register_keras_serializable("keras_gans")
class InstanceNoise(keras.layers.Layer):
    """Add noise from N(0, stddev^2) in training.

    Two distributions that share no point are told apart with ease, and teach the generator nothing;
    noise makes them overlap. They are equal exactly where they are under the same noise, so it need
    not fade. [Sønderby et al., 2016](https://arxiv.org/abs/1610.04490)

    Args:
        stddev: the noise's standard deviation.
        seed: of the noise.

    Call arguments:
        inputs: of any shape; returns the same shape.
        training: whether the pass is one of training; else inputs stay as they are.
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.stddev = stddev
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)

    def call(self, inputs, training=False):
        """Return the inputs under noise."""
        if not training:
            return inputs
        shape, dtype = ops.shape(inputs), inputs.dtype
        return inputs + keras.random.normal(
            shape, stddev=self.stddev, dtype=dtype, seed=self.seed_generator
        )

    def compute_output_shape(self, input_shape):
        """Return the input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "stddev": self.stddev, "seed": self.seed}
