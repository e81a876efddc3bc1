"""MLPs: the first GAN's networks, for small images and 2-D points."""

import math

import keras
from keras import layers

from keras_gans.layers import BatchNormalization
from keras_gans.networks.normalization import Normalization, normalized

# An MLP is slow to learn details of a few hundredths of its inputs' range, such as a mode's size.
POINT_INPUT_SCALE = 8.0


def generator(
    image_shape: tuple[int, ...],
    latent_dim: int = 100,
    filters: int = 64,
    normalization: Normalization = BatchNormalization,
) -> keras.Model:
    """Return a network from latents (n, latent_dim) to images or 2-D points in [-1, 1].

    Args:
        image_shape: (h, w, c), or (2,) for 2-D points.
        latent_dim: length of a latent vector.
        filters: the hidden layers have 4, 8 and 16 times as many units.
        normalization: makes the layer after each hidden layer; None for none. Not used for 2-D
            points, which it would blur.
    """
    normalization = normalization if len(image_shape) > 1 else None
    latents = x = keras.Input((latent_dim,), name="latents")
    for scale in (4, 8, 16):
        x = layers.Dense(scale * filters, use_bias=normalization is None)(x)
        x = layers.ReLU()(normalized(x, normalization))
    x = layers.Dense(math.prod(image_shape))(x)
    x = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model(latents, layers.Reshape(image_shape, dtype="float32")(x), name="generator")


def backbone(
    image_shape: tuple[int, ...], filters: int = 64, normalization: Normalization = None
) -> keras.Model:
    """Return a network from images or 2-D points (n, *image_shape) to features (n, 4 * filters).

    Args:
        image_shape: (h, w, c), or (2,) for 2-D points.
        filters: the hidden layers have 8 and 4 times as many units.
        normalization: makes the layer after the second hidden layer; None for none. Not used for
            2-D points.
    """
    normalization = normalization if len(image_shape) > 1 else None
    images = keras.Input(image_shape, name="images")
    flat = layers.Flatten() if len(image_shape) > 1 else layers.Rescaling(POINT_INPUT_SCALE)
    x = flat(images)
    x = layers.LeakyReLU(0.2)(layers.Dense(8 * filters)(x))
    x = layers.LeakyReLU(0.2)(normalized(layers.Dense(4 * filters)(x), normalization))
    return keras.Model(images, x, name="backbone")
