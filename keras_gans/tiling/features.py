"""Features of whole images, which wait on disk for later stages of a network."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import keras
import numpy as np

from keras_gans.errors import UserError

STORED = np.dtype("float16")  # half the disk of float32, for less than a level of the image


class TooLargeError(UserError):
    """A network makes values that float16 cannot hold."""


class FeatureFiles:
    """Features of a whole image in temporary files, by the tensors of the network.

    A context manager: at its end, nothing of them is left.

    Args:
        folder: where the files are. They have no names.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._files: dict[int, tuple[IO, tuple[int, ...]]] = {}

    def __enter__(self) -> FeatureFiles:
        return self

    def __exit__(self, *_) -> None:
        self.keep(set())

    def create(self, tensor: keras.KerasTensor, sides: Iterable[int]) -> None:
        """Make room for the features (*sides, c) of a tensor.

        Raises:
            OSError: there is none.
        """
        shape = (*sides, tensor.shape[-1])
        file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115  # closed by `keep`
        self._files[id(tensor)] = file, shape
        nbytes = math.prod(shape) * STORED.itemsize
        if hasattr(os, "posix_fallocate"):  # a full disk is an error here, a crash later
            os.posix_fallocate(file.fileno(), 0, nbytes)
        else:
            file.truncate(nbytes)

    def read(self, tensor: keras.KerasTensor, part: tuple[slice, slice]) -> np.ndarray:
        """Return some rows and columns, (1, h, w, c)."""
        return np.array(self._mapped(tensor)[part])[None]

    def write(self, tensor: keras.KerasTensor, part: tuple[slice, slice], features: Any) -> None:
        """Write some rows and columns, (1, h, w, c).

        Raises:
            TooLargeError: a value is not finite.
        """
        values = np.asarray(features)[0]
        if not np.isfinite(values).all():
            raise TooLargeError("its network makes values over 65,504, which tiles cannot hold")
        self._mapped(tensor)[part] = values

    def keep(self, needed: set[int]) -> None:
        """Delete the features of all tensors but those of some ids."""
        for key in self._files.keys() - needed:
            self._files.pop(key)[0].close()

    def _mapped(self, tensor: keras.KerasTensor) -> np.ndarray:
        # For each tile anew: as long as a file is mapped, what was read of it fills the memory.
        file, shape = self._files[id(tensor)]
        return np.memmap(file, STORED, "r+", shape=shape)
