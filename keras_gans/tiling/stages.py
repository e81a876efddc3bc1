"""A translator cut into stages, each of which sees a pixel and few pixels around it.

An instance normalization needs the mean and the variance of the whole image, and nothing else in
the translators does. So a stage begins with a normalization, whose statistics are known by then,
and ends where the next one needs its own.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
from keras import layers, tree

from keras_gans.errors import UserError
from keras_gans.layers import (
    DepthToSpace,
    Dropout,
    InstanceNormalization,
    ReflectionConv2D,
    ReflectionPadding2D,
    SpaceToDepth,
)

_OF_ONE_PIXEL = (
    InstanceNormalization,  # its statistics are given
    layers.BatchNormalization,  # in inference
    layers.Activation,
    layers.ReLU,
    layers.LeakyReLU,
    layers.ELU,
    layers.PReLU,
    layers.Add,
    layers.Subtract,
    layers.Multiply,
    layers.Average,
    layers.Concatenate,
    layers.Rescaling,
    layers.Identity,
    layers.Dropout,
    layers.SpatialDropout2D,
    layers.GaussianNoise,
    Dropout,
)
_CONVOLUTIONS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)


class NotLocalError(UserError):
    """A network that may need the whole image for each pixel."""


class _Neighborhood(NamedTuple):
    """What a layer does to height and width.

    Attributes:
        down: its stride.
        up: how many times larger its outputs are.
        reach: how many pixels of its inputs, in each direction, a pixel may depend on.
        grown: how many more pixels its outputs have than its inputs, apart from that.
    """

    down: int = 1
    up: int = 1
    reach: int = 0
    grown: int = 0


@dataclass(frozen=True)
class Stage:
    """Layers that are computed one after the other, from an image's part to the next statistics.

    Attributes:
        layers: in the order of the computation.
        inputs: tensors that the layers need: those of the image, or of earlier stages.
        outputs: tensors that later stages need, or the network's output.
        scales: how many times smaller than the image a tensor is, by its id.
        reach: pixels of the image, in each direction, that a pixel may depend on.
        unit: the stage takes parts of the image that begin and end at multiples of it.
    """

    layers: tuple[keras.Layer, ...]
    inputs: tuple[keras.KerasTensor, ...]
    outputs: tuple[keras.KerasTensor, ...]
    scales: dict[int, int]
    reach: int
    unit: int

    @property
    def normalization(self) -> InstanceNormalization | None:
        """The first layer, if it is a normalization."""
        first = self.layers[0]
        return first if isinstance(first, InstanceNormalization) else None

    @property
    def margin(self) -> int:
        """Pixels around a part of the image with which it is computed."""
        return -(-self.reach // self.unit) * self.unit


def split(network: keras.Model) -> list[Stage]:
    """Return the stages of a translator.

    Args:
        network: a functional model from images (n, h, w, c) to images, of any height and width.

    Raises:
        NotLocalError: a layer is not known to see few pixels around each.
    """
    found = [layer for layer in network.operations if not isinstance(layer, layers.InputLayer)]
    scales = _scales(network, found)
    starts = [0] + [n for n, x in enumerate(found) if n and isinstance(x, InstanceNormalization)]
    made = [network.input, *(layer.output for layer in found)]  # the number 0 is the image

    def needed(number: int) -> dict[int, keras.KerasTensor]:
        """What is there before a layer, and needed by it or a later one."""
        wanted = {id(x) for layer in found[number:] for x in _inputs(layer)} | {id(network.output)}
        return {id(x): x for x in made[: number + 1] if id(x) in wanted}

    stages = []
    for start, end in itertools.pairwise([*starts, len(found)]):
        part = found[start:end]
        before, after = needed(start), needed(end)
        used = {id(x) for layer in part for x in _inputs(layer)}
        inputs = [x for x in before.values() if id(x) in used]
        outputs = [x for x in after.values() if id(x) not in before]
        reach = _reach(part, scales)
        unit = math.lcm(*(scales[id(x)] for x in [*inputs, *(layer.output for layer in part)]))
        stages.append(Stage(tuple(part), tuple(inputs), tuple(outputs), scales, reach, unit))
    return stages


def most_values(stages: Sequence[Stage]) -> float:
    """Return how many values a network needs at once at most, divided by the image's pixels."""
    found = [layer for stage in stages for layer in stage.layers]
    tensors = {id(x): x for layer in found for x in (*_inputs(layer), layer.output)}
    sizes = {key: x.shape[-1] / stages[0].scales[key] ** 2 for key, x in tensors.items()}
    made = {id(layer.output): number for number, layer in enumerate(found)}
    used = {id(x): number for number, layer in enumerate(found) for x in _inputs(layer)}
    return max(
        sum(
            size
            for key, size in sizes.items()
            if made.get(key, 0) <= number <= used.get(key, number)
        )
        for number in range(len(found))
    )


