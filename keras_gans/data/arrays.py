"""Images in a .npy or .npz file, as NumPy saves them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from keras_gans.data.config import SPLITS, DataConfig
from keras_gans.data.dataset import Dataset
from keras_gans.data.errors import DataError
from keras_gans.data.fitting import resize_array
from keras_gans.data.left_out import say
from keras_gans.data.storage import allocate
from keras_gans.data.values import ValueRange, range_of, to_eight_bits
from keras_gans.errors import first_line

SUFFIXES = (".npy", ".npz")
_OWN_SIZE = 64  # of images that are not square, or larger
_LARGEST_OWN_SIZE = 256
_CHANNELS = (1, 3, 4)
# How a split's images and labels are called, beside `images` and `labels` of a file without splits.
_NAMES = (("x_{}", "y_{}"), ("{}_images", "{}_labels"), ("{}_x", "{}_y"))
_PLAIN = (("images", "labels"), ("x", "y"), ("image", "label"), ("arr_0", "arr_1"))


def is_array_file(path: Path) -> bool:
    """Return whether a path is a file of arrays."""
    return path.suffix.lower() in SUFFIXES and path.is_file()


def read(config: DataConfig, file: Path) -> Dataset:
    """Read the images of a file: one array in .npy; in .npz `images`, `labels` and `class_names`.

    The arrays in .npz may also be called x_train, y_train and x_test, y_test, or train_images and
    train_labels. Images are (n, h, w), (n, h, w, c) or (n, c, h, w); labels (n,) or (n, 1).

    Raises:
        DataError: it cannot be read, or does not suit the task.
    """
    if config.task not in ("images", "labelled"):
        raise config.unsupported("is one array of images")
    arrays = _load(file)
    names = {split: found for split in SPLITS if (found := _names(arrays, split))}
    plain = next((pair for pair in _PLAIN if pair[0] in arrays), None)
    if "train" not in names:
        if plain is None:
            raise DataError(
                f"{file} holds {', '.join(arrays) or 'nothing'}: call the images `images`"
            )
        names = {"train": plain}
    split = config.pick_split(names)
    images_name, labels_name = names[split]
    images = _images(arrays[images_name], file)
    value_range = None
    if images.dtype != np.uint8:
        training = _images(arrays[names["train"][0]], file)
        value_range = config.value_range or range_of([training])
    fields: dict = {"split": split, "value_range": value_range}
    if config.task == "labelled":
        if labels_name not in arrays:
            raise config.unsupported(f"holds no labels ({labels_name})")
        trained = np.asarray(arrays[names["train"][1]]).reshape(-1)
        fields |= _labels(config, arrays, arrays[labels_name], trained, len(images))
    own_size = min(images.shape[1:3])
    own_size = own_size if own_size <= _LARGEST_OWN_SIZE else _OWN_SIZE
    return config.dataset((_fitted(config, images, value_range, own_size),), own_size, **fields)


def _load(file: Path) -> Mapping[str, np.ndarray]:
    try:
        loaded = np.load(file, allow_pickle=False, mmap_mode="r")
        if isinstance(loaded, np.ndarray):
            return {"images": loaded}
        with loaded:
            arrays = dict(loaded)
    except Exception as error:  # NumPy and zipfile raise nearly everything over damaged files
        raise DataError(f"{file} cannot be read as arrays: {first_line(error)}") from error
    return {name: each for name, each in arrays.items() if isinstance(each, np.ndarray)}


def _names(arrays: Mapping[str, np.ndarray], split: str) -> tuple[str, str] | None:
    for images, labels in _NAMES:
        if images.format(split) in arrays:
            return images.format(split), labels.format(split)
    return None


def _images(array: np.ndarray, file: Path) -> np.ndarray:
    """Return an array as (n, h, w, c)."""
    shape = "x".join(map(str, array.shape))
    if array.ndim == 3:
        array = array[..., None]
    first = array.ndim == 4 and array.shape[-1] not in _CHANNELS and array.shape[1] in _CHANNELS
    if first:
        say(f"{file.name}: {shape} is taken as images with their channels first")
        array = np.moveaxis(array, 1, -1)
    if array.ndim != 4 or array.shape[-1] not in _CHANNELS or array.dtype.kind not in "buif":
        raise DataError(
            f"{file} holds {array.dtype} {shape}: images are numbers (n, h, w) or (n, h, w, 3)"
        )
    if min(array.shape) < 1:
        raise DataError(f"{file} holds no images")
    return array


def _labels(
    config: DataConfig,
    arrays: Mapping[str, np.ndarray],
    given: np.ndarray,
    trained: np.ndarray,
    count: int,
) -> dict:
    values = np.asarray(given).reshape(-1)
    if len(values) != count:
        raise DataError(f"{config.name} has {count} images and {len(values)} labels")
    known = sorted(set(trained.tolist()))
    if "class_names" in arrays:
        named = tuple(map(str, arrays["class_names"].reshape(-1)))
        if values.dtype.kind not in "ui" or not 0 <= values.min() <= values.max() < len(named):
            raise DataError(f"{config.name} has labels that are not below its class_names")
        return {"labels": values.astype(np.int32), "class_names": named}
    if unknown := sorted(set(values.tolist()) - set(known)):
        raise DataError(f"{config.name} has labels without training images: {unknown}")
    labels = np.searchsorted(np.array(known), values).astype(np.int32)
    return {"labels": labels, "class_names": tuple(map(str, known))}


def _fitted(
    config: DataConfig, images: np.ndarray, value_range: ValueRange | None, own_size: int
) -> np.ndarray:
    sides, channels = config.load_sides(own_size), config.channels or min(images.shape[-1], 3)
    (stored,) = allocate((len(images), *sides, channels))
    for at, image in enumerate(images):
        pixels = np.asarray(image) if value_range is None else to_eight_bits(image, value_range)
        same = pixels.shape == stored.shape[1:]
        stored[at] = pixels if same else resize_array(pixels, sides, channels, config.fit)
    return stored
