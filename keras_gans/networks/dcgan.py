"""DCGAN's networks: strided and transposed convolutions.

[Radford et al., 2015](https://arxiv.org/abs/1511.06434). The kernel size, 4, is a multiple of the
stride, which avoids checkerboard artifacts.
"""

import keras
from keras import layers

from keras_gans.layers import BatchNormalization
from keras_gans.networks.initializers import normal
from keras_gans.networks.normalization import Normalization, normalized
from keras_gans.networks.sizes import num_upsamples


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
        filters: channels of the last hidden layer; each layer before it has twice as many.
        normalization: makes the layer after each hidden layer; None for none.

    Raises:
        ValueError: the network cannot make images of that shape.
    """
    start, count = num_upsamples(image_shape)
    width = filters << (count - 1)
    latents = keras.Input((latent_dim,), name="latents")
    kwargs = {"use_bias": normalization is None}
    x = layers.Dense(start * start * width, kernel_initializer=normal(), **kwargs)(latents)
    x = layers.Reshape((start, start, width))(x)
    x = layers.ReLU()(normalized(x, normalization))
    for _ in range(count - 1):
        width //= 2
        x = layers.ReLU()(normalized(_up(width, **kwargs)(x), normalization))
    x = _up(image_shape[-1])(x)
    return keras.Model(latents, layers.Activation("tanh", dtype="float32")(x), name="generator")


def backbone(
    image_shape: tuple[int, ...],
    filters: int = 64,
    normalization: Normalization = BatchNormalization,
) -> keras.Model:
    """Return a network from images (n, *image_shape) to features: a discriminator without head.

    Args:
        image_shape: (side, side, channels); the side is 4 or 7 times a power of two.
        filters: channels of the first layer; each layer after it has twice as many.
        normalization: makes the layer after each convolution but the first; None for none.

    Raises:
        ValueError: the network does not take images of that shape.
    """
    _, count = num_upsamples(image_shape)
    images = keras.Input(image_shape, name="images")
    x = layers.LeakyReLU(0.2)(_down(filters)(images))  # not normalized, as in the paper
    for step in range(1, count):
        x = normalized(_down(filters << step, use_bias=normalization is None)(x), normalization)
        x = layers.LeakyReLU(0.2)(x)
    return keras.Model(images, layers.Flatten()(x), name="backbone")


def _up(filters: int, **kwargs) -> keras.layers.Layer:
    kwargs |= {"strides": 2, "padding": "same", "kernel_initializer": normal()}
    return layers.Conv2DTranspose(filters, 4, **kwargs)


def _down(filters: int, **kwargs) -> keras.layers.Layer:
    kwargs |= {"strides": 2, "padding": "same", "kernel_initializer": normal()}
    return layers.Conv2D(filters, 4, **kwargs)
