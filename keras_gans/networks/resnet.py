"""Residual networks of plain convolutions.

[Gulrajani et al., 2017, appendix C](https://arxiv.org/abs/1704.00028) and
[Miyato et al., 2018, appendix B.4](https://arxiv.org/abs/1802.05957), who have 128 or 256 channels
at all sizes of images of side 32. Here each size costs about the same.
"""

import keras
from keras import layers

from keras_gans.layers import BatchNormalization
from keras_gans.networks.parts import Normalization, normalized
from keras_gans.networks.sizes import widths


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
        filters: channels at half the image's side; half as many next to the image, twice as many
            at each smaller side.
        normalization: makes the layer before each activation; None for none.

    Raises:
        ValueError: the side does not fit.
    """
    start, channels = widths(image_shape, filters)
    latents = keras.Input((latent_dim,), name="latents")
    x = layers.Dense(start * start * channels[-1])(latents)
    x = layers.Reshape((start, start, channels[-1]))(x)
    for width in reversed(channels[:-1]):
        x = _doubled(x, width, normalization)
    x = layers.ReLU()(normalized(x, normalization))
    x = layers.Conv2D(image_shape[-1], 3, padding="same")(x)
    return keras.Model(latents, layers.Activation("tanh", dtype="float32")(x), name="generator")


def body(
    image_shape: tuple[int, ...],
    filters: int = 64,
    normalization: Normalization = BatchNormalization,
) -> keras.Model:
    """Return a network from images (n, *image_shape) to features, a discriminator's all but last.

    Args:
        image_shape: (side, side, channels); the side is 4 or 7 times a power of two.
        filters: channels at half the image's side; half as many next to the image, twice as many
            at each smaller side.
        normalization: makes the layer before each activation; None for none.

    Raises:
        ValueError: the side does not fit.
    """
    start, channels = widths(image_shape, filters)
    images = keras.Input(image_shape, name="images")
    x = _halved(images, _conv(channels[0])(images), channels[0], normalization)
    for width in channels[1:-1]:
        x = _halved(x, _convolved(x, x.shape[-1], normalization), width, normalization)
    y = _convolved(_convolved(x, channels[-1], normalization), channels[-1], normalization)
    x = layers.Add()([layers.Conv2D(channels[-1], 1)(x), y])
    x = layers.GlobalAveragePooling2D()(layers.ReLU()(x))
    # SNGAN's sum over pixels: spectral normalization leaves a mean too small to tell images apart.
    return keras.Model(images, layers.Rescaling(start * start)(x), name="body")


def _doubled(x, width: int, normalization: Normalization):
    """Return a residual block's images at twice the size."""
    y = layers.UpSampling2D()(layers.ReLU()(normalized(x, normalization)))
    y = _convolved(_conv(width)(y), width, normalization)
    # A convolution of single pixels costs a quarter before they are repeated, and is the same.
    return layers.Add()([layers.UpSampling2D()(layers.Conv2D(width, 1)(x)), y])


def _halved(x, y, width: int, normalization: Normalization):
    """Return the second half of a residual block: x as it came, y after the first convolution."""
    y = layers.AveragePooling2D(2)(_convolved(y, width, normalization))
    return layers.Add()([layers.Conv2D(width, 1)(layers.AveragePooling2D(2)(x)), y])


def _convolved(x, width: int, normalization: Normalization):
    return _conv(width)(layers.ReLU()(normalized(x, normalization)))


def _conv(width: int) -> keras.layers.Layer:
    return layers.Conv2D(width, 3, padding="same", kernel_initializer="he_uniform")
