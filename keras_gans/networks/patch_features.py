"""Features of an image's patches, from the layers of a ResNet generator's encoder.

[Park et al., 2020, section 3](https://arxiv.org/abs/2007.15651)
"""

from typing import Any

import keras
from keras import layers, ops

from keras_gans.layers import InstanceNormalization

FIFTH = 5  # residual block


def encoder(translator: keras.Model) -> keras.Model:
    """Return the layers of a ResNet generator whose features CUT compares.

    These are the pixels, both strided convolutions, and the first and the fifth residual block; of
    fewer than five blocks the first and the last, of one only that, of none none.

    Args:
        translator: from `resnet_translator`. The layers are its own.

    Returns:
        A network from images (n, h, w, c) to a list of features (n, height, width, channels).
    """
    convolutions = [x.input for x in translator.layers if isinstance(x, InstanceNormalization)]
    blocks = [x.output for x in translator.layers if isinstance(x, layers.Add)]
    features = [translator.inputs[0], *convolutions[1:3], *blocks[:1], *blocks[1:FIFTH][-1:]]
    return keras.Model(translator.inputs[0], features, name="encoder")


def mlps(encoder: keras.Model, units: int = 256) -> keras.Model:
    """Return an MLP of two layers for each feature of an encoder.

    Args:
        encoder: from `encoder`.
        units: of each layer.

    Returns:
        A network from a list of features (n, patches, channels) to a list of vectors
        (n, patches, units) of length 1.
    """
    features = [keras.Input((None, x.shape[-1])) for x in encoder.outputs]
    hidden = [layers.Dense(units, "relu")(x) for x in features]
    outputs = [layers.Dense(units)(x) for x in hidden]
    unit = [layers.UnitNormalization(dtype="float32")(x) for x in outputs]
    return keras.Model(features, unit, name="mlps")


def sample(
    features: list[list[Any]], patches: int, seed: keras.random.SeedGenerator
) -> list[list[Any]]:
    """Return the features of some patches, of the same places in all lists and images.

    Args:
        features: lists of features (n, h, w, c); h and w differ within a list only.
        patches: how many of each layer; all if there are fewer.
        seed: where the random places come from.

    Returns:
        Lists of features (n, patches, c).
    """
    sampled = []
    for layer in zip(*features, strict=True):
        _, height, width, channels = layer[0].shape
        places = keras.random.shuffle(ops.arange(height * width), seed=seed)[:patches]
        flat = [ops.reshape(x, (-1, height * width, channels)) for x in layer]
        sampled.append([ops.take(x, places, axis=1) for x in flat])
    return [list(each) for each in zip(*sampled, strict=True)]
