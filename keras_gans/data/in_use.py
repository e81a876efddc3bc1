"""Marks of folders that are in use. They end with the process, however it ends."""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

try:
    import fcntl
except ImportError:  # Windows, which lets no files be moved that are mapped
    fcntl = None  # type: ignore[assignment]

HAS_LOCKS = fcntl is not None  # whether the system can lock a folder


class InUse:
    """A lock of the system's on a folder: shared by those who use it, or of one alone.

    Args:
        folder: the folder.
        alone: whether nobody else may use it.

    Raises:
        OSError: it is not there, or somebody else uses it.
    """

    def __init__(self, folder: Path, *, alone: bool = False):
        self._descriptor = None
        if fcntl is None:
            return
        self._descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(
                self._descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB
            )
        except OSError:
            self.end()
            raise

    def end(self) -> None:
        """Take the mark away, but for arrays that keep it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def keep_with(self, arrays: Sequence[np.ndarray]) -> None:
        """Keep the mark as long as some mapped arrays, and what is made of their memory."""
        for array in arrays:
            if self._descriptor is not None:
                # A lock ends with the last descriptor that was copied from its own.
                weakref.finalize(_mapped(array), os.close, os.dup(self._descriptor))


def _mapped(array: np.ndarray) -> Any:
    """Return the map that an array is a part of."""
    owner: Any = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    return owner.obj if isinstance(owner, memoryview) else owner
