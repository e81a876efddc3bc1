"""Many image files at once, with several threads."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import numpy as np

from keras_gans.data.errors import DataError
from keras_gans.data.storage import allocate

PATIENCE = 5  # seconds of reading before its progress is printed


def read_all(
    paths: Sequence[Path],
    read: Callable[[Path], Sequence[np.ndarray]],
    shape: tuple[int, int, int],
    parts: int = 1,
) -> tuple[tuple[np.ndarray, ...], list[int]]:
    """Read many images at once. Those that cannot be read are named on stderr and left out.

    Args:
        paths: the files.
        read: gives the `parts` images of one file, each of `shape`; raises `DataError`.
        shape: (h, w, c).
        parts: images a file.

    Returns:
        `parts` arrays uint8 (n, h, w, c), and the n indices of the paths that could be read.

    Raises:
        DataError: more than a tenth, and more than one, cannot be read, or none can.
    """
    arrays = allocate((len(paths), *shape), parts)
    problems: dict[int, str] = {}

    def store(index: int) -> None:
        try:
            for array, image in zip(arrays, read(paths[index]), strict=True):
                array[index] = image
        except DataError as error:
            problems[index] = str(error)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        _say_where_slow([pool.submit(store, index) for index in range(len(paths))], paths)
    _report(problems, len(paths))

    kept = [index for index in range(len(paths)) if index not in problems]
    if problems:  # close the gaps in place: there may be no memory for a copy
        for array in arrays:
            for place, index in enumerate(kept):
                array[place] = array[index]
    return tuple(array[: len(kept)] for array in arrays), kept


def _say_where_slow(readings: Sequence[Future], paths: Sequence[Path]) -> None:
    """Wait for the readings, and say once how far they are if that takes its time."""
    try:
        done, _ = wait(readings, PATIENCE)
        if len(done) < len(readings):
            folder = os.path.commonpath([os.path.dirname(path) for path in paths]) or "."
            count = f"{len(done):,} of {len(paths):,} images"
            print(f"reading {folder}: {count} after {PATIENCE} seconds", file=sys.stderr)
        for reading in readings:
            reading.result()
    finally:  # whoever interrupts it does not wait for the rest
        for reading in readings:
            reading.cancel()


def _report(problems: dict[int, str], total: int) -> None:
    if len(problems) == total or len(problems) > max(1, total / 10):
        first = problems[min(problems)]
        raise DataError(
            f"{len(problems)} of {total} images cannot be used, the first: {first}\n"
            "Remove or repair them: up to a tenth may be bad"
        )
    for index in sorted(problems):
        print(f"skipped: {problems[index]}", file=sys.stderr)
