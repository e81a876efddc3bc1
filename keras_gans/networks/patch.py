"""PatchGAN: a discriminator with one logit per 70x70 patch of an image.

[Isola et al., 2016, appendix 6.1.2](https://arxiv.org/abs/1611.07004)
"""

import keras
from keras import layers

from keras_gans.layers import InstanceNormalization
from keras_gans.networks.initializers import normal


def discriminator(
    image_shape: tuple[int, int, int], filters: int = 64, name: str = "discriminator"
) -> keras.Model:
    """Return a network from images (n, *image_shape) to logits (n, h/8 - 2, w/8 - 2, 1).

    Args:
        image_shape: (h, w, c); height and width are at least 24. h/8 and w/8 are rounded up.
        filters: channels of the first layer; the next ones have 2, 4 and 8 times as many.
        name: the network's name.

    Raises:
        ValueError: height or width is under 24.
    """
    check_sides(image_shape)
    images = keras.Input(image_shape, name="images")
    x = layers.LeakyReLU(0.2)(_down(filters)(images))
    for scale in (2, 4):
        x = _normalized(_down(filters * scale, use_bias=False)(x))
    x = _normalized(_same_size(x, filters * 8, use_bias=False))
    x = _same_size(x, 1)
    return keras.Model(images, layers.Activation("linear", dtype="float32")(x), name=name)


def check_sides(image_shape: tuple[int, int, int]) -> None:
    """Check that the discriminator takes images of a size.

    Args:
        image_shape: (height, width, channels).

    Raises:
        ValueError: height or width is under 24.
    """
    if min(image_shape[:2]) < 24:
        raise ValueError(
            f"the PatchGAN takes images of 24 pixels or more in height and width, "
            f"not {min(image_shape[:2])}"
        )


def _normalized(x):
    return layers.LeakyReLU(0.2)(InstanceNormalization()(x))


def _down(filters: int, **kwargs) -> keras.layers.Layer:
    kwargs |= {"strides": 2, "padding": "same", "kernel_initializer": normal()}
    return layers.Conv2D(filters, 4, **kwargs)


def _same_size(x, filters: int, **kwargs):
    # Padding of 1 as in the authors' code: "same" would add one more row and column.
    x = layers.ZeroPadding2D(1)(x)
    return layers.Conv2D(filters, 4, kernel_initializer=normal(), **kwargs)(x)
