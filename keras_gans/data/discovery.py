"""Which files below a folder are images."""

from __future__ import annotations

import os
from pathlib import Path

from keras_gans.data.errors import DataError

# Pillow cannot read these: they are to be named, not overlooked.
TO_CONVERT = frozenset(".heic .heif .jxl".split())
_SUFFIXES = TO_CONVERT.union(
    ".avif .bmp .gif .jfif .jpe .jpeg .jpg .pgm .png .pnm .ppm .tga .tif .tiff .webp".split()
)


def find_images(path: str | os.PathLike) -> list[Path]:
    """The image files at a path, in sorted order.

    Args:
        path: a file, which is taken as an image whatever it is called, or a folder, which is
            searched with everything below it for names that end like an image's. Names that
            begin with a dot are left out.

    Raises:
        DataError: there is no such path, or no image below it.
    """
    path = Path(path).expanduser()
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise DataError(f"no such file or folder: {path}")
    found = sorted(_walk(path))
    if not found:
        raise DataError(f"no images in {path}: looked for .jpg, .png and the like")
    return found


def has_images(folder: Path) -> bool:
    """Whether there is an image anywhere below a folder."""
    return any(True for _ in _walk(folder))


def is_hidden(name: str) -> bool:
    """Whether a file or folder is a tool's own: .thumbnails, __MACOSX and the like."""
    return name.startswith((".", "__"))


def _walk(folder: Path):
    seen = set()  # a link may lead back to a folder above
    for parent, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(parent)
        folders[:] = [] if real in seen else [name for name in folders if not is_hidden(name)]
        names = [] if real in seen else names
        seen.add(real)
        for name in names:
            if not is_hidden(name) and os.path.splitext(name)[1].lower() in _SUFFIXES:
                yield Path(parent, name)
