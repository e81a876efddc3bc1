"""Features of two translators that can be compared, and of a discriminator."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers


def blocks(translator: keras.Model) -> list[Any]:
    """Return the outputs of a translator's residual blocks, at a quarter of the image's side.

    Of a U-Net, it is the concatenation of encoder and decoder at that side.

    Args:
        translator: of `subpixel_translator`, `resnet_translator` or `unet`.

    Returns:
        Symbolic tensors (n, h/4, w/4, c); none of a network that has no such layers.
    """
    side = translator.inputs[0].shape[1] // 4
    found = [x for x in translator.layers if isinstance(x, layers.Add | layers.Concatenate)]
    return [x.output for x in found if x.output.shape[1] == side]


def evenly(features: Sequence[Any], count: int) -> list[Any]:
    """Return so many of a network's features: the last, and others at equal distances."""
    return [features[(index + 1) * len(features) // count - 1] for index in range(count)]


def with_blocks(translator: keras.Model, count: int) -> keras.Model:
    """Return a network from images to a list: the translation, and features of `count` blocks.

    Args:
        translator: as for `blocks`. The layers are its own.
        count: at most as many as it has blocks.
    """
    features = evenly(blocks(translator), count)
    return keras.Model(translator.inputs[0], [translator.outputs[0], *features])


def outputs(network: keras.Model, inputs: Any, training: bool = False) -> list[Any]:
    """Return the list of a network's outputs; of one output, Keras itself returns no list."""
    return keras.tree.flatten(network(inputs, training=training))


def projections(student: keras.Model, teacher: keras.Model) -> keras.Model | None:
    """Return a 1x1 convolution from each of a student's blocks to the channels of a teacher's.

    If one has more blocks than the other, so many evenly distributed ones are taken.

    Returns:
        A network from a list of features (n, h, w, c) to a list of features; None if one of the
        networks has no blocks.
    """
    ours, theirs = blocks(student), blocks(teacher)
    count = min(len(ours), len(theirs))
    if not count:
        return None
    inputs = [keras.Input(x.shape[1:]) for x in evenly(ours, count)]
    projected = [
        layers.Conv2D(x.shape[-1], 1)(features)
        for features, x in zip(inputs, evenly(theirs, count), strict=True)
    ]
    return keras.Model(inputs, projected, name="projections")


def discriminator_features(discriminator: keras.Model) -> keras.Model:
    """Return a network from a discriminator's input to the list of its activations.

    These are the outputs of each LeakyReLU; of a discriminator without any, its logits.
    """
    found = [x.output for x in discriminator.layers if isinstance(x, layers.LeakyReLU)]
    return keras.Model(discriminator.inputs[0], found or [discriminator.outputs[0]])
