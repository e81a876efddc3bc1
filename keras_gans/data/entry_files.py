"""The files of an entry of the cache: images as plain bytes, and what they are as JSON."""

from __future__ import annotations

import hashlib
import json
import math
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from keras_gans.data.storage import map_file

INFO = "entry.json"
_FORMAT = 1  # of an entry
_CHECKED_PLACES, _CHECKED_BYTES = 16, 65_536  # of each file of images


def images_file(folder: Path, part: int) -> Path:
    """Return the file of an entry's images: `part` counts its arrays."""
    return folder / f"images-{part}"


def read_entry(folder: Path) -> tuple[tuple[np.ndarray, ...], Any]:
    """Return an entry's arrays, mapped, and its info.

    Raises:
        OSError, ValueError, KeyError, TypeError: it is not what was written.
    """
    stored = _read_info(folder / INFO)
    arrays = tuple(
        map_file(images_file(folder, part), tuple(shape))
        for part, shape in enumerate(stored["shapes"])
    )
    if [_checks(array) for array in arrays] != stored["checks"]:
        raise ValueError("other images than were written")
    return arrays, stored["info"]


def _read_info(file: Path) -> dict:
    """Read an entry's JSON, below its hash."""
    digest, _, text = file.read_bytes().partition(b"\n")
    if hashlib.sha256(text).hexdigest().encode() != digest:
        raise ValueError(f"{file.name} has another content than was written")
    stored = json.loads(text)
    if stored["format"] != _FORMAT:
        raise ValueError(f"format {stored['format']}")
    return stored


def _checks(array: np.ndarray) -> list[int]:
    """Sums of some places of an array, the last bytes among them: all would take too long."""
    flat = array.reshape(-1)
    last = max(0, flat.size - _CHECKED_BYTES)
    starts = sorted({last * place // (_CHECKED_PLACES - 1) for place in range(_CHECKED_PLACES)})
    return [zlib.crc32(flat[start : start + _CHECKED_BYTES].data) for start in starts]


def reserve(file: BinaryIO, size: int) -> None:
    """Take room on the disk: a full disk is an error now, not after an hour."""
    if size and hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)


def append(files: Sequence[BinaryIO], images: Sequence[np.ndarray]) -> None:
    """Write images, uint8 (k, h, w, c), behind those of each array."""
    for file, block in zip(files, images, strict=True):
        file.write(np.ascontiguousarray(block, np.uint8).data)


def finish(part: Path, files: Sequence[BinaryIO], shapes: Sequence[tuple], info: Any) -> None:
    """Cut the files to what was written, and write what they are beside them, all to the disk."""
    written, checks = [], []
    for number, (file, shape) in enumerate(zip(files, shapes, strict=True)):
        count = file.tell() // math.prod(shape[1:])
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
        written.append([count, *shape[1:]])
        checks.append(_checks(map_file(images_file(part, number), tuple(written[-1]))))
    stored = {"format": _FORMAT, "shapes": written, "checks": checks, "info": info}
    text = json.dumps(stored).encode()
    with open(part / INFO, "wb") as file:
        file.write(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
        file.flush()
        os.fsync(file.fileno())
