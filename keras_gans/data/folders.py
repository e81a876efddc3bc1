"""Folders of images.

    images     images anywhere below the folder
    labelled   one sub-folder per class; classes are numbered in the order of their names
    unpaired   trainA/ and trainB/, for the test split testA/ and testB/ if they exist
    paired     images twice as wide as high: the first of the pair left, the second right

All but unpaired may stand below train/, val/ and test/, or Training/, valid/ and the like. Without
those, every split is the same images. Images that are not square lose their edges (images,
labelled) or are squeezed (unpaired, paired), as is usual for each.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np

from keras_gans.data.config import SPLIT_FOLDERS, TRAINING, DataConfig
from keras_gans.data.dataset import Dataset
from keras_gans.data.discovery import find_images, has_images, is_hidden
from keras_gans.data.errors import DataError
from keras_gans.data.images import read_pair, read_square
from keras_gans.data.reading import read_all

_OWN_SIZE = 64
Decoded = tuple[tuple[np.ndarray, ...], list[int]]  # as `read_all` returns it


def read(config: DataConfig, folder: Path) -> Dataset:
    """Decode the images of a folder.

    Raises:
        DataError: the folder is not laid out for the task, or too little can be read.
    """
    readers = {
        "images": _images,
        "labelled": _labelled,
        "unpaired": _unpaired,
        "paired": _paired,
    }
    if config.task != "unpaired" and {"trainA", "trainB"} <= _folders(folder):
        raise config.unsupported("holds two unpaired domains (trainA/, trainB/)")
    return readers[config.task](config, folder)


def training_folders(config: DataConfig) -> list[Path]:
    """Return the folders below which images are read as training examples."""
    folder = Path(config.name).expanduser()
    if config.task == "unpaired":
        return [folder / "trainA", folder / "trainB"]
    splits = _split_folders(replace(config, split="test"), folder)
    return splits[-1:] if len(splits) > 1 else [folder]  # beside others, train alone is a class


@contextmanager
def shared_decoding() -> Iterator[None]:
    """Let what is loaded within share images, which splits and forms of a folder often do.

    They are kept to the end of it. Whatever else uses them goes on to have them.
    """
    token = _decoder.set(cache(_decode))
    try:
        yield
    finally:
        _decoder.reset(token)


def _images(config: DataConfig, folder: Path) -> Dataset:
    root = _split_folder(config, folder)
    (images,), _ = _decoded(config, find_images(root), crop=True)
    return config.dataset((images,), _OWN_SIZE, split=_split(folder, root))


def _labelled(config: DataConfig, folder: Path) -> Dataset:
    # A label means the same in every split: what it means in the training images.
    train = _split_folder(DataConfig(config.name, config.task), folder)
    names = tuple(sorted(_classes(train)))
    if not names:
        raise config.unsupported("has no sub-folders with images, one a class")
    root = _root_of_classes(_split_folders(config, folder), names)
    known = _classes(root)
    if unknown := sorted(known.difference(names)):
        print(f"left out: {root} has classes without training images: {unknown}", file=sys.stderr)
    found = [
        (path, label)
        for label, name in enumerate(names)
        if name in known
        for path in find_images(root / name)
    ]
    (images,), kept = _decoded(config, [path for path, _ in found], crop=True)
    labels = np.array([found[index][1] for index in kept], np.int32)
    named = {"labels": labels, "class_names": names, "split": _split(folder, root)}
    return config.dataset((images,), _OWN_SIZE, **named)


def _unpaired(config: DataConfig, folder: Path) -> Dataset:
    there = _folders(folder)
    missing = sorted({"trainA", "trainB"} - there)
    if len(missing) == 2:
        raise config.unsupported("holds neither trainA/ nor trainB/")
    if missing:
        raise DataError(f"{folder} has no {missing[0]}/: two domains need trainA/ and trainB/")
    # Both or neither: test images of one domain beside training images of the other mislead.
    both = {name[:-1] for name in there if {name[:-1] + "A", name[:-1] + "B"} <= there}
    split = config.pick_split(both)
    (a,), _ = _decoded(config, find_images(folder / f"{split}A"))
    (b,), _ = _decoded(config, find_images(folder / f"{split}B"))
    return config.dataset((a, b), _OWN_SIZE, split=split)


def _paired(config: DataConfig, folder: Path) -> Dataset:
    root = _split_folder(config, folder)
    pairs, _ = _decoded(config, find_images(root), pairs=True)
    return config.dataset(pairs, _OWN_SIZE, split=_split(folder, root))


def _decoded(
    config: DataConfig, paths: list[Path], *, crop: bool = False, pairs: bool = False
) -> Decoded:
    size, channels = config.load_size(_OWN_SIZE), config.channels or 3
    return _decoder.get()(tuple(paths), size, channels, crop, pairs)


def _decode(paths: tuple[Path, ...], size: int, channels: int, crop: bool, pairs: bool) -> Decoded:
    if pairs:
        read = partial(read_pair, image_size=size, channels=channels)
    else:
        read = partial(read_square, image_size=size, channels=channels, crop=crop)
    return read_all(paths, read, (size, size, channels), parts=1 + pairs)


_decoder: ContextVar[Callable[..., Decoded]] = ContextVar("_decoder", default=_decode)


def _split_folder(config: DataConfig, folder: Path) -> Path:
    roots = _split_folders(config, folder)
    return next(filter(has_images, roots[:-1]), roots[-1])


def _split_folders(config: DataConfig, folder: Path) -> list[Path]:
    """Return the folders of the splits that will do, the best first; the folder if it has none.

    It has splits if there are train and another, or train alone.
    """
    there = _folders(folder)
    splits = {name.lower(): name for name in there if name.lower() in SPLIT_FOLDERS}
    if splits.keys().isdisjoint(TRAINING) or (len(splits) == 1 and len(there) > 1):
        return [folder]
    return [folder / splits[name] for name in config.splits() if name in splits]


def _root_of_classes(roots: list[Path], names: tuple[str, ...]) -> Path:
    """The first with images of known classes: those of a test are often without labels."""
    for root in roots[:-1]:
        if not _classes(root).isdisjoint(names):
            return root
        if has_images(root):
            print(f"left out: {root} has no images of the training classes", file=sys.stderr)
    return roots[-1]


def _split(folder: Path, root: Path) -> str:
    """Which split the images of a root below the folder are: all are for training by default."""
    return "train" if root == folder else root.name.lower()


def _folders(folder: Path) -> set[str]:
    return {
        entry.name for entry in folder.iterdir() if entry.is_dir() and not is_hidden(entry.name)
    }


def _classes(root: Path) -> set[str]:
    return {name for name in _folders(root) if has_images(root / name)}
