"""The images of a split of TensorFlow Datasets: all of them in order, or any one of them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_gans.data.array_source import ArraySource
from keras_gans.data.cache import Append
from keras_gans.data.config import DataConfig
from keras_gans.data.errors import DataError
from keras_gans.data.keeping import remembered_range, remembering
from keras_gans.data.progress import Progress
from keras_gans.data.stamps import decoders, stamp
from keras_gans.data.streaming import Decoder, StreamedImages
from keras_gans.data.values import ValueRange, range_of

if TYPE_CHECKING:
    import tensorflow_datasets as tfds

_AT_ONCE = 256  # examples of one shape
# How TensorFlow Datasets mixes the files of a split: so many examples of so many files in turn.
_FILES, _EXAMPLES = 16, 16
_HEADER = struct.Struct("<QI")  # of a TFRecord: its length, and the hash of that
_FOOTER = 4  # bytes: the hash of its data


class TfdsSplit(ArraySource):
    """A split of a prepared set.

    Args:
        config: what is asked of the set.
        builder: the set's.
        split: which of its splits.
        own_size: side of the images if none is asked for.
    """

    def __init__(self, config: DataConfig, builder: tfds.core.DatasetBuilder, split: str, own_size):
        self.builder, self.split, self.fit = builder, split, config.fit
        feature = builder.info.features["image"]
        channels = config.channels or (1 if feature.shape[-1] == 1 else 3)
        self.title = f"{config.name}, {split}"
        self.shape = (
            builder.info.splits[split].num_examples,
            *config.load_sides(own_size),
            channels,
        )
        self.value_range = self._value_range(config)

    @cached_property
    def files(self) -> dict[str, Any]:
        """What tells the files from others."""
        return self._files(self.split)

    def decode(self, append: Append) -> dict[str, Any]:
        """Decode all images; return their labels, if they have any."""
        labels: list[int] = []
        with Progress(f"reading {self.title}", self.shape[0]) as progress:
            for batch in read_batches(self.builder, self.split, labels=self._has_labels):
                append([np.stack([self.prepared(image) for image in batch["image"]])])
                labels += batch["label"].tolist() if self._has_labels else []
                progress.add(len(batch["image"]))
        return {"labels": labels}

    def stream(self, info: dict[str, Any]) -> tuple[StreamedImages, ...]:
        """Return images that are read when they are asked for.

        Raises:
            DataError: the set is stored in another format than TFRecord.
        """
        import tensorflow as tf

        if self.builder.info.file_format.value != "tfrecord":
            raise DataError(
                f"{self.title} does not fit the cache, and cannot be read in another order as "
                f"{self.builder.info.file_format.value}: give the cache a larger disk"
            )
        paths = [str(path) for path in self._paths(self.split)]
        find_starts = remembering(lambda: {"what": "starts of records", "files": self.files})
        starts = find_starts(lambda: [_starts_of_records(path) for path in paths])
        order = _order_of_records([len(each) for each in starts], _files_at_once(self.builder))
        parse = tf.function(self._parse, input_signature=[tf.TensorSpec([], tf.string)])

        def decode(number: int) -> list[np.ndarray]:
            file, index = order[number]
            with tf.device("CPU:0"):
                image = parse(_read_record(paths[file], starts[file][index]))
            return [self.prepared(image.numpy())]

        return (StreamedImages(Decoder(decode, self.shape[1:], self.shape[0])),)

    @property
    def _has_labels(self) -> bool:
        import tensorflow_datasets as tfds

        features = self.builder.info.features
        return "label" in features and isinstance(features["label"], tfds.features.ClassLabel)

    def _parse(self, record):
        """Return the image of an example as it is stored, as `as_dataset` decodes it."""
        decoders = _only("image")
        features = decoders.extract_features(self.builder.info.features)
        return features.deserialize_example(record, decoders=decoders.decoders)["image"]

    def _value_range(self, config: DataConfig) -> ValueRange | None:
        """Return the range of the values of all training images; None if they have eight bits."""
        if self.builder.info.features["image"].np_dtype == np.uint8:
            return None
        if config.value_range is not None:
            return config.value_range
        (name, *_) = [name for name in self.builder.info.splits if name.startswith("train")]
        return remembered_range(
            lambda: {"files": self._files(name)},
            lambda: range_of(_images(read_batches(self.builder, name))),
        )

    def _files(self, split: str) -> dict[str, Any]:
        paths = [*self._paths(split), *self.builder.data_path.glob("*.json")]
        return {"set": self.builder.info.full_name, "files": stamp(paths), "decoders": decoders()}

    def _paths(self, split: str) -> list:
        return list(self.builder.info.splits[split].filepaths)


def read_batches(
    builder: tfds.core.DatasetBuilder, split: str, *, labels: bool = False
) -> Iterator[dict[str, np.ndarray]]:
    """Return the split's examples as numpy arrays: many at a time where all have one shape."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    reading = tfds.ReadConfig(
        interleave_cycle_length=_files_at_once(builder),
        interleave_block_length=_EXAMPLES,
        try_autocache=False,
    )
    decoders = _only("image", "label") if labels else _only("image")
    examples = builder.as_dataset(
        split, shuffle_files=False, decoders=decoders, read_config=reading
    )
    options = tf.data.Options()
    options.autotune.enabled = False
    one_shape = None not in builder.info.features["image"].shape
    at_once = _AT_ONCE if one_shape else 1
    return examples.batch(at_once).with_options(options).as_numpy_iterator()


def _images(batches: Iterator[dict[str, np.ndarray]]) -> Iterator[np.ndarray]:
    return (batch["image"] for batch in batches)


def _only(*names: str):
    import tensorflow_datasets as tfds

    return tfds.decode.PartialDecoding(dict.fromkeys(names, True))


def _files_at_once(builder: tfds.core.DatasetBuilder) -> int:
    return 1 if builder.info.disable_shuffling else _FILES


def _order_of_records(counts: list[int], files_at_once: int) -> np.ndarray:
    """Return which record of which file each example of a split is, (n, 2), as they are read."""
    import tensorflow as tf

    def records(file, count):
        return tf.data.Dataset.range(count).map(lambda index: tf.stack([file, index]))

    files = tf.data.Dataset.from_tensor_slices(np.array(counts, np.int64)).enumerate()
    mixed = files.interleave(records, cycle_length=files_at_once, block_length=_EXAMPLES)
    return np.concatenate(list(mixed.batch(4096).as_numpy_iterator()))


def _starts_of_records(path: str) -> list[int]:
    """Return where each record of a TFRecord file begins."""
    starts = []
    with open(path, "rb") as file:
        while header := file.read(_HEADER.size):
            starts.append(file.tell() - len(header))
            length, _ = _HEADER.unpack(header)
            file.seek(length + _FOOTER, 1)
    return starts


def _read_record(path: str, start: int) -> bytes:
    with open(path, "rb") as file:
        file.seek(start)
        length, _ = _HEADER.unpack(file.read(_HEADER.size))
        return file.read(length)
