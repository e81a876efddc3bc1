"""An image-to-image generator for phones: few layers at full size, and dense convolutions.

The images' pixels come in as channels and go out as channels (the sub-pixel convolution of
[Shi et al., 2016](https://arxiv.org/abs/1609.05158)), so that no layer computes at full size, where
the 7x7 convolutions of `resnet_translator` take most of a phone's time. Its residual blocks are
those of `resnet_translator`: processors compute dense 3x3 convolutions nearer to their peak than
depthwise separable ones.
"""

import keras
from keras import layers

from keras_gans.layers import (
    DepthToSpace,
    InstanceNormalization,
    ReflectionConv2D,
    ReflectionPadding2D,
    SpaceToDepth,
)
from keras_gans.networks.initializers import normal
from keras_gans.networks.resnet_translator import check_sides, normalized_relu

BLOCKS = 4


def translator(
    image_shape: tuple[int, int, int],
    filters: int = 16,
    blocks: int = BLOCKS,
    name: str = "translator",
) -> keras.Model:
    """Return a network from images (n, *image_shape) to images of that shape, both in [-1, 1].

    Args:
        image_shape: (height, width, channels); height and width are multiples of 4, at least 16.
        filters: the layers at half of the side have twice as many channels, the residual blocks,
            at a quarter, four times as many.
        blocks: number of residual blocks.
        name: the network's name. Exported files carry it.

    Raises:
        ValueError: the network does not take images of that height and width.
    """
    check_sides(image_shape, "the translator")
    images = keras.Input(image_shape, name="images")
    x = SpaceToDepth(2)(images)
    x = normalized_relu(_convolution(2 * filters)(x))
    down = layers.Conv2D(4 * filters, 3, strides=2, padding="same", **_settings())
    x = normalized_relu(down(x))
    for _ in range(blocks):
        y = normalized_relu(_convolution(4 * filters)(x))
        x = layers.Add()([x, InstanceNormalization()(_convolution(4 * filters)(y))])
    # The 1x1 convolution comes first: before upsampling it has a quarter of the pixels.
    x = layers.UpSampling2D(2)(layers.Conv2D(2 * filters, 1, **_settings())(x))
    smooth = layers.DepthwiseConv2D(
        3, padding="same", use_bias=False, depthwise_initializer=normal()
    )
    x = ReflectionPadding2D(1)(normalized_relu(smooth(x)))
    x = layers.Conv2D(4 * image_shape[-1], 3, kernel_initializer=normal())(x)
    x = DepthToSpace(2)(x)
    return keras.Model(images, layers.Activation("tanh", dtype="float32")(x), name=name)


def _convolution(filters: int) -> keras.layers.Layer:
    return ReflectionConv2D(filters, kernel_initializer=normal())


def _settings() -> dict:
    return {"use_bias": False, "kernel_initializer": normal()}
