"""The U-Net generator of pix2pix: an encoder and a decoder with skip connections.

[Isola et al., 2016, appendix 6.1.1](https://arxiv.org/abs/1611.07004)
"""

import keras
from keras import layers

from keras_gans.layers import Dropout, InstanceNormalization
from keras_gans.networks.initializers import normal
from keras_gans.training.random import stream_seed

MAX_DOWNSAMPLES = 8  # from 256x256 pixels to one
SMALLEST = 32  # side of the smallest images for which there is a layer with dropout


def translator(
    image_shape: tuple[int, int, int],
    filters: int = 64,
    name: str = "translator",
    channels: int | None = None,
    seed: int | None = None,
) -> keras.Model:
    """Return a network from images (n, *image_shape) to images (n, h, w, channels) in [-1, 1].

    The paper's network for 256x256 images, with instance instead of batch normalization, which is
    the same for the paper's batches of one image. For smaller images it has fewer layers.

    The noise is dropout in up to three of the innermost layers of the decoder, those with
    8 * filters channels. It is applied in training only; in the paper, at inference too.

    Args:
        image_shape: (height, width, channels); both sides are multiples of 256, or the shorter one
            is 32, 64 or 128 and the other a multiple of it.
        filters: channels of the first layer; the next ones have 2, 4, 8, 8, ... times as many.
        name: the network's name. Exported files carry it.
        channels: channels of the outputs; None for those of the inputs.
        seed: random seed of the dropout. None draws one.

    Raises:
        ValueError: the network does not take images of that height and width.
    """
    widths = [filters * min(2**depth, 8) for depth in range(_num_downsamples(image_shape))]
    images = keras.Input(image_shape, name="images")
    x = layers.LeakyReLU(0.2)(_down(widths[0])(images))
    skips = [x]
    for width in widths[1:-1]:
        x = InstanceNormalization()(_down(width, use_bias=False)(x))
        x = layers.LeakyReLU(0.2)(x)
        skips.append(x)
    # Not normalized: instance normalization of a single pixel is zero.
    x = layers.LeakyReLU(0.2)(_down(widths[-1])(x))
    for height, skip in enumerate(reversed(skips)):
        x = InstanceNormalization()(_up(skip.shape[-1], use_bias=False)(x))
        if height < 3 and skip.shape[-1] == 8 * filters:
            x = Dropout(0.5, seed=stream_seed(seed, f"dropout_{height}"))(x)
        x = layers.Concatenate()([layers.ReLU()(x), skip])
    x = _up(channels or image_shape[-1])(x)
    return keras.Model(images, layers.Activation("tanh", dtype="float32")(x), name=name)


def _num_downsamples(image_shape: tuple[int, int, int]) -> int:
    """Return how often the shorter side is halved, if the longer one can be as often.

    Raises:
        ValueError: one of them cannot be.
    """
    shorter = max(SMALLEST, min(image_shape[:2]))
    count = min(MAX_DOWNSAMPLES, shorter.bit_length() - 1)
    unit = 2**count
    for side in image_shape[:2]:
        if side % unit or side < SMALLEST:
            near = max(unit, side - side % unit)
            raise ValueError(
                f"the U-Net takes images of 32, 64 or 128 pixels or a multiple of 256 in height "
                f"and width: {near} or {near + unit}, not {side}"
            )
    return count


def _down(filters: int, **kwargs) -> keras.layers.Layer:
    return layers.Conv2D(filters, 4, **_settings(), **kwargs)


def _up(filters: int, **kwargs) -> keras.layers.Layer:
    return layers.Conv2DTranspose(filters, 4, **_settings(), **kwargs)


def _settings() -> dict:
    return {"strides": 2, "padding": "same", "kernel_initializer": normal()}
