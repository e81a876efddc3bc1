"""Images in a .npy or .npz file, as NumPy saves them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from keras_gans.data.array_source import ArraySource
from keras_gans.data.cache import Append
from keras_gans.data.config import SPLITS, DataConfig
from keras_gans.data.dataset import Dataset
from keras_gans.data.errors import DataError
from keras_gans.data.images import SMALLEST_SIDE
from keras_gans.data.keeping import keep, remembered_range
from keras_gans.data.left_out import say
from keras_gans.data.stamps import decoders, stamp
from keras_gans.data.streaming import Decoder, StreamedImages
from keras_gans.data.values import ValueRange, range_of
from keras_gans.errors import first_line

SUFFIXES = (".npy", ".npz")
_OWN_SIZE = 64  # of images that are not square, or larger
_LARGEST_OWN_SIZE = 256
_BLOCK = 256  # images that are prepared at once
_VALUES = 2**20  # whose range is found at once
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
    if plain is not None:
        names.setdefault("train", plain)
    if "train" not in names:
        raise DataError(f"{file} holds {', '.join(arrays) or 'nothing'}: call the images `images`")
    split = config.pick_split(names)
    images_name, labels_name = names[split]
    training_name, training_labels_name = names["train"]
    images = _images(arrays[images_name], file)
    value_range = None
    if images.dtype != np.uint8:
        training = _images(arrays[training_name], file)
        value_range = _value_range(config, file, training_name, training)
    fields: dict = {"split": split, "value_range": value_range}
    if config.task == "labelled":
        for name in (labels_name, training_labels_name):
            if name not in arrays:
                raise config.unsupported(f"holds no labels ({name})")
        fields |= _labels(
            config, arrays, arrays[labels_name], arrays[training_labels_name], len(images)
        )
    own_size = min(images.shape[1:3])
    own_size = own_size if own_size <= _LARGEST_OWN_SIZE else _OWN_SIZE
    kept = keep(ArrayImages(config, file, images_name, images, value_range, own_size))
    return config.dataset(kept.arrays, own_size, keys=[kept.key], **fields)


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
    if array.ndim == 3 and array.shape[-1] in _CHANNELS:
        if array.shape[-1] < SMALLEST_SIDE:
            raise DataError(f"{file} holds one image, {shape}: give several, (n, h, w, c)")
        raise DataError(
            f"{file} holds {shape}: one image with transparency, or gray images {array.shape[-1]} "
            "wide\nGive several images as (n, h, w, c), and gray ones as (n, h, w, 1)"
        )
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
    if min(array.shape[1:3]) < SMALLEST_SIDE:
        raise DataError(f"{file} holds images of {array.shape[2]}x{array.shape[1]}: too small")
    return array


def _value_range(
    config: DataConfig, file: Path, name: str, training: np.ndarray
) -> ValueRange | None:
    """Return the range of the training images; a mapped array may be larger than the memory."""
    if config.value_range is not None:
        return config.value_range
    at_once = max(1, _VALUES // training[0].size)
    blocks = (training[start : start + at_once] for start in range(0, len(training), at_once))
    return remembered_range(
        lambda: {"files": stamp([file]), "array": name, "decoders": decoders()},
        lambda: range_of(blocks),
    )


def _labels(
    config: DataConfig,
    arrays: Mapping[str, np.ndarray],
    given: np.ndarray,
    trained: np.ndarray,
    count: int,
) -> dict:
    values, trained = _flat(given), _flat(trained)
    if len(values) != count:
        raise DataError(f"{config.name} has {count} images and {len(values)} labels")
    known = sorted(set(trained.tolist()))
    if "class_names" in arrays:
        named = tuple(map(str, _flat(arrays["class_names"])))
        if values.dtype.kind not in "ui" or not 0 <= values.min() <= values.max() < len(named):
            raise DataError(f"{config.name} has labels that are not below its class_names")
        return {"labels": values.astype(np.int32), "class_names": named}
    if unknown := sorted(set(values.tolist()) - set(known)):
        raise DataError(f"{config.name} has labels without training images: {unknown}")
    labels = np.searchsorted(np.array(known), values).astype(np.int32)
    return {"labels": labels, "class_names": tuple(map(str, known))}


def _flat(array: np.ndarray) -> np.ndarray:
    """Return numbers or texts as (n,)."""
    array = np.asarray(array).reshape(-1)
    return np.char.decode(array, "utf-8", "backslashreplace") if array.dtype.kind == "S" else array


class ArrayImages(ArraySource):
    """The images of an array.

    Args:
        config: how they are prepared.
        file: where the array was read from.
        name: what it is called there.
        images: the array, (n, h, w, c).
        value_range: what becomes 0 and 255; None for eight bits.
        own_size: side of the images if none is asked for.
    """

    def __init__(
        self,
        config: DataConfig,
        file: Path,
        name: str,
        images: np.ndarray,
        value_range: ValueRange | None,
        own_size: int,
    ):
        self.images, self.fit, self.value_range = images, config.fit, value_range
        self.file, self.name, self.title = file, name, str(file)
        channels = config.channels or min(images.shape[-1], 3)
        self.shape = (len(images), *config.load_sides(own_size), channels)

    @cached_property
    def files(self) -> dict[str, Any]:
        """What tells the array from others."""
        return {"files": stamp([self.file]), "array": self.name, "decoders": decoders()}

    def decode(self, append: Append) -> None:
        """Prepare all images."""
        for start in range(0, len(self.images), _BLOCK):
            block = self.images[start : start + _BLOCK]
            append([np.stack([self.prepared(image) for image in block])])

    def stream(self, info: None) -> tuple[StreamedImages, ...]:
        """Return images that are prepared when they are asked for."""
        decoder = Decoder(
            lambda number: [self.prepared(self.images[number])], self.shape[1:], len(self.images)
        )
        return (StreamedImages(decoder),)
