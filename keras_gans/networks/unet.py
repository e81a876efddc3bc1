"""The U-Net translator: image to image, down to a bottleneck and up again past skip connections.

[Isola et al., 2016, appendix 6.1.1](https://arxiv.org/abs/1611.07004)
"""

import keras
from keras import layers

from keras_gans.layers import Dropout, InstanceNormalization

DEEPEST = 8  # halvings: 256x256 pixels to one
SMALLEST = 32  # the side from which on there is a layer with dropout


def translator(
    image_shape: tuple[int, int, int],
    filters: int = 64,
    name: str = "translator",
    channels: int | None = None,
    seed: int | None = None,
) -> keras.Model:
    """Return a network from images (n, *image_shape) to images (n, h, w, channels) in [-1, 1].

    The paper's for 256x256 images, with instance for batch normalization: in the paper's batches
    of one they are the same. Smaller images have fewer of the innermost layers.

    The noise is dropout on the way up, in training: in the innermost layers that have 8 * filters
    channels, three at most. At inference, where the paper keeps it, images are always the same.

    Args:
        image_shape: (height, width, channels); both sides are multiples of 256, or the shorter one
            is 32, 64 or 128 and the other a multiple of it.
        filters: channels of the first layer; those after it have 2, 4, 8, 8, ... times as many.
        name: the network's name, which exports carry.
        channels: of the images that it makes; None is as many as it is given.
        seed: of the first of the layers with dropout; the next ones count on. None draws them.

    Raises:
        ValueError: height or width does not fit.
    """
    widths = [filters * min(2**depth, 8) for depth in range(_halvings(image_shape))]
    images = keras.Input(image_shape, name="images")
    x = layers.LeakyReLU(0.2)(_halving(widths[0])(images))
    skips = [x]
    for width in widths[1:-1]:
        x = InstanceNormalization()(_halving(width, use_bias=False)(x))
        x = layers.LeakyReLU(0.2)(x)
        skips.append(x)
    # No normalization here: of the one pixel at the bottom it would leave nothing.
    x = layers.LeakyReLU(0.2)(_halving(widths[-1])(x))
    for height, skip in enumerate(reversed(skips)):
        x = InstanceNormalization()(_doubling(skip.shape[-1], use_bias=False)(x))
        if height < 3 and skip.shape[-1] == 8 * filters:
            x = Dropout(0.5, seed=None if seed is None else seed + height)(x)
        x = layers.Concatenate()([layers.ReLU()(x), skip])
    x = _doubling(channels or image_shape[-1])(x)
    return keras.Model(images, layers.Activation("tanh", dtype="float32")(x), name=name)


def _halvings(image_shape: tuple[int, int, int]) -> int:
    """Return how often the shorter side can be halved, where both sides can be as often."""
    shorter = max(SMALLEST, min(image_shape[:2]))
    halvings = min(DEEPEST, shorter.bit_length() - 1)
    unit = 2**halvings
    for side in image_shape[:2]:
        if side % unit or side < SMALLEST:
            near = max(unit, side - side % unit)
            raise ValueError(
                f"the U-Net takes sides of 32, 64, 128, or multiples of 256: "
                f"{near} or {near + unit}, not {side}"
            )
    return halvings


def _halving(filters: int, **kwargs) -> keras.layers.Layer:
    return layers.Conv2D(filters, 4, **_settings(), **kwargs)


def _doubling(filters: int, **kwargs) -> keras.layers.Layer:
    return layers.Conv2DTranspose(filters, 4, **_settings(), **kwargs)


def _settings() -> dict:
    normal = keras.initializers.RandomNormal(0.0, 0.02)
    return {"strides": 2, "padding": "same", "kernel_initializer": normal}
