"""The ResNet translator: image to image, through residual blocks at a quarter of the size.

[Johnson et al., 2016](https://arxiv.org/abs/1603.08155), as CycleGAN uses it,
[Zhu et al., 2017, appendix 7.2](https://arxiv.org/abs/1703.10593).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
from keras import layers

from keras_gans.layers import InstanceNormalization, ReflectionConv2D, ReflectionPadding2D


def translator(
    image_shape: tuple[int, int, int], filters: int = 64, blocks: int = 9, name: str = "translator"
) -> keras.Model:
    """Return a network from images (n, *image_shape) to images of that shape, both in [-1, 1].

    Args:
        image_shape: (height, width, channels); height and width are multiples of 4, 16 at least.
        filters: channels of the first layer; the residual blocks have four times as many.
        blocks: residual blocks: the paper has 9 for 256x256 images and 6 for 128x128.
        name: the network's name, which exports carry.

    Raises:
        ValueError: height or width does not fit.
    """
    return _network(image_shape, filters, blocks, name, _Convolutions(_halve, _keep, _double))


def mobile(
    image_shape: tuple[int, int, int], filters: int = 64, blocks: int = 9, name: str = "translator"
) -> keras.Model:
    """Return a small `translator` for phones: all 3x3 convolutions separate space from channels.

    A 3x3 filter a channel, then a 1x1 convolution over the channels.
    [Howard et al., 2017, section 3.1](https://arxiv.org/abs/1704.04861)

    On the way up, pixels are repeated and then filtered, where the paper's transposed convolutions
    reach some pixels more often than others, which can be seen as a lattice.
    [Odena et al., 2016](https://distill.pub/2016/deconv-checkerboard/)

    Args:
        image_shape: (height, width, channels); height and width are multiples of 4, 16 at least.
        filters: channels of the first layer; the residual blocks have four times as many.
        blocks: residual blocks.
        name: the network's name, which exports carry.

    Raises:
        ValueError: height or width does not fit.
    """
    separable = _Convolutions(_halve_separably, _keep_separably, _double_separably)
    return _network(image_shape, filters, blocks, name, separable)


class _Convolutions(NamedTuple):
    """3x3 convolutions (x, filters) without bias, which the normalization would take out again."""

    halve: Callable
    keep: Callable
    double: Callable


def _network(
    image_shape: tuple[int, int, int],
    filters: int,
    blocks: int,
    name: str,
    convolutions: _Convolutions,
) -> keras.Model:
    for side in image_shape[:2]:
        if side % 4 or side < 16:
            near = max(16, side - side % 4)
            raise ValueError(
                f"the ResNet translator takes sides that are multiples of 4, 16 at least: "
                f"{near} or {near + 4}, not {side}"
            )
    images = keras.Input(image_shape, name="images")
    x = ReflectionPadding2D(3)(images)
    x = _normalized(layers.Conv2D(filters, 7, use_bias=False, kernel_initializer=_normal())(x))
    for scale in (2, 4):
        x = _normalized(convolutions.halve(x, filters * scale))
    for _ in range(blocks):
        x = _residual(x, convolutions.keep)
    for scale in (2, 1):
        x = _normalized(convolutions.double(x, filters * scale))
    x = ReflectionPadding2D(3)(x)
    x = layers.Conv2D(image_shape[-1], 7, kernel_initializer=_normal())(x)
    return keras.Model(images, layers.Activation("tanh", dtype="float32")(x), name=name)


def _residual(x, convolution: Callable):
    filters = x.shape[-1]
    y = _normalized(convolution(x, filters))
    y = InstanceNormalization()(convolution(y, filters))
    return layers.Add()([x, y])


def _normalized(x):
    return layers.ReLU()(InstanceNormalization()(x))


def _normal() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(0.0, 0.02)


# The paper's --------------------------------------------------------------------------------------


def _halve(x, filters: int):
    return layers.Conv2D(filters, 3, strides=2, padding="same", **_plain())(x)


def _keep(x, filters: int):
    return ReflectionConv2D(filters, kernel_initializer=_normal())(x)


def _double(x, filters: int):
    return layers.Conv2DTranspose(filters, 3, strides=2, padding="same", **_plain())(x)


def _plain() -> dict[str, Any]:
    return {"use_bias": False, "kernel_initializer": _normal()}


# Separable ----------------------------------------------------------------------------------------


def _halve_separably(x, filters: int):
    x = layers.DepthwiseConv2D(3, strides=2, padding="same", **_depthwise())(x)
    return layers.Conv2D(filters, 1, **_plain())(x)


def _keep_separably(x, filters: int):
    x = layers.DepthwiseConv2D(3, **_depthwise())(ReflectionPadding2D(1)(x))
    return layers.Conv2D(filters, 1, **_plain())(x)


def _double_separably(x, filters: int):
    # The channels first: at half the side, a quarter of the pixels pass through the 1x1.
    x = layers.UpSampling2D(2)(layers.Conv2D(filters, 1, **_plain())(x))
    return layers.DepthwiseConv2D(3, padding="same", **_depthwise())(x)


def _depthwise() -> dict[str, Any]:
    return {"use_bias": False, "depthwise_initializer": _normal()}
