"""`load`: from a name to a data set, from any source."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from keras_gans.data import arrays, folders, stacked_mnist, synthetic, tfds_source
from keras_gans.data.config import DataConfig
from keras_gans.data.dataset import Dataset
from keras_gans.data.errors import DataError
from keras_gans.data.fitting import Fit, Sides
from keras_gans.data.images import MAX_PIXELS
from keras_gans.data.values import ValueRange


def load(
    name: str | os.PathLike,
    task: str,
    *,
    split: str = "train",
    image_size: int | Sides | None = None,
    channels: int | None = None,
    data_dir: str | os.PathLike | None = None,
    seed: int = 0,
    jitter: bool = False,
    direction: str = "a_to_b",
    fit: Fit = "crop",
    value_range: ValueRange | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Dataset:
    """Load a data set: draw, read or decode it once, and keep it ready for `Dataset.batches`.

    The arguments are those of `DataConfig`.

    Raises:
        DataError: the name is unknown, does not suit the task, or cannot be read.
    """
    return load_config(
        DataConfig(
            name=os.fspath(name),
            task=task,
            split=split,
            image_size=image_size,
            channels=channels,
            data_dir=None if data_dir is None else os.fspath(data_dir),
            seed=seed,
            jitter=jitter,
            direction=direction,
            fit=fit,
            value_range=value_range,
            max_pixels=max_pixels,
        )
    )


def load_config(config: DataConfig) -> Dataset:
    """Load a data set.

    Raises:
        DataError: the name is unknown, does not suit the task, or cannot be read.
    """
    path = Path(config.name).expanduser()
    if is_local(config.name):
        return (folders if path.is_dir() else arrays).read(config, path)
    if config.name in synthetic.BUILT_IN:
        return synthetic.read(config)
    if config.name == stacked_mnist.NAME:
        return stacked_mnist.read(config)
    if path.exists():
        raise DataError(
            f"{config.name} is a file: give the folder that holds the images, or .npy or .npz"
        )
    if _looks_like_path(config.name):
        raise DataError(f"there is no folder {config.name}")
    try:
        return tfds_source.read(config)
    except tfds_source.UnknownName as error:
        raise _unknown(config.name, error.known) from error


def is_local(name: str) -> bool:
    """Return whether `load` takes a name for a folder of images, or a file of arrays."""
    built_in = name in synthetic.BUILT_IN or name == stacked_mnist.NAME
    path = Path(name).expanduser()
    return not built_in and (path.is_dir() or arrays.is_array_file(path))


def full_name(name: str) -> str:
    """Return a data set's name, where it is local as an absolute path."""
    expanded = os.path.expanduser(name)  # a shell leaves the ~ of --data=~/images to others
    return os.path.abspath(expanded) if is_local(expanded) else expanded


def _looks_like_path(name: str) -> bool:
    """Whether a name can only be a path: TFDS's have one slash at most, before a configuration."""
    return name.startswith((".", "~", os.sep)) or name.endswith(os.sep) or name.count(os.sep) > 1


def _unknown(name: str, known: list[str]) -> DataError:
    built_in = ", ".join(synthetic.BUILT_IN)
    close = difflib.get_close_matches(name, [*synthetic.BUILT_IN, *known], n=3)
    hint = f": did you mean {' or '.join(close)}?" if close else ""
    return DataError(
        f"no data set is called {name!r}{hint}\n"
        f"Give a built-in data set ({built_in}), a TensorFlow Datasets name such as mnist, or an "
        "existing folder of images such as ./photos"
    )
