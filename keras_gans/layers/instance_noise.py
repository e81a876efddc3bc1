"""Noise on the discriminator's inputs."""

from typing import Any

import keras
from keras import ops

from keras_gans.training.random import SeedGenerator


@keras.saving.register_keras_serializable("keras_gans")
class InstanceNoise(keras.layers.Layer):
    """Add noise from N(0, stddev^2) in training.

    If real and generated images do not overlap, a discriminator separates them perfectly and the
    generator learns nothing; noise makes the two distributions overlap. They are equal if and only
    if they are equal with noise, so the noise can stay until the end of training.
    [Sønderby et al., 2016](https://arxiv.org/abs/1610.04490)

    Unlike `keras.layers.GaussianNoise`, replicas under a `tf.distribute` strategy draw different
    noise. A subclass of Keras's layer would keep, and save, a second seed generator.

    Args:
        stddev: standard deviation of the noise.
        seed: random seed.

    Call arguments:
        inputs: of any shape; returns the same shape.
        training: noise is added in training only.
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.stddev = stddev
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)

    def call(self, inputs, training=False):
        """Return the inputs, with noise in training."""
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
