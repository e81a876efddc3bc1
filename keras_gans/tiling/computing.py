"""A stage of a network, computed for a part of an image; and the statistics of all parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gans.tiling.features import STORED
from keras_gans.tiling.stages import Stage


class Moments:
    """Mean and variance per channel of features that are seen tile by tile."""

    def __init__(self) -> None:
        self.count: int = 0
        self.mean, self.squares = np.zeros(1), np.zeros(1)

    def add(self, count: Any, mean: Any, variance: Any) -> None:
        """Add those of a tile. [Chan et al., 1979](https://doi.org/10.1007/978-3-642-51461-6_3)."""
        count, total = int(count), self.count + int(count)
        change = np.asarray(mean, "float64") - self.mean
        squares = np.asarray(variance, "float64") * count
        self.squares = self.squares + squares + change**2 * (self.count * count / total)
        self.mean, self.count = self.mean + change * (count / total), total


def affine_of(stage: Stage, moments: Moments | None) -> tuple[np.ndarray, np.ndarray]:
    """Return what a stage's normalization multiplies by and what it adds; if none, 1 and 0."""
    layer = stage.normalization
    if moments is None or layer is None:
        return np.ones(1, "float32"), np.zeros(1, "float32")
    gamma, beta = (np.asarray(x, "float64") for x in (layer.gamma, layer.beta))
    scale = gamma / np.sqrt(moments.squares / moments.count + layer.epsilon)
    return scale.astype("float32"), (beta - moments.mean * scale).astype("float32")


def compiled(
    stage: Stage, image: keras.KerasTensor, normalized: keras.KerasTensor | None = None
) -> Callable:
    """Return a function that computes a part of a stage's outputs.

    It takes the inputs with the pixels around the part, what the normalization multiplies by and
    adds, and the part's place. It returns the outputs, and the number of pixels, mean and variance
    of the one that is normalized next.

    Args:
        stage: what is computed.
        image: the network's input, given as uint8.
        normalized: the output whose statistics the next stage needs. Without one, the outputs are
            the network's own.
    """
    scales = [stage.scales[id(x)] for x in stage.outputs]
    measured = [x is normalized for x in stage.outputs]

    def compute(inputs: list, scale: Any, shift: Any, box: Any):
        values = dict(zip(map(id, stage.inputs), map(_as_float, inputs), strict=True))
        for layer in stage.layers:
            given = keras.tree.map_structure(lambda x: values[id(x)], layer.input)
            affine = layer is stage.normalization
            values[id(layer.output)] = given * scale + shift if affine else layer(given)
        parts = [
            values[id(x)][:, top:bottom, left:right]
            for x, size in zip(stage.outputs, scales, strict=True)
            for top, left, bottom, right in [tf.unstack(box // size)]
        ]
        if normalized is None:
            return parts, ()
        features = parts[measured.index(True)]
        pixels = tf.size(features) // features.shape[-1]
        statistics = (pixels, *keras.ops.moments(features, axes=(0, 1, 2)))
        return [tf.cast(part, STORED) for part in parts], statistics

    # One signature for tiles of all sizes: a trace for each would take longer than they do.
    inputs = [
        tf.TensorSpec((1, None, None, x.shape[-1]), tf.uint8 if x is image else STORED)
        for x in stage.inputs
    ]
    vector = tf.TensorSpec((None,), tf.float32)
    box = tf.TensorSpec((4,), tf.int32)
    return tf.function(compute, [inputs, vector, vector, box]).get_concrete_function()


def _as_float(x: Any) -> Any:
    floats = tf.cast(x, "float32")
    return floats / 127.5 - 1.0 if x.dtype == tf.uint8 else floats
