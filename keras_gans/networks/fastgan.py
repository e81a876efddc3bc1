"""FastGAN's networks: gated units, and in the generator skip-layer excitation.

[Liu et al., 2021, section 3](https://arxiv.org/abs/2101.04775). Upsampling is by nearest neighbors
and a convolution, which leaves no lattice of transposed convolutions.
"""

import keras
from keras import layers

from keras_gans.layers import GLU, BatchNormalization
from keras_gans.networks.normalization import Normalization, normalized
from keras_gans.networks.sizes import widths

WIDEST = 1024  # the paper's width at 4x4
EXCITATION_STEPS = 4  # upsamplings between a resolution and the one that excites it


def generator(
    image_shape: tuple[int, ...],
    latent_dim: int = 100,
    filters: int = 64,
    normalization: Normalization = BatchNormalization,
) -> keras.Model:
    """Return a network from latents (n, latent_dim) to images (n, *image_shape) in [-1, 1].

    A resolution is excited by that of a 16th of its side: from 64x64 on if the smallest is 4x4. If
    there is none, the image's own is excited by the smallest.

    Args:
        image_shape: (side, side, channels); the side is 4 or 7 times a power of two.
        latent_dim: length of a latent vector.
        filters: channels at half the image's side. There are half as many at the full side, and
            twice as many at each smaller one, up to 1024.
        normalization: makes the layer after each hidden convolution; None for none.

    Raises:
        ValueError: the network cannot make images of that shape.
    """
    start, channels = widths(image_shape, filters, WIDEST)
    latents = keras.Input((latent_dim,), name="latents")
    width = 2 * channels[-1]  # GLU halves it
    x = layers.Dense(start * start * width, use_bias=normalization is None)(latents)
    x = GLU()(normalized(layers.Reshape((start, start, width))(x), normalization))
    resolutions = [x]
    skip = min(EXCITATION_STEPS, len(channels) - 1)
    for step, width in enumerate(reversed(channels[:-1]), 1):
        x = _gated_conv(layers.UpSampling2D()(x), width, normalization)
        if step % 2:  # every other resolution has two convolutions
            x = _gated_conv(x, width, normalization)
        if step >= skip:
            x = _excited(x, resolutions[step - skip], start)
        resolutions.append(x)
    x = layers.Conv2D(image_shape[-1], 3, padding="same")(x)
    return keras.Model(latents, layers.Activation("tanh", dtype="float32")(x), name="generator")


def backbone(
    image_shape: tuple[int, ...],
    filters: int = 64,
    normalization: Normalization = BatchNormalization,
) -> keras.Model:
    """Return a network from images (n, *image_shape) to features: a discriminator without head.

    Args:
        image_shape: (side, side, channels); the side is 4 or 7 times a power of two.
        filters: channels at half the image's side. There are half as many at the full side, and
            twice as many at each smaller one, up to 1024.
        normalization: makes the layer after each convolution but the first; None for none.

    Raises:
        ValueError: the network does not take images of that shape.
    """
    _, channels = widths(image_shape, filters, WIDEST)
    images = keras.Input(image_shape, name="images")
    x = layers.LeakyReLU(0.2)(layers.Conv2D(channels[0], 3, padding="same")(images))
    for width in channels[1:]:
        y = _leaky_conv(x, width, normalization, kernel_size=4, strides=2)
        y = _leaky_conv(y, width, normalization, kernel_size=3)
        x = _leaky_conv(layers.AveragePooling2D(2)(x), width, normalization, kernel_size=1)
        x = layers.Average()([x, y])
    return keras.Model(images, layers.Flatten()(x), name="backbone")


def decoder(features, steps: int, channels: int):
    """Decode a small image from features, for self-supervision of the discriminator.

    Args:
        features: a symbolic tensor (n, h, w, c).
        steps: how often height and width are doubled, and c halved.
        channels: channels of the image.

    Returns:
        Images (n, h * 2^steps, w * 2^steps, channels) of any values, as augmented ones have.
    """
    width = features.shape[-1]
    for step in range(1, steps + 1):
        features = _gated_conv(
            layers.UpSampling2D()(features), max(1, width >> step), BatchNormalization
        )
    return layers.Conv2D(channels, 3, padding="same", dtype="float32")(features)


def _excited(x, small, start: int):
    """Return x, each of whose channels is weighted by a function of a smaller resolution."""
    width = x.shape[-1]
    gates = layers.AveragePooling2D(small.shape[1] // start)(small)
    gates = layers.Conv2D(width, start, activation="silu")(gates)
    gates = layers.Conv2D(width, 1, activation="sigmoid")(gates)
    return layers.Multiply()([x, gates])


def _gated_conv(x, width: int, normalization: Normalization):
    x = layers.Conv2D(2 * width, 3, padding="same", use_bias=normalization is None)(x)
    return GLU()(normalized(x, normalization))


def _leaky_conv(x, width: int, normalization: Normalization, **kwargs):
    x = layers.Conv2D(width, padding="same", use_bias=normalization is None, **kwargs)(x)
    return layers.LeakyReLU(0.2)(normalized(x, normalization))
