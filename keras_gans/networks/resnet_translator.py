"""The ResNet generator of CycleGAN: image to image, with residual blocks at a quarter of the size.

[Johnson et al., 2016](https://arxiv.org/abs/1603.08155), as used by
[Zhu et al., 2017, appendix 7.2](https://arxiv.org/abs/1703.10593).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
from keras import layers

from keras_gans.layers import InstanceNormalization, ReflectionConv2D, ReflectionPadding2D
from keras_gans.networks.initializers import normal


def translator(
    image_shape: tuple[int, int, int], filters: int = 64, blocks: int = 9, name: str = "translator"
) -> keras.Model:
    """Return a network from images (n, *image_shape) to images of that shape, both in [-1, 1].

    Args:
        image_shape: (height, width, channels); height and width are multiples of 4, at least 16.
        filters: channels of the first layer; the residual blocks have four times as many.
        blocks: number of residual blocks. The paper has 9 for 256x256 images, 6 for 128x128.
        name: the network's name. Exported files carry it.

    Raises:
        ValueError: the network does not take images of that height and width.
    """
    return _network(image_shape, filters, blocks, name, _Convolutions(_down, _same, _up))


def mobile(
    image_shape: tuple[int, int, int], filters: int = 64, blocks: int = 9, name: str = "translator"
) -> keras.Model:
    """Return a small `translator` for phones, with depthwise separable convolutions.

    Each 3x3 convolution becomes a depthwise 3x3 and a 1x1 convolution.
    [Howard et al., 2017, section 3.1](https://arxiv.org/abs/1704.04861)

    Nearest-neighbor upsampling and a convolution replace transposed convolutions, which cause
    checkerboard artifacts. [Odena et al., 2016](https://distill.pub/2016/deconv-checkerboard/)

    Args:
        image_shape: (height, width, channels); height and width are multiples of 4, at least 16.
        filters: channels of the first layer; the residual blocks have four times as many.
        blocks: number of residual blocks.
        name: the network's name. Exported files carry it.

    Raises:
        ValueError: the network does not take images of that height and width.
    """
    separable = _Convolutions(_separable_down, _separable_same, _separable_up)
    return _network(image_shape, filters, blocks, name, separable)


def number_of_blocks(wanted: int | None, image_shape: tuple[int, ...]) -> int:
    """Return how many residual blocks a network has: those wanted, or by default the paper's.

    Args:
        wanted: None for 9 where images are 256 pixels high or more, else 6.
        image_shape: (height, width, channels).
    """
    if wanted is not None:
        return wanted
    return 9 if image_shape[0] >= 256 else 6


class _Convolutions(NamedTuple):
    """Functions of (x, filters) for 3x3 convolutions, without bias: a normalization follows."""

    down: Callable
    same: Callable
    up: Callable


def check_sides(image_shape: tuple[int, int, int], taken_by: str) -> None:
    """Check that a network which halves images twice takes them.

    Args:
        image_shape: (height, width, channels).
        taken_by: names the network in the error.

    Raises:
        ValueError: a side is no multiple of 4, or less than 16.
    """
    for side in image_shape[:2]:
        if side % 4 or side < 16:
            near = max(16, side - side % 4)
            raise ValueError(
                f"{taken_by} takes images whose height and width are multiples of 4, at least 16: "
                f"{near} or {near + 4}, not {side}"
            )


def _network(
    image_shape: tuple[int, int, int],
    filters: int,
    blocks: int,
    name: str,
    convolutions: _Convolutions,
) -> keras.Model:
    check_sides(image_shape, "the ResNet")
    images = keras.Input(image_shape, name="images")
    x = ReflectionPadding2D(3)(images)
    x = normalized_relu(layers.Conv2D(filters, 7, use_bias=False, kernel_initializer=normal())(x))
    for scale in (2, 4):
        x = normalized_relu(convolutions.down(x, filters * scale))
    for _ in range(blocks):
        x = _residual(x, convolutions.same)
    for scale in (2, 1):
        x = normalized_relu(convolutions.up(x, filters * scale))
    x = ReflectionPadding2D(3)(x)
    x = layers.Conv2D(image_shape[-1], 7, kernel_initializer=normal())(x)
    return keras.Model(images, layers.Activation("tanh", dtype="float32")(x), name=name)


def _residual(x, convolution: Callable):
    filters = x.shape[-1]
    y = normalized_relu(convolution(x, filters))
    y = InstanceNormalization()(convolution(y, filters))
    return layers.Add()([x, y])


def normalized_relu(x):
    """Apply a new instance normalization and ReLU."""
    return layers.ReLU()(InstanceNormalization()(x))


# The paper's convolutions -------------------------------------------------------------------------


def _down(x, filters: int):
    return layers.Conv2D(filters, 3, strides=2, padding="same", **_plain())(x)


def _same(x, filters: int):
    return ReflectionConv2D(filters, kernel_initializer=normal())(x)


def _up(x, filters: int):
    return layers.Conv2DTranspose(filters, 3, strides=2, padding="same", **_plain())(x)


def _plain() -> dict[str, Any]:
    return {"use_bias": False, "kernel_initializer": normal()}


# Depthwise separable convolutions -----------------------------------------------------------------


def _separable_down(x, filters: int):
    x = layers.DepthwiseConv2D(3, strides=2, padding="same", **_depthwise())(x)
    return layers.Conv2D(filters, 1, **_plain())(x)


def _separable_same(x, filters: int):
    x = layers.DepthwiseConv2D(3, **_depthwise())(ReflectionPadding2D(1)(x))
    return layers.Conv2D(filters, 1, **_plain())(x)


def _separable_up(x, filters: int):
    # The 1x1 convolution comes first: before upsampling it has a quarter of the pixels.
    x = layers.UpSampling2D(2)(layers.Conv2D(filters, 1, **_plain())(x))
    return layers.DepthwiseConv2D(3, padding="same", **_depthwise())(x)


def _depthwise() -> dict[str, Any]:
    return {"use_bias": False, "depthwise_initializer": normal()}
