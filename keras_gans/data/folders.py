"""Folders of pictures.

    images     pictures anywhere below the folder
    labelled   one sub-folder a class; classes are numbered in the order of their names
    unpaired   trainA/ and trainB/, for the test split testA/ and testB/ where they exist
    paired     pictures twice as wide as high: the first of the pair left, the second right

All but unpaired may stand below train/, val/ and test/, or Training/, valid/ and the like. Without
those, every split is the same pictures. Pictures that are not square lose their edges (images,
labelled) or are squeezed (unpaired, paired), as is usual for each.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from pathlib import Path

import numpy as np

from keras_gans.data.dataset import Dataset
from keras_gans.data.errors import DataError
from keras_gans.data.pictures import (
    find_pictures,
    has_pictures,
    is_hidden,
    read_all,
    read_pair,
    read_square,
)
from keras_gans.data.request import SPLIT_FOLDERS, TRAINING, Request

_OWN_SIZE = 64
Decoded = tuple[tuple[np.ndarray, ...], list[int]]  # as `read_all` returns it


def read(request: Request, folder: Path) -> Dataset:
    """Decode the pictures of a folder.

    Raises:
        DataError: where the folder is not laid out for the form, or too little can be read.
    """
    readers = {
        "images": _images,
        "labelled": _labelled,
        "unpaired": _unpaired,
        "paired": _paired,
    }
    if request.form != "unpaired" and {"trainA", "trainB"} <= _folders(folder):
        raise request.refusal("holds two unpaired domains (trainA/, trainB/)")
    return readers[request.form](request, folder)


def training_folders(folder: Path, form: str) -> list[Path]:
    """The folders below which pictures are read as training examples, whatever is beside them."""
    if form == "unpaired":
        return [folder / "trainA", folder / "trainB"]
    splits = _split_folders(Request(os.fspath(folder), form, split="test"), folder)
    return splits[-1:] if len(splits) > 1 else [folder]  # beside others, train alone is a class


@contextmanager
def decoded_once() -> Iterator[None]:
    """Let what is loaded within share pictures, which splits and forms of a folder often do.

    They are kept to the end of it. Whatever else uses them goes on to have them.
    """
    token = _decoder.set(cache(_decode))
    try:
        yield
    finally:
        _decoder.reset(token)


def _images(request: Request, folder: Path) -> Dataset:
    root = _split_folder(request, folder)
    (pictures,), _ = _decoded(request, find_pictures(root), crop=True)
    return request.dataset((pictures,), _OWN_SIZE, split=_split(folder, root))


def _labelled(request: Request, folder: Path) -> Dataset:
    # A label means the same in every split: what it means in the training pictures.
    train = _split_folder(Request(request.name, request.form), folder)
    names = tuple(sorted(_classes(train)))
    if not names:
        raise request.refusal("has no sub-folders with pictures, one a class")
    root = _root_of_classes(_split_folders(request, folder), names)
    known = _classes(root)
    if unknown := sorted(known.difference(names)):
        print(f"left out: {root} has classes without training pictures: {unknown}", file=sys.stderr)
    found = [
        (path, label)
        for label, name in enumerate(names)
        if name in known
        for path in find_pictures(root / name)
    ]
    (pictures,), kept = _decoded(request, [path for path, _ in found], crop=True)
    labels = np.array([found[index][1] for index in kept], np.int32)
    named = {"labels": labels, "class_names": names, "split": _split(folder, root)}
    return request.dataset((pictures,), _OWN_SIZE, **named)


def _unpaired(request: Request, folder: Path) -> Dataset:
    there = _folders(folder)
    missing = sorted({"trainA", "trainB"} - there)
    if len(missing) == 2:
        raise request.refusal("holds neither trainA/ nor trainB/")
    if missing:
        raise DataError(f"{folder} has no {missing[0]}/: two domains need trainA/ and trainB/")
    # Both or neither: test pictures of one domain beside training pictures of the other mislead.
    both = {name[:-1] for name in there if {name[:-1] + "A", name[:-1] + "B"} <= there}
    split = request.pick_split(both)
    (a,), _ = _decoded(request, find_pictures(folder / f"{split}A"))
    (b,), _ = _decoded(request, find_pictures(folder / f"{split}B"))
    return request.dataset((a, b), _OWN_SIZE, split=split)


def _paired(request: Request, folder: Path) -> Dataset:
    root = _split_folder(request, folder)
    pairs, _ = _decoded(request, find_pictures(root), pairs=True)
    return request.dataset(pairs, _OWN_SIZE, split=_split(folder, root))


def _decoded(
    request: Request, paths: list[Path], *, crop: bool = False, pairs: bool = False
) -> Decoded:
    size, channels = request.stored_size(_OWN_SIZE), request.channels or 3
    return _decoder.get()(tuple(paths), size, channels, crop, pairs)


def _decode(paths: tuple[Path, ...], size: int, channels: int, crop: bool, pairs: bool) -> Decoded:
    if pairs:
        read = partial(read_pair, image_size=size, channels=channels)
    else:
        read = partial(read_square, image_size=size, channels=channels, crop=crop)
    return read_all(paths, read, (size, size, channels), parts=1 + pairs)


_decoder: ContextVar[Callable[..., Decoded]] = ContextVar("_decoder", default=_decode)


def _split_folder(request: Request, folder: Path) -> Path:
    roots = _split_folders(request, folder)
    return next(filter(has_pictures, roots[:-1]), roots[-1])


def _split_folders(request: Request, folder: Path) -> list[Path]:
    """The folders of the splits that will do, the best first; the folder where it has no splits.

    It has where there are train and another, or train alone.
    """
    there = _folders(folder)
    splits = {name.lower(): name for name in there if name.lower() in SPLIT_FOLDERS}
    if splits.keys().isdisjoint(TRAINING) or (len(splits) == 1 and len(there) > 1):
        return [folder]
    return [folder / splits[name] for name in request.splits() if name in splits]


def _root_of_classes(roots: list[Path], names: tuple[str, ...]) -> Path:
    """The first with pictures of known classes: those of a test are often without labels."""
    for root in roots[:-1]:
        if not _classes(root).isdisjoint(names):
            return root
        if has_pictures(root):
            print(f"left out: {root} has no pictures of the training classes", file=sys.stderr)
    return roots[-1]


def _split(folder: Path, root: Path) -> str:
    """Which split the pictures of a root below the folder are: all are for training by default."""
    return "train" if root == folder else root.name.lower()


def _folders(folder: Path) -> set[str]:
    return {
        entry.name for entry in folder.iterdir() if entry.is_dir() and not is_hidden(entry.name)
    }


def _classes(root: Path) -> set[str]:
    return {name for name in _folders(root) if has_pictures(root / name)}
