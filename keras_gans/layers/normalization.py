"""Normalization of images over space, and over the batch."""

from typing import Any

import keras
from keras import ops


def BatchNormalization(**kwargs) -> keras.layers.BatchNormalization:
    """Return DCGAN's batch normalization: momentum 0.9, epsilon 1e-5, gamma from N(1, 0.02).

    Its statistics span all replicas of a `tf.distribute` strategy, so that several devices train
    what one would.
    """
    return keras.layers.BatchNormalization(
        momentum=0.9,
        epsilon=1e-5,
        gamma_initializer=keras.initializers.RandomNormal(1.0, 0.02),
        synchronized=keras.config.backend() == "tensorflow",  # Keras knows no other
        **kwargs,
    )


@keras.saving.register_keras_serializable("keras_gans")
class InstanceNormalization(keras.layers.Layer):
    """Normalize each image and channel over height and width, then scale and shift.

    Statistics are taken in float32 whatever the compute dtype. Moments written out run faster here
    than `keras.layers.GroupNormalization(groups=-1)`, which computes the same.
    [Ulyanov et al., 2016](https://arxiv.org/abs/1607.08022)

    Args:
        epsilon: added to the variance.

    Call arguments:
        images: (n, h, w, c); returns the same shape.
    """

    def __init__(self, epsilon: float = 1e-5, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape):
        """Make one scale and one shift a channel."""
        channels = (input_shape[-1],)
        self.gamma = self.add_weight(name="gamma", shape=channels, initializer="ones")
        self.beta = self.add_weight(name="beta", shape=channels, initializer="zeros")

    def call(self, images):
        """Return the normalized images."""
        mean, variance = ops.moments(ops.cast(images, "float32"), axes=(1, 2), keepdims=True)
        scale = ops.cast(self.gamma, "float32") * ops.rsqrt(variance + self.epsilon)
        shift = ops.cast(self.beta, "float32") - mean * scale
        return images * ops.cast(scale, images.dtype) + ops.cast(shift, images.dtype)

    def compute_output_shape(self, input_shape):
        """Return the input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "epsilon": self.epsilon}
