"""The ResNet translator: image to image, through residual blocks at a quarter of the size.

[Johnson et al., 2016](https://arxiv.org/abs/1603.08155), as CycleGAN uses it,
[Zhu et al., 2017, appendix 7.2](https://arxiv.org/abs/1703.10593).
"""

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
    for side in image_shape[:2]:
        if side % 4 or side < 16:
            near = max(16, side - side % 4)
            raise ValueError(
                f"the ResNet translator takes sides that are multiples of 4, 16 at least: "
                f"{near} or {near + 4}, not {side}"
            )
    images = keras.Input(image_shape, name="images")
    x = ReflectionPadding2D(3)(images)
    x = _normalized(layers.Conv2D(filters, 7, **_plain())(x))
    for scale in (2, 4):
        x = layers.Conv2D(filters * scale, 3, strides=2, padding="same", **_plain())(x)
        x = _normalized(x)
    for _ in range(blocks):
        x = _residual(x)
    for scale in (2, 1):
        x = layers.Conv2DTranspose(filters * scale, 3, strides=2, padding="same", **_plain())(x)
        x = _normalized(x)
    x = ReflectionPadding2D(3)(x)
    x = layers.Conv2D(image_shape[-1], 7, kernel_initializer=_normal())(x)
    return keras.Model(images, layers.Activation("tanh", dtype="float32")(x), name=name)


def _residual(x):
    filters = x.shape[-1]
    y = _normalized(ReflectionConv2D(filters, kernel_initializer=_normal())(x))
    y = InstanceNormalization()(ReflectionConv2D(filters, kernel_initializer=_normal())(y))
    return layers.Add()([x, y])


def _normalized(x):
    return layers.ReLU()(InstanceNormalization()(x))


def _normal() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(0.0, 0.02)


def _plain() -> dict:
    # The normalization that follows takes any bias out again.
    return {"use_bias": False, "kernel_initializer": _normal()}
