"""Multilayer perceptrons: the first GAN's networks, for small images and for points."""

import math

import keras
from keras import layers

from keras_gans.layers import BatchNormalization
from keras_gans.networks.parts import Normalization, normalized

# Points: a perceptron is slow to learn what differs within a few hundredths of its inputs' range.
MAGNIFIED = 8.0


def generator(
    image_shape: tuple[int, ...],
    latent_dim: int = 100,
    filters: int = 64,
    normalization: Normalization = BatchNormalization,
) -> keras.Model:
    """Return a network from latents (n, latent_dim) to images or points in [-1, 1].

    Args:
        image_shape: (h, w, c), or (2,) for points.
        latent_dim: length of a latent vector.
        filters: width: layers of 4, 8 and 16 times as many units.
        normalization: makes the layer after each one's weights; None for none. Points are never
            normalized: that would blur them.
    """
    normalization = normalization if len(image_shape) > 1 else None
    latents = x = keras.Input((latent_dim,), name="latents")
    for scale in (4, 8, 16):
        x = layers.Dense(scale * filters, use_bias=normalization is None)(x)
        x = layers.ReLU()(normalized(x, normalization))
    x = layers.Dense(math.prod(image_shape))(x)
    x = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model(latents, layers.Reshape(image_shape, dtype="float32")(x), name="generator")


def body(
    image_shape: tuple[int, ...], filters: int = 64, normalization: Normalization = None
) -> keras.Model:
    """Return a network from images or points (n, *image_shape) to features (n, 4 * filters).

    Args:
        image_shape: (h, w, c), or (2,) for points.
        filters: width: layers of 8 and 4 times as many units.
        normalization: makes the layer after the second one's weights; None for none. Points are
            never normalized.
    """
    normalization = normalization if len(image_shape) > 1 else None
    images = keras.Input(image_shape, name="images")
    x = layers.Flatten()(images) if len(image_shape) > 1 else layers.Rescaling(MAGNIFIED)(images)
    x = layers.LeakyReLU(0.2)(layers.Dense(8 * filters)(x))
    x = layers.LeakyReLU(0.2)(normalized(layers.Dense(4 * filters)(x), normalization))
    return keras.Model(images, x, name="body")
