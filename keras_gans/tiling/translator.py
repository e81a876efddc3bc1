"""Translating an image tile by tile."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np

from keras_gans.pixels import to_pixels
from keras_gans.tiling.boxes import Box, mirrored
from keras_gans.tiling.computing import Moments, affine_of, compiled
from keras_gans.tiling.features import STORED, FeatureFiles
from keras_gans.tiling.stages import Stage, most_values, split

SMALLEST_SIDE = 16  # pixels that every translator needs to reflect an image at its edges
_BYTES = 8  # of memory for each value that is needed at once: it, and what a layer works with


class TiledTranslator:
    """Translates an image of any size in a memory that depends on the tile.

    Args:
        network: a translator, from images (n, h, w, c) in [-1, 1] to images, for any height and
            width, of convolutions, instance normalizations and layers of single pixels.
        tile: height and width of the tiles in pixels, rounded up to what the network takes.

    Raises:
        NotLocalError: a layer of the network may need the whole image for each pixel.
    """

    def __init__(self, network: keras.Model, tile: int):
        self.stages = split(network)
        self.unit = max(stage.unit for stage in self.stages)
        self.tile = math.ceil(tile / self.unit) * self.unit
        self._image = network.input

    def whole_bytes(self, height: int, width: int) -> int:
        """Return about how much memory the translation of an image without tiles takes."""
        return round(_BYTES * most_values(self.stages) * height * width)

    def disk_bytes(self, height: int, width: int) -> int:
        """Return how much the files of an image's translation hold at most at once."""
        pixels, most, waiting = math.prod(self._padded(height, width)), 0.0, {}
        for number, stage in enumerate(self.stages[:-1]):
            for x in stage.outputs:
                waiting[id(x)] = x.shape[-1] / stage.scales[id(x)] ** 2
            most = max(most, sum(waiting.values()))
            waiting = {key: waiting[key] for key in waiting.keys() & self._needed_after(number)}
        return round(most * pixels) * STORED.itemsize

    def num_tiles(self, height: int, width: int) -> int:
        """Return how many tiles are computed, in all stages together."""
        return len(self.stages) * len(list(self._tiles(height, width)))

    def translate(
        self, pixels: np.ndarray, folder: Path, on_tile: Callable[[], object] = lambda: None
    ) -> np.ndarray:
        """Translate one image.

        Args:
            pixels: uint8 (h, w, c).
            folder: where temporary files are; they have no names, and nothing of them is left.
            on_tile: called after each tile of each stage.

        Returns:
            uint8 (h, w, c).

        Raises:
            OSError: the folder has no room for the files.
            TooLargeError: the network makes values that float16 cannot hold.
        """
        moments = None
        with FeatureFiles(folder) as waiting:
            for number in range(len(self.stages) - 1):
                moments = self._pass(number, moments, pixels, waiting, on_tile)
                waiting.keep(self._needed_after(number))
            return self._last_pass(moments, pixels, waiting, on_tile)

    @functools.cached_property
    def _functions(self) -> list[Callable]:
        """What computes each stage of a tile: see `compiled`."""
        normalized = [stage.layers[0].input for stage in self.stages[1:]] + [None]
        return [
            compiled(stage, self._image, x)
            for stage, x in zip(self.stages, normalized, strict=True)
        ]

    def _pass(
        self,
        number: int,
        moments: Moments | None,
        pixels: np.ndarray,
        waiting: FeatureFiles,
        on_tile: Callable,
    ) -> Moments:
        """Compute a stage of all tiles; return the statistics that the next stage needs."""
        stage = self.stages[number]
        sides = self._padded(*pixels.shape[:2])
        for x in stage.outputs:
            waiting.create(x, [side // stage.scales[id(x)] for side in sides])
        compute, affine, found = self._functions[number], affine_of(stage, moments), Moments()
        for box in self._tiles(*sides):
            around = box.grown(stage.margin, sides)
            inputs = self._inputs(stage, pixels, waiting, around)
            outputs, statistics = compute(inputs, *affine, box.within(around).edges())
            for x, features in zip(stage.outputs, outputs, strict=True):
                waiting.write(x, box.at(stage.scales[id(x)]), features)
            found.add(*statistics)
            on_tile()
        return found

    def _last_pass(
        self, moments: Moments | None, pixels: np.ndarray, waiting: FeatureFiles, on_tile: Callable
    ) -> np.ndarray:
        """Compute the last stage of all tiles; return the image, uint8 (h, w, c)."""
        stage = self.stages[-1]
        sides = self._padded(*pixels.shape[:2])
        compute, affine = self._functions[-1], affine_of(stage, moments)
        result = np.empty((*pixels.shape[:2], stage.outputs[0].shape[-1]), np.uint8)
        for box in self._tiles(*sides):
            around = box.grown(stage.margin, sides)
            inputs = self._inputs(stage, pixels, waiting, around)
            (images,), _ = compute(inputs, *affine, box.within(around).edges())
            part = result[box.at(1)]
            part[:] = to_pixels(np.asarray(images[0]))[: part.shape[0], : part.shape[1]]
            on_tile()
        return result

    def _inputs(self, stage: Stage, pixels: np.ndarray, waiting: FeatureFiles, box: Box) -> list:
        return [
            mirrored(pixels, box)
            if x is self._image
            else waiting.read(x, box.at(stage.scales[id(x)]))
            for x in stage.inputs
        ]

    def _needed_after(self, number: int) -> set[int]:
        return {id(x) for stage in self.stages[number + 1 :] for x in stage.inputs}

    def _padded(self, height: int, width: int) -> tuple[int, int]:
        """Return the sides that the network takes."""
        rows, columns = (
            math.ceil(max(side, SMALLEST_SIDE) / self.unit) * self.unit for side in (height, width)
        )
        return rows, columns

    def _tiles(self, height: int, width: int) -> Iterator[Box]:
        """Yield the tiles of an image, of nearly one size."""
        rows, columns = map(self._edges, self._padded(height, width))
        for row, column in itertools.product(range(len(rows) - 1), range(len(columns) - 1)):
            yield Box(rows[row], columns[column], rows[row + 1], columns[column + 1])

    def _edges(self, side: int) -> list[int]:
        count = math.ceil(side / self.tile)
        return [side // self.unit * number // count * self.unit for number in range(count + 1)]
