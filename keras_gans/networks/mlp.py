"""Multilayer perceptrons: the first GAN's networks, for small images and for points."""

import math

import keras
from keras import layers

from keras_gans.layers import BatchNormalization


def generator(
    shape: tuple[int, ...], latent_dim: int = 100, units: tuple[int, ...] = (256, 512, 1024)
) -> keras.Model:
    """Return a network from latents (n, latent_dim) to images or points (n, *shape) in [-1, 1]."""
    latents = x = keras.Input((latent_dim,), name="latents")
    for width in units:
        x = layers.Dense(width, use_bias=False)(x)  # the normalization's shift is the bias
        x = BatchNormalization()(x)
        x = layers.ReLU()(x)
    x = layers.Dense(math.prod(shape))(x)
    x = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model(latents, layers.Reshape(shape, dtype="float32")(x), name="generator")


def discriminator(shape: tuple[int, ...], units: tuple[int, ...] = (512, 256)) -> keras.Model:
    """Return a network from images or points (n, *shape) to logits (n, 1)."""
    images = keras.Input(shape, name="images")
    x = layers.Flatten()(images)
    for width in units:
        x = layers.Dense(width)(x)
        x = layers.LeakyReLU(0.2)(x)
    return keras.Model(images, layers.Dense(1, dtype="float32")(x), name="discriminator")
