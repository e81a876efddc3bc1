"""R3GAN's networks: residual blocks of grouped convolutions, nothing normalized.

[Huang et al., 2024, section 3](https://arxiv.org/abs/2501.05441), narrower. Images are doubled and
halved between blocks by interpolation, and blocks start as the identity, so that what holds others'
networks together is not needed.
"""

import math

import keras
from keras import layers

from keras_gans.layers import (
    GroupedConv2D,
    SmoothDownSampling2D,
    SmoothUpSampling2D,
    SpatialBasis,
)
from keras_gans.networks.parts import Normalization, normalized
from keras_gans.networks.sizes import widths

EXPANSION = 2  # a block's inner width over its outer one
GROUP = 16  # channels of a group; more where the width does not divide
WIDEST = 768  # the paper's width for images of side 32


def generator(
    image_shape: tuple[int, ...],
    latent_dim: int = 100,
    filters: int = 64,
    normalization: Normalization = None,
    blocks: int = 1,
) -> keras.Model:
    """Return a network from latents (n, latent_dim) to images (n, *image_shape) in [-1, 1].

    Args:
        image_shape: (side, side, channels); the side is 4 or 7 times a power of two.
        latent_dim: length of a latent vector.
        filters: channels at half the image's side; half as many next to the image, twice as many
            at each smaller side, up to 768.
        normalization: makes the layer after each hidden convolution; None, the paper's, for none.
        blocks: residual blocks a size of images, 2 in the paper.

    Raises:
        ValueError: the side does not fit.
    """
    start, channels = widths(image_shape, filters, WIDEST)
    latents = keras.Input((latent_dim,), name="latents")
    x = layers.Dense(channels[-1], **_plain())(latents)
    x = SpatialBasis(start)(x)
    for step, width in enumerate(reversed(channels)):
        if step:
            x = SmoothUpSampling2D()(_widened(x, width))
        for _ in range(blocks):
            x = _residual(x, normalization, blocks * len(channels))
    x = layers.Conv2D(image_shape[-1], 1, **_plain())(x)
    # The paper's output is linear. Here all images are within [-1, 1].
    return keras.Model(latents, layers.Activation("tanh", dtype="float32")(x), name="generator")


def body(
    image_shape: tuple[int, ...],
    filters: int = 64,
    normalization: Normalization = None,
    blocks: int = 1,
) -> keras.Model:
    """Return a network from images (n, *image_shape) to features, a discriminator's all but last.

    Args:
        image_shape: (side, side, channels); the side is 4 or 7 times a power of two.
        filters: channels at half the image's side; half as many next to the image, twice as many
            at each smaller side, up to 768.
        normalization: makes the layer after each hidden convolution; None, the paper's, for none.
        blocks: residual blocks a size of images, 2 in the paper.

    Raises:
        ValueError: the side does not fit.
    """
    start, channels = widths(image_shape, filters, WIDEST)
    images = keras.Input(image_shape, name="images")
    x = layers.Conv2D(channels[0], 1, **_plain())(images)
    for step, width in enumerate(channels):
        if step:
            x = _widened(SmoothDownSampling2D()(x), width)
        for _ in range(blocks):
            x = _residual(x, normalization, blocks * len(channels))
    normal = keras.initializers.RandomNormal(0.0, 1.0 / start)
    x = layers.DepthwiseConv2D(start, use_bias=False, depthwise_initializer=normal)(x)
    return keras.Model(images, layers.Flatten()(x), name="body")


def _residual(x, normalization: Normalization, block_count: int):
    width, inner = x.shape[-1], EXPANSION * x.shape[-1]
    # The slope 0.2 loses variance, and so many blocks' sum would gain it.
    gain = 2.0 / (1.0 + 0.2**2) / block_count**0.5
    kwargs = {"padding": "same", "use_bias": normalization is None}
    groups = math.gcd(inner, max(1, inner // GROUP))
    y = layers.Conv2D(inner, 1, kernel_initializer=_variance(gain), **kwargs)(x)
    y = layers.LeakyReLU(0.2)(normalized(y, normalization))
    y = GroupedConv2D(inner, 3, groups=groups, kernel_initializer=_variance(gain), **kwargs)(y)
    y = layers.LeakyReLU(0.2)(normalized(y, normalization))
    y = layers.Conv2D(width, 1, use_bias=False, kernel_initializer="zeros")(y)
    return layers.Add()([x, y])


def _widened(x, width: int):
    return x if x.shape[-1] == width else layers.Conv2D(width, 1, **_plain())(x)


def _plain() -> dict:
    return {"use_bias": False, "kernel_initializer": _variance(1.0)}


def _variance(scale: float) -> keras.initializers.Initializer:
    return keras.initializers.VarianceScaling(scale, "fan_in", "untruncated_normal")
