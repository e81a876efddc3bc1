"""Many image files at once, with several threads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_gans.data.errors import DataError
from keras_gans.data.images import ImageError, ImageReader
from keras_gans.data.left_out import LeftOut, say
from keras_gans.data.storage import allocate

PATIENCE = 5  # seconds of reading before its progress is printed
_NAMED = 10  # unreadable files, at most, in the message that refuses them


class UnreadableError(DataError):
    """Too many images cannot be read.

    Attributes:
        left_out: all of them.
    """

    def __init__(self, left_out: Sequence[LeftOut], total: int):
        """Name the first of them."""
        named = "; ".join(map(str, left_out[:_NAMED]))
        more = f"; and {len(left_out) - _NAMED} more" if len(left_out) > _NAMED else ""
        super().__init__(
            f"{len(left_out)} of {total} images cannot be used, up to a tenth may be bad: "
            f"{named}{more}"
        )
        self.left_out = tuple(left_out)


@dataclass(frozen=True)
class Decoded:
    """Images that were read.

    Attributes:
        domains: one array uint8 (n, h, w, c), or two if each file is a pair.
        kept: the n indices of the paths that could be read.
        left_out: the other paths.
    """

    domains: tuple[np.ndarray, ...]
    kept: tuple[int, ...]
    left_out: tuple[LeftOut, ...]


def read_all(paths: Sequence[Path], reader: ImageReader) -> Decoded:
    """Read many images at once. Those that cannot be read are left out.

    Raises:
        UnreadableError: more than a tenth, and more than one, cannot be read, or none can.
        UnknownValueRangeError: one has more than eight bits, and the reader has no range for them.
    """
    arrays = allocate((len(paths), *reader.sides, reader.channels), 1 + reader.pairs)
    problems: dict[int, LeftOut] = {}
    with_frames: list[int] = []

    def store(index: int) -> None:
        try:
            images, several_frames = reader.read(paths[index])
        except ImageError as error:
            problems[index] = LeftOut(paths[index], error.reason, error.detail)
            return
        for array, image in zip(arrays, images, strict=True):
            array[index] = image
        if several_frames:
            with_frames.append(index)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        _say_where_slow([pool.submit(store, index) for index in range(len(paths))], paths)
    left_out = tuple(problems[index] for index in sorted(problems))
    if len(problems) == len(paths) or len(problems) > max(1, len(paths) / 10):
        raise UnreadableError(left_out, len(paths))
    if with_frames:
        example = paths[min(with_frames)].name
        say(f"{len(with_frames):,} images have several frames or pages, as {example}: "
            "the first of each is used")  # fmt: skip

    kept = tuple(index for index in range(len(paths)) if index not in problems)
    if problems:  # close the gaps in place: there may be no memory for a copy
        for array in arrays:
            for place, index in enumerate(kept):
                array[place] = array[index]
    return Decoded(tuple(array[: len(kept)] for array in arrays), kept, left_out)


def _say_where_slow(readings: Sequence[Future], paths: Sequence[Path]) -> None:
    """Wait for the readings, and say once how far they are if that takes its time."""
    try:
        done, _ = wait(readings, PATIENCE)
        if len(done) < len(readings):
            folder = os.path.commonpath([os.path.dirname(path) for path in paths]) or "."
            count = f"{len(done):,} of {len(paths):,} images"
            say(f"reading {folder}: {count} after {PATIENCE} seconds")
        for reading in readings:
            reading.result()
    finally:  # whoever interrupts it does not wait for the rest
        for reading in readings:
            reading.cancel()
