"""DCGAN's networks: strided and transposed convolutions only.

[Radford et al., 2015](https://arxiv.org/abs/1511.06434). Kernels are 4x4 as in the authors' code: a
multiple of the stride, which leaves no checkerboard.
"""

import keras
from keras import layers

from keras_gans.layers import BatchNormalization

SMALLEST = (4, 7)  # the sides that the doublings start from


def doublings(image_shape: tuple[int, ...]) -> tuple[int, int]:
    """Split an image's side into (smallest side, doublings): 28 is (7, 2), 64 is (4, 4).

    Raises:
        ValueError: it is no square image, or its side not 4 or 7 times a power of two, 8 at least.
    """
    if len(image_shape) != 3 or image_shape[0] != image_shape[1]:
        raise ValueError(f"DCGAN makes square images, not {image_shape}; train.gan makes points")
    size = image_shape[0]
    for start in SMALLEST:
        count = (size // start).bit_length() - 1
        if count > 0 and start << count == size:
            return start, count
    fitting = sorted(start << count for start in SMALLEST for count in range(1, 7))
    raise ValueError(f"DCGAN makes images of side {', '.join(map(str, fitting))}, not {size}")


def _normal() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(0.0, 0.02)


def generator(
    image_shape: tuple[int, ...], latent_dim: int = 100, filters: int = 64
) -> keras.Model:
    """Return a network from latents (n, latent_dim) to images (n, *image_shape) in [-1, 1].

    Args:
        image_shape: (side, side, channels); the side is 4 or 7 times a power of two.
        latent_dim: length of a latent vector.
        filters: channels before the last layer; each layer earlier has twice as many.

    Raises:
        ValueError: the side does not fit.
    """
    start, count = doublings(image_shape)
    width = filters << (count - 1)
    latents = keras.Input((latent_dim,), name="latents")
    x = layers.Dense(start * start * width, use_bias=False, kernel_initializer=_normal())(latents)
    x = layers.Reshape((start, start, width))(x)
    x = layers.ReLU()(BatchNormalization()(x))
    for _ in range(count - 1):
        width //= 2
        x = _up(width, use_bias=False)(x)
        x = layers.ReLU()(BatchNormalization()(x))
    x = _up(image_shape[-1])(x)
    return keras.Model(latents, layers.Activation("tanh", dtype="float32")(x), name="generator")


def discriminator(image_shape: tuple[int, ...], filters: int = 64) -> keras.Model:
    """Return a network from images (n, *image_shape) to logits (n, 1).

    Args:
        image_shape: (side, side, channels); the side is 4 or 7 times a power of two.
        filters: channels of the first layer; each layer later has twice as many.

    Raises:
        ValueError: the side does not fit.
    """
    _, count = doublings(image_shape)
    images = keras.Input(image_shape, name="images")
    x = layers.LeakyReLU(0.2)(_down(filters)(images))  # not normalized: it has to see the colours
    for step in range(1, count):
        x = _down(filters << step, use_bias=False)(x)
        x = layers.LeakyReLU(0.2)(BatchNormalization()(x))
    x = layers.Flatten()(x)
    logits = layers.Dense(1, kernel_initializer=_normal(), dtype="float32")(x)
    return keras.Model(images, logits, name="discriminator")


def _up(filters: int, **kwargs) -> keras.layers.Layer:
    kwargs |= {"strides": 2, "padding": "same", "kernel_initializer": _normal()}
    return layers.Conv2DTranspose(filters, 4, **kwargs)


def _down(filters: int, **kwargs) -> keras.layers.Layer:
    kwargs |= {"strides": 2, "padding": "same", "kernel_initializer": _normal()}
    return layers.Conv2D(filters, 4, **kwargs)
