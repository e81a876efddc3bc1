"""Batch, layer and instance normalization with the papers' settings."""

from typing import Any

import keras
from keras import ops

from keras_gans.training.distribution import moments_over_replicas, replica_count


@keras.saving.register_keras_serializable("keras_gans")
class BatchNormalization(keras.layers.BatchNormalization):
    """DCGAN's batch normalization: momentum 0.9, epsilon 1e-5, gamma from N(1, 0.02).

    Statistics are computed over all replicas of a `tf.distribute` strategy, so that training on
    several devices equals training on one.

    Args:
        **kwargs: of `keras.layers.BatchNormalization`.
    """

    def __init__(self, **kwargs):
        settings = {
            "momentum": 0.9,
            "epsilon": 1e-5,
            "gamma_initializer": keras.initializers.RandomNormal(1.0, 0.02),
            "synchronized": keras.config.backend() == "tensorflow",  # the only backend that can
        }
        super().__init__(**settings | kwargs)

    def _moments(self, inputs, mask):
        if replica_count() == 1 or mask is not None:
            return super()._moments(inputs, mask)
        return moments_over_replicas(inputs, self._reduction_axes)


def LayerNormalization(**kwargs) -> keras.layers.GroupNormalization:
    """Return WGAN-GP's layer normalization: over height, width and channels of each example.

    Gamma and beta are per channel. Inputs (n, h, w, c) or (n, d); returns the same shape.
    """
    return keras.layers.GroupNormalization(groups=1, epsilon=1e-5, **kwargs)


@keras.saving.register_keras_serializable("keras_gans")
class InstanceNormalization(keras.layers.Layer):
    """Normalize each channel of each image over height and width, then scale and shift.

    It computes what `keras.layers.GroupNormalization(groups=-1)` does, faster: the gradient is
    written out. Statistics are computed in float32, or in float64 if that is the compute dtype.
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
        """Create gamma and beta, one of each per channel."""
        channels = (input_shape[-1],)
        self.gamma = self.add_weight(name="gamma", shape=channels, initializer="ones")
        self.beta = self.add_weight(name="beta", shape=channels, initializer="zeros")

    def call(self, images):
        """Return the normalized images."""
        dtype = keras.backend.result_type(self.compute_dtype, "float32")
        x, gamma, beta = (ops.cast(t, dtype) for t in (images, self.gamma, self.beta))
        return ops.cast(_normalize(x, gamma, beta, self.epsilon), images.dtype)

    def compute_output_shape(self, input_shape):
        """Return the input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "epsilon": self.epsilon}


def _normalize(x, gamma, beta, epsilon: float):
    @ops.custom_gradient
    def normalize(x, gamma, beta):
        mean, variance = ops.moments(x, axes=(1, 2), keepdims=True)
        deviation = ops.rsqrt(variance + epsilon)
        scale = gamma * deviation

        # Automatic differentiation would pass over the images twice as often.
        def gradient(*args, upstream=None):
            dy = args[0] if upstream is None else upstream
            pixels = ops.cast(ops.size(x) / ops.size(mean), x.dtype)
            dy_mean = ops.mean(dy, axis=(1, 2), keepdims=True)
            dy_x = ops.mean(dy * x, axis=(1, 2), keepdims=True)
            dy_normalized = (dy_x - mean * dy_mean) * deviation  # mean of dy * normalized x
            factor = scale * deviation * dy_normalized
            dx = dy * scale - x * factor + (mean * factor - scale * dy_mean)
            dgamma, dbeta = (pixels * ops.sum(t, axis=(0, 1, 2)) for t in (dy_normalized, dy_mean))
            return dx, dgamma, dbeta

        return x * scale + (beta - mean * scale), gradient

    return normalize(x, gamma, beta)
