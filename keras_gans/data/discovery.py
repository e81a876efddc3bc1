"""Which files below a folder are images."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from keras_gans.data import formats
from keras_gans.data.errors import DataError
from keras_gans.data.left_out import LeftOut, summary

# What systems and archives leave beside images, and what says of which class they are.
_NOT_MEANT = frozenset(
    ("__macosx", "__pycache__", "thumbs.db", "desktop.ini", "labels.csv", "dataset.json")
)


@dataclass(frozen=True)
class Found:
    """The files at a path.

    Attributes:
        images: in sorted order.
        left_out: what is no image, or has to be converted first.
    """

    images: tuple[Path, ...]
    left_out: tuple[LeftOut, ...]


def find_images(path: str | os.PathLike) -> list[Path]:
    """Return the image files at a path, in sorted order.

    Args:
        path: a file, which is taken as an image whatever it is called, or a folder, which is
            searched with everything below it. A file is an image if its name ends like that of
            one, or if it holds one. Names that begin with a dot are left out.

    Raises:
        DataError: there is no such path, or no image below it.
    """
    return list(find(path).images)


def find(path: str | os.PathLike) -> Found:
    """Return the image files at a path, and what is left out, as `find_images` does.

    Raises:
        DataError: there is no such path, or no image below it.
    """
    return _finder.get()(Path(path).expanduser())


@contextmanager
def finding_once() -> Iterator[None]:
    """Let `find` search each folder only once within."""
    token = _finder.set(cache(_find))
    try:
        yield
    finally:
        _finder.reset(token)


def _find(path: Path) -> Found:
    if path.is_file():
        return Found((path,), ())
    if not path.is_dir():
        raise DataError(f"no such file or folder: {path}")
    images: list[Path] = []
    left_out: list[LeftOut] = []
    for file in _sorted_files_below(path):
        if formats.is_image(file):
            images.append(file)
        else:
            left_out.append(LeftOut(file, *(formats.conversion(file) or _no_image(file))))
    if not images:
        only = f": {summary(left_out)}" if left_out else ""
        raise DataError(f"no images in {path}{only}")
    return Found(tuple(images), tuple(left_out))


_finder: ContextVar[Callable[[Path], Found]] = ContextVar("_finder", default=_find)


def has_images(folder: Path) -> bool:
    """Return whether there is an image anywhere below a folder."""
    return any(formats.is_image(file) for file in files_below(folder))


def holds_images(folder: Path) -> bool:
    """Return whether there is an image in a folder itself."""
    return any(
        entry.is_file() and not is_hidden(entry.name) and formats.is_image(entry)
        for entry in folder.iterdir()
    )


def is_hidden(name: str) -> bool:
    """Return whether a file or folder is a tool's own: .thumbnails, __MACOSX and the like."""
    return name.startswith(".") or name.lower() in _NOT_MEANT


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files anywhere below a folder, but for those of tools."""
    for parent, names in _folders_below(folder):
        yield from (parent / name for name in names)


def _sorted_files_below(folder: Path) -> list[Path]:
    """Return the files in the order that paths have, which is slow to ask hundreds of thousands."""
    keyed = []
    for parent, names in _folders_below(folder):
        parts = tuple(map(os.path.normcase, parent.parts))
        keyed += [((*parts, os.path.normcase(name)), parent / name) for name in names]
    return [path for _, path in sorted(keyed)]


def _folders_below(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield a folder and those below it, each with the names of its files."""
    seen = set()  # a link may lead back to a folder above
    for parent, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(parent)
        folders[:] = [] if real in seen else [name for name in folders if not is_hidden(name)]
        if real not in seen:
            yield Path(parent), [name for name in names if not is_hidden(name)]
        seen.add(real)


def _no_image(file: Path) -> tuple[str, str]:
    suffix = formats.suffix_of(file)
    return (f"no image, {suffix}", "") if suffix else ("no image", "")
