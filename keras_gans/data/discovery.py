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
from keras_gans.data.left_out import LeftOut, say, summary

# What systems and archives leave beside images, and what says of which class they are.
_NOT_MEANT = frozenset(
    ("__macosx", "__pycache__", "thumbs.db", "desktop.ini", "labels.csv", "dataset.json")
    + ("lost+found", "$recycle.bin", "#recycle", "system volume information")
)
_LOOKED_AT = 500  # files and folders, at most, of a folder that is not used


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
        DataError: there is no such path, no image below it, or a folder that cannot be read.
    """
    return list(find(path).images)


def find(path: str | os.PathLike) -> Found:
    """Return the image files at a path, and what is left out, as `find_images` does.

    Raises:
        DataError: there is no such path, no image below it, or a folder that cannot be read.
    """
    return _finder.get()(Path(path).expanduser())


@contextmanager
def finding_once() -> Iterator[None]:
    """Let `find` search each folder only once within, and `seems_to_have_images` too."""
    token, token_of_glances = _finder.set(cache(_find)), _glancer.set(cache(_glance))
    try:
        yield
    finally:
        _finder.reset(token)
        _glancer.reset(token_of_glances)


def _find(path: Path) -> Found:
    if path.is_file():
        return Found((path,), ())
    if not path.is_dir():
        raise DataError(f"no such file or folder: {path}")
    images: list[Path] = []
    left_out: list[LeftOut] = []
    for file, special in _sorted_files_below(path):
        if special:
            left_out.append(LeftOut(file, "no file", "a pipe, socket or device"))
        elif formats.is_image(file):
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


def seems_to_have_images(folder: Path) -> bool:
    """Return whether a folder that is not used has images, by the names of some files below it.

    It is only looked over: no file is opened, and if it cannot be read, that is said and is no
    error.
    """
    return _glancer.get()(folder)


def _glance(folder: Path) -> bool:
    looked_at = 0
    try:
        for _, names in _folders_below(folder):
            some = names[: _LOOKED_AT - looked_at]
            if any(formats.named_like_image(name) for name, _ in some):
                return True
            looked_at += 1 + len(some)
            if looked_at >= _LOOKED_AT:
                break
    except DataError as error:
        say(f"left out: {error}")
    return False


_glancer: ContextVar[Callable[[Path], bool]] = ContextVar("_glancer", default=_glance)


def holds_images(folder: Path) -> bool:
    """Return whether there is an image in a folder itself."""
    paths = (folder / entry.name for entry in _entries(folder))
    return any(path.is_file() and formats.is_image(path) for path in paths)


def sub_folders(folder: Path) -> dict[str, Path]:
    """Return the folders in a folder by name, in sorted order, but for those of tools.

    Raises:
        DataError: it cannot be read.
    """
    names = sorted(entry.name for entry in _entries(folder) if _is_folder(entry))
    return {name: folder / name for name in names}


def is_hidden(name: str) -> bool:
    """Return whether a file or folder is a tool's own: .thumbnails, __MACOSX and the like."""
    return name.startswith(".") or name.lower() in _NOT_MEANT


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files anywhere below a folder, but for those of tools."""
    for parent, names in _folders_below(folder):
        yield from (parent / name for name, special in names if not special)


def _sorted_files_below(folder: Path) -> list[tuple[Path, bool]]:
    """Return the files, and whether they are special, in the order that paths have.

    To ask hundreds of thousands of paths for it would be slow.
    """
    keyed = []
    for parent, names in _folders_below(folder):
        parts = tuple(map(os.path.normcase, parent.parts))
        for name, special in names:
            keyed.append(((*parts, os.path.normcase(name)), parent / name, special))
    return [(path, special) for _, path, special in sorted(keyed)]


def _folders_below(folder: Path) -> Iterator[tuple[Path, list[tuple[str, bool]]]]:
    """Yield a folder and those below it, each with the names of its files, and which are special.

    A class, or a split, that cannot be read is not to be overlooked: that is an error.
    """
    seen = set()  # a link may lead back to a folder above
    waiting = [folder]
    while waiting:
        parent = waiting.pop()
        real = os.path.realpath(parent)
        if real in seen:
            continue
        seen.add(real)
        folders, files = [], []
        for entry in _entries(parent):
            if _is_folder(entry):
                folders.append(parent / entry.name)
            else:
                files.append((entry.name, _is_special(entry)))
        waiting += reversed(folders)
        yield parent, files


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not is_hidden(entry.name)]
    except OSError as error:
        raise DataError(
            f"{folder} cannot be read ({error.strerror}): make it readable, or move it elsewhere"
        ) from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_special(entry: os.DirEntry[str]) -> bool:
    """Return whether it is a pipe or the like, for whose content a reader may wait forever."""
    try:  # a link to nothing is an image that cannot be read
        return not entry.is_file() and os.path.exists(entry)
    except OSError:
        return False


def _no_image(file: Path) -> tuple[str, str]:
    suffix = formats.suffix_of(file)
    return (f"no image, {suffix}", "") if suffix else ("no image", "")
