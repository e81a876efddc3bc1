"""What tells files, and what decodes them, from others without reading the files."""

from __future__ import annotations

import hashlib
import os
import platform
import time
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

# A file that is written twice within a tick of the system's clock may keep its time.
_TICK = 20_000_000  # nanoseconds
# The modules of this library on which the pixels of a decoded image depend.
DECODING = tuple(
    "array_source arrays fitting formats images opened reading strips".split()
    + "tfds_source tfds_split values".split()
)
_LIBRARIES = ("pillow", "tifffile", "tensorflow", "tensorflow-datasets")
_BELOW_PILLOW = ("jpg", "jpg_2000", "zlib", "libtiff", "webp", "avif")


def stamp(paths: Iterable[str | os.PathLike]) -> str:
    """Return a hash of the places, sizes and times of files.

    The time of the last change (ctime) counts too, which no program can set: files that were
    copied, moved, written or touched have another stamp.
    """
    here = os.getcwd()
    names = [os.path.join(here, path) for path in paths]
    while True:
        digest, newest = hashlib.sha256(), 0
        for name in names:
            try:
                found = os.stat(name)
            except OSError:
                digest.update(os.fsencode(f"{name}\0\0"))
                continue
            newest = max(newest, found.st_ctime_ns, found.st_mtime_ns)
            line = f"{name}\0{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}\0"
            digest.update(os.fsencode(line))
        age = time.time_ns() - newest
        if not 0 <= age < _TICK:
            return digest.hexdigest()
        time.sleep(_TICK / 1e9)


@cache
def decoders() -> dict[str, str]:
    """Return the versions of all that decodes images: this library's code, and others'."""
    from PIL import features

    digest = hashlib.sha256()
    for name in DECODING:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    versions = {"code": digest.hexdigest(), "machine": platform.machine()}
    for name in _LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # it has another name, as tensorflow-cpu
            versions[name] = ""
    return versions | {name: str(features.version(name)) for name in _BELOW_PILLOW}
