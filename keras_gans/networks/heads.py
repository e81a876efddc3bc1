"""Heads: the last layers of a discriminator, from a backbone's features to logits."""

import keras
from keras import layers


def logits_head(backbone: keras.Model, use_bias: bool = True) -> keras.Model:
    """Add a head with one logit.

    Args:
        backbone: images to features (n, d).
        use_bias: False if the loss depends on differences of logits only.

    Returns:
        A discriminator from images to logits (n, 1).
    """
    logits = layers.Dense(1, use_bias=use_bias, dtype="float32")(backbone.output)
    return keras.Model(backbone.inputs[0], logits, name="discriminator")


def projection_head(backbone: keras.Model, classes: int) -> keras.Model:
    """Add the head of a projection discriminator: a logit that depends on the class.

    [Miyato and Koyama, 2018, equation 3](https://arxiv.org/abs/1802.05637)

    Args:
        backbone: images to features (n, d).
        classes: number of classes.

    Returns:
        A discriminator from [images, labels (n,)] to logits (n, 1).
    """
    labels = keras.Input((), dtype="int32", name="labels")
    embedding = layers.Embedding(classes, backbone.output_shape[-1], dtype="float32")(labels)
    projected = layers.Dot(axes=-1, dtype="float32")([embedding, backbone.output])
    logits = layers.Dense(1, dtype="float32")(backbone.output)
    logits = layers.Add(dtype="float32")([logits, projected])
    return keras.Model([backbone.inputs[0], labels], logits, name="discriminator")


def with_auxiliary_head(backbone: keras.Model, outputs: int) -> keras.Model:
    """Add a head with one logit and an auxiliary head.

    Args:
        backbone: images to features (n, d).
        outputs: outputs of the auxiliary head.

    Returns:
        A discriminator from images to [logits (n, 1), auxiliary outputs (n, outputs)].
    """
    heads = [layers.Dense(units, dtype="float32")(backbone.output) for units in (1, outputs)]
    return keras.Model(backbone.inputs[0], heads, name="discriminator")
