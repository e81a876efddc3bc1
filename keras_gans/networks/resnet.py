"""Residual networks of WGAN-GP and SNGAN.

[Gulrajani et al., 2017, appendix C](https://arxiv.org/abs/1704.00028) and
[Miyato et al., 2018, appendix B.4](https://arxiv.org/abs/1802.05957). For 32x32 images the papers
have 128 or 256 channels at every resolution; here, channels double when the resolution halves.
"""

import keras
from keras import layers

from keras_gans.layers import BatchNormalization
from keras_gans.networks.normalization import Normalization, normalized
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
        filters: channels at half the image's side. There are half as many at the full side, and
            twice as many at each smaller one.
        normalization: makes the layer before each activation; None for none.

    Raises:
        ValueError: the network cannot make images of that shape.
    """
    start, channels = widths(image_shape, filters)
    latents = keras.Input((latent_dim,), name="latents")
    x = layers.Dense(start * start * channels[-1])(latents)
    x = layers.Reshape((start, start, channels[-1]))(x)
    for width in reversed(channels[:-1]):
        x = _up_block(x, width, normalization)
    x = layers.ReLU()(normalized(x, normalization))
    x = layers.Conv2D(image_shape[-1], 3, padding="same")(x)
    return keras.Model(latents, layers.Activation("tanh", dtype="float32")(x), name="generator")


def backbone(
    image_shape: tuple[int, ...],
    filters: int = 64,
    normalization: Normalization = BatchNormalization,
) -> keras.Model:
    """Return a network from images (n, *image_shape) to features: a discriminator without head.

    Args:
        image_shape: (side, side, channels); the side is 4 or 7 times a power of two.
        filters: channels at half the image's side. There are half as many at the full side, and
            twice as many at each smaller one.
        normalization: makes the layer before each activation; None for none.

    Raises:
        ValueError: the network does not take images of that shape.
    """
    start, channels = widths(image_shape, filters)
    images = keras.Input(image_shape, name="images")
    x = _down_block(images, _conv(channels[0])(images), channels[0], normalization)
    for width in channels[1:-1]:
        x = _down_block(x, _activated_conv(x, x.shape[-1], normalization), width, normalization)
    y = _activated_conv(
        _activated_conv(x, channels[-1], normalization), channels[-1], normalization
    )
    x = layers.Add()([layers.Conv2D(channels[-1], 1)(x), y])
    x = layers.GlobalAveragePooling2D()(layers.ReLU()(x))
    # A sum over pixels as in SNGAN: with spectral normalization, a mean would be too small.
    return keras.Model(images, layers.Rescaling(start * start)(x), name="backbone")


def _up_block(x, width: int, normalization: Normalization):
    """Return the outputs of a residual block that doubles height and width."""
    y = layers.UpSampling2D()(layers.ReLU()(normalized(x, normalization)))
    y = _activated_conv(_conv(width)(y), width, normalization)
    # The 1x1 convolution comes first: it gives the same, and has a quarter of the pixels.
    return layers.Add()([layers.UpSampling2D()(layers.Conv2D(width, 1)(x)), y])


def _down_block(x, y, width: int, normalization: Normalization):
    """Return the outputs of a residual block that halves height and width.

    Args:
        x: inputs of the block.
        y: x after the first convolution.
        width: channels of the outputs.
        normalization: makes the layer before the second convolution.
    """
    y = layers.AveragePooling2D(2)(_activated_conv(y, width, normalization))
    return layers.Add()([layers.Conv2D(width, 1)(layers.AveragePooling2D(2)(x)), y])


def _activated_conv(x, width: int, normalization: Normalization):
    return _conv(width)(layers.ReLU()(normalized(x, normalization)))


def _conv(width: int) -> keras.layers.Layer:
    return layers.Conv2D(width, 3, padding="same", kernel_initializer="he_uniform")
