"""R3GAN's networks: residual blocks of grouped convolutions, without normalization.

[Huang et al., 2024, section 3](https://arxiv.org/abs/2501.05441), with fewer channels. Resampling
is by interpolation, and each block starts as the identity.
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
from keras_gans.networks.normalization import Normalization, normalized
from keras_gans.networks.sizes import widths

EXPANSION = 2  # ratio of a block's inner width to its outer width
GROUP = 16  # channels of a group; more if the width is not a multiple of it
WIDEST = 768  # the paper's width for 32x32 images


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
        filters: channels at half the image's side. There are half as many at the full side, and
            twice as many at each smaller one, up to 768.
        normalization: makes the layer after each hidden convolution; None, as in the paper, for
            none.
        blocks: residual blocks per resolution; the paper has 2.

    Raises:
        ValueError: the network cannot make images of that shape.
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
    # The paper has no tanh. Here, all generators make images in [-1, 1].
    return keras.Model(latents, layers.Activation("tanh", dtype="float32")(x), name="generator")


def backbone(
    image_shape: tuple[int, ...],
    filters: int = 64,
    normalization: Normalization = None,
    blocks: int = 1,
) -> keras.Model:
    """Return a network from images (n, *image_shape) to features: a discriminator without head.

    Args:
        image_shape: (side, side, channels); the side is 4 or 7 times a power of two.
        filters: channels at half the image's side. There are half as many at the full side, and
            twice as many at each smaller one, up to 768.
        normalization: makes the layer after each hidden convolution; None, as in the paper, for
            none.
        blocks: residual blocks per resolution; the paper has 2.

    Raises:
        ValueError: the network does not take images of that shape.
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
    return keras.Model(images, layers.Flatten()(x), name="backbone")


def _residual(x, normalization: Normalization, block_count: int):
    width, inner = x.shape[-1], EXPANSION * x.shape[-1]
    # He initialization for LeakyReLU(0.2), scaled down because the blocks' variances add up.
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
