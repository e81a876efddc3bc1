"""DCGAN's networks: strided and transposed convolutions only.

[Radford et al., 2015](https://arxiv.org/abs/1511.06434). Kernels are 4x4 as in the authors' code: a
multiple of the stride, which leaves no checkerboard.
"""

import keras
from keras import layers

from keras_gans.layers import BatchNormalization
from keras_gans.networks.parts import Normalization, normalized
from keras_gans.networks.sizes import doublings


def _normal() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(0.0, 0.02)


def generator(
    image_shape: tuple[int, ...],
    latent_dim: int = 100,
    filters: int = 64,
    normalization: Normalization = BatchNormalization,
) -> keras.Model:
    """Return a network from latents (n, latent_dim) to images (n, *image_shape) in [-1, 1].

    Args:
        image_shape: (side, side, channels); the side is 4 or 7 times a power of two.
        latent_dim: length of a latent vector.
        filters: channels before the last layer; each layer earlier has twice as many.
        normalization: makes the layer after each one's weights but the last's; None for none.

    Raises:
        ValueError: the side does not fit.
    """
    start, count = doublings(image_shape)
    width = filters << (count - 1)
    latents = keras.Input((latent_dim,), name="latents")
    kwargs = {"use_bias": normalization is None}
    x = layers.Dense(start * start * width, kernel_initializer=_normal(), **kwargs)(latents)
    x = layers.Reshape((start, start, width))(x)
    x = layers.ReLU()(normalized(x, normalization))
    for _ in range(count - 1):
        width //= 2
        x = layers.ReLU()(normalized(_up(width, **kwargs)(x), normalization))
    x = _up(image_shape[-1])(x)
    return keras.Model(latents, layers.Activation("tanh", dtype="float32")(x), name="generator")


def body(
    image_shape: tuple[int, ...],
    filters: int = 64,
    normalization: Normalization = BatchNormalization,
) -> keras.Model:
    """Return a network from images (n, *image_shape) to features, a discriminator's all but last.

    Args:
        image_shape: (side, side, channels); the side is 4 or 7 times a power of two.
        filters: channels of the first layer; each layer later has twice as many.
        normalization: makes the layer after each convolution but the first; None for none.

    Raises:
        ValueError: the side does not fit.
    """
    _, count = doublings(image_shape)
    images = keras.Input(image_shape, name="images")
    x = layers.LeakyReLU(0.2)(_down(filters)(images))  # not normalized: it has to see the colours
    for step in range(1, count):
        x = normalized(_down(filters << step, use_bias=normalization is None)(x), normalization)
        x = layers.LeakyReLU(0.2)(x)
    return keras.Model(images, layers.Flatten()(x), name="body")


def _up(filters: int, **kwargs) -> keras.layers.Layer:
    kwargs |= {"strides": 2, "padding": "same", "kernel_initializer": _normal()}
    return layers.Conv2DTranspose(filters, 4, **kwargs)


def _down(filters: int, **kwargs) -> keras.layers.Layer:
    kwargs |= {"strides": 2, "padding": "same", "kernel_initializer": _normal()}
    return layers.Conv2D(filters, 4, **kwargs)