def _inputs(layer: keras.Layer) -> list[keras.KerasTensor]:
    return tree.flatten(layer.input)


def _scales(network: keras.Model, found: list[keras.Layer]) -> dict[int, int]:
    """Return how many times smaller than the image each tensor is.

    Raises:
        NotLocalError: a layer is not known, or a normalized tensor or the output is no multiple.
    """
    scales, grown = {id(network.input): 1}, {id(network.input): 0}
    for layer in found:
        around = _neighborhood(layer)
        if any(id(x) not in scales for x in _inputs(layer)):
            raise NotLocalError(f"a layer before its layer {layer.name} is used more than once")
        scale = max(scales[id(x)] for x in _inputs(layer)) * around.down
        if scale % around.up or not isinstance(layer.output, keras.KerasTensor):
            raise NotLocalError(f"its layer {layer.name} makes images larger than its inputs")
        scales[id(layer.output)] = scale // around.up
        grown[id(layer.output)] = max(grown[id(x)] for x in _inputs(layer)) + around.grown
        if isinstance(layer, InstanceNormalization) and grown[id(layer.output)]:
            raise NotLocalError(f"its layer {layer.name} normalizes more than the image's pixels")
    if scales.get(id(network.output)) != 1 or grown[id(network.output)]:
        raise NotLocalError("its images are not as large as its inputs")
    return scales


def _reach(part: list[keras.Layer], scales: dict[int, int]) -> int:
    reaches: dict[int, int] = {}
    for layer in part:
        before = max(reaches.get(id(x), 0) for x in _inputs(layer))
        scale = max(scales[id(x)] for x in _inputs(layer))
        reaches[id(layer.output)] = before + scale * _neighborhood(layer).reach
    return max(reaches.values())


def _neighborhood(layer: Any) -> _Neighborhood:
    if isinstance(layer, _OF_ONE_PIXEL):
        return _Neighborhood()
    if isinstance(layer, layers.Conv2DTranspose) and layer.padding == "same":
        stride = _one(layer, layer.strides)
        return _Neighborhood(up=stride, reach=-(-max(layer.kernel_size) // stride))
    if isinstance(layer, ReflectionConv2D):
        return _Neighborhood(reach=1)
    if isinstance(layer, _CONVOLUTIONS) and not isinstance(layer, layers.Conv2DTranspose):
        stride, reach = (
            _one(layer, layer.strides),
            max(layer.dilation_rate) * (max(layer.kernel_size) - 1),
        )
        if layer.padding == "same":
            return _Neighborhood(down=stride, reach=reach)
        if layer.padding == "valid" and stride == 1:
            return _Neighborhood(reach=reach, grown=-reach)
    if isinstance(layer, SpaceToDepth):
        return _Neighborhood(down=layer.block_size, reach=layer.block_size)
    if isinstance(layer, DepthToSpace):
        return _Neighborhood(up=layer.block_size, reach=1)
    if isinstance(layer, layers.UpSampling2D):
        return _Neighborhood(up=_one(layer, layer.size), reach=2)
    if isinstance(layer, layers.MaxPooling2D | layers.AveragePooling2D) and layer.padding == "same":
        return _Neighborhood(down=_one(layer, layer.strides), reach=max(layer.pool_size))
    if isinstance(layer, ReflectionPadding2D):
        return _Neighborhood(reach=layer.padding, grown=2 * layer.padding)
    raise NotLocalError(
        f"its layer {layer.name} ({type(layer).__name__}) is not known to see only nearby pixels"
    )


def _one(layer: Any, factors: tuple[int, int]) -> int:
    """Return what is the same for height and width."""
    if factors[0] != factors[1]:
        raise NotLocalError(f"its layer {layer.name} treats height and width differently")
    return factors[0]
