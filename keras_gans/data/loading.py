"""`load`: from a name to a data set, wherever it comes from."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keras_gans.data import builtin, folders, stacked, tfds_source
from keras_gans.data.dataset import Dataset
from keras_gans.data.errors import DataError
from keras_gans.data.request import Request


def load(
    name: str | os.PathLike,
    form: str,
    *,
    split: str = "train",
    image_size: int | None = None,
    channels: int | None = None,
    data_dir: str | os.PathLike | None = None,
    seed: int = 0,
    jitter: bool = False,
    direction: str = "a_to_b",
) -> Dataset:
    """Load a data set: draw, read or decode it once, and keep it ready for `Dataset.batches`.

    Args:
        name: a built-in set (`BUILT_IN`), else an existing folder, else a TensorFlow Datasets name.
            `horse2zebra` and its siblings mean `cycle_gan/horse2zebra`; `stacked_mnist` is made of
            `mnist`. A folder called like a
            built-in set is meant by `./shapes`. See `keras_gans.data.folders` for the layouts.
        form: "images" for (n, h, w, c), or (n, 2) for points; "labelled" for (images, labels);
            "unpaired" for (a, b), pictures of two domains; "paired" for (inputs, targets).
            A labelled set gives images too.
        split: "train", "val" or "test". A set without the split gives the next best.
        image_size: side of the square pictures. None is the set's own: that of the built-in set;
            for TensorFlow Datasets the shorter side of its pictures; 64 for a folder.
            Pictures that are not square are cropped at the centre where the form is images or
            labelled, and squeezed where it is unpaired or paired, like CycleGAN and pix2pix do.
        channels: 1 (grey) or 3 (colour). None is the set's own, and 3 for a folder.
        data_dir: where TensorFlow Datasets are, or will be, prepared. None is its own default.
        seed: seed of what is drawn in a built-in set; the others have no use for it.
        jitter: keep pictures larger by 286/256 and deliver random crops, half of them mirrored,
            the same for both of a pair.
        direction: "b_to_a" swaps the two of a pair, or the two domains.

    Raises:
        DataError: where the name is unknown, cannot take the form, or cannot be read.
    """
    request = Request(
        name=os.fspath(name),
        form=form,
        split=split,
        image_size=image_size,
        channels=channels,
        data_dir=None if data_dir is None else os.fspath(data_dir),
        seed=seed,
        jitter=jitter,
        direction=direction,
    )
    path = Path(request.name).expanduser()
    if is_folder(request.name):
        return folders.read(request, path)
    if request.name in builtin.BUILT_IN:
        return builtin.read(request)
    if request.name == stacked.NAME:
        return stacked.read(request)
    if path.exists():
        raise DataError(f"{name} is a file: give the folder that holds the pictures")
    if _looks_like_path(request.name):
        raise DataError(f"there is no folder {name}")
    try:
        return tfds_source.read(request)
    except tfds_source.UnknownName as error:
        raise _unknown(request.name, error.known) from error


def is_folder(name: str) -> bool:
    """Whether `load` takes a name for a folder of pictures."""
    made = name in builtin.BUILT_IN or name == stacked.NAME
    return not made and Path(name).expanduser().is_dir()


def recorded(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `load`, but split and seed, in what a run wrote of its data.

    Raises:
        KeyError: it is not whole.
    """
    always = ("name", "form", "image_size", "data_dir", "direction")
    # Runs that were begun before there was a choice have the set's own channels.
    return {name: written[name] for name in always} | {"channels": written.get("channels")}


def _looks_like_path(name: str) -> bool:
    """Whether a name can only be a path: TFDS's have one slash at most, before a configuration."""
    return name.startswith((".", "~", os.sep)) or name.endswith(os.sep) or name.count(os.sep) > 1


def _unknown(name: str, known: list[str]) -> DataError:
    built_in = ", ".join(builtin.BUILT_IN)
    close = difflib.get_close_matches(name, [*builtin.BUILT_IN, *known], n=3)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    return DataError(
        f"no data set is called {name!r}: {hint}\n"
        f"Give a built-in set ({built_in}), a TensorFlow Datasets name such as mnist, or an "
        "existing folder of pictures such as ./photos"
    )
