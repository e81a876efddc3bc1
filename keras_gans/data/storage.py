"""Where decoded images are kept: in memory or, where they would crowd it, in a mapped file."""

from __future__ import annotations

import math
import mmap
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from keras_gans.data.errors import DataError
from keras_gans.errors import first_line

if TYPE_CHECKING:
    import tensorflow as tf

# TensorFlow aborts the process over a foreign buffer that is not aligned like its own.
_ALIGNMENT = 64
# Without it Linux refuses to map more than all memory for writing. Python 3.11 has no name for it.
_NO_RESERVE = 0x4000 if sys.platform == "linux" else 0


def allocate(shape: tuple[int, ...], parts: int = 1) -> tuple[np.ndarray, ...]:
    """Room for `parts` uint8 arrays of one shape.

    Together they take at most half of the memory that is free; larger ones are mapped from
    temporary files that have no name, and so leave with the process.

    Args:
        shape: shape of each array.
        parts: how many arrays.

    Raises:
        DataError: the temporary folder has no room either.
    """
    nbytes = math.prod(shape)
    spill = parts * nbytes > available_memory() / 2
    make = _on_disk if spill else _in_memory
    return tuple(make(nbytes).reshape(shape) for _ in range(parts))


def map_file(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """Return the bytes of a file as a uint8 array of a shape.

    They are read when they are used, and processes that map one file share the memory. What is
    written into the array stays in this process.

    Raises:
        OSError: it cannot be mapped.
        ValueError: it is of another size.
    """
    with open(path, "rb") as file:
        if sys.platform == "win32":
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        else:  # writable, because TensorFlow copies what is not
            flags, prot = mmap.MAP_PRIVATE | _NO_RESERVE, mmap.PROT_READ | mmap.PROT_WRITE
            mapped = mmap.mmap(file.fileno(), 0, flags=flags, prot=prot)
    return np.frombuffer(mapped, np.uint8).reshape(shape)


def available_memory() -> int:
    """Bytes of memory that can be had without swapping."""
    return psutil.virtual_memory().available


def as_tensor(array: np.ndarray) -> tf.Tensor:
    """The array as a tensor on the CPU: the same bytes if it is aligned, else a copy.

    A tf.data function that captures the tensor refers to it; nothing is embedded in the graph.
    """
    import tensorflow as tf

    aligned = array.flags.c_contiguous and array.ctypes.data % _ALIGNMENT == 0
    if aligned and array.flags.writeable:
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    with tf.device("CPU:0"):
        return tf.constant(array)


def _in_memory(nbytes: int) -> np.ndarray:
    buffer = np.empty(nbytes + _ALIGNMENT, np.uint8)
    offset = -buffer.ctypes.data % _ALIGNMENT
    return buffer[offset : offset + nbytes]


def _on_disk(nbytes: int) -> np.ndarray:
    try:
        with tempfile.TemporaryFile() as file:
            if hasattr(os, "posix_fallocate"):  # a full disk is an error here, a crash later
                os.posix_fallocate(file.fileno(), 0, nbytes)
            return np.memmap(file, np.uint8, mode="w+", shape=(nbytes,))
    except OSError as error:
        raise DataError(
            f"the decoded images need {nbytes / 1e9:.1f} GB in {tempfile.gettempdir()} "
            f"({first_line(error)}): set TMPDIR to a larger disk, or ask for smaller images"
        ) from error
