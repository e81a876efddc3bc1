"""TensorFlow Datasets: any with an `image`, and the unpaired domains of `cycle_gan`."""

from __future__ import annotations

import contextlib
import logging
import re
import sys
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_gans.data.config import DataConfig
from keras_gans.data.dataset import Dataset
from keras_gans.data.errors import DataError
from keras_gans.data.keeping import Kept, keep
from keras_gans.data.left_out import say
from keras_gans.data.tfds_split import TfdsSplit, read_batches
from keras_gans.errors import first_line
from keras_gans.files import download_lock

if TYPE_CHECKING:
    import tensorflow_datasets as tfds

CYCLE_GAN = (
    "apple2orange",
    "cezanne2photo",
    "cityscapes",
    "facades",
    "horse2zebra",
    "iphone2dslr_flower",
    "maps",
    "monet2photo",
    "summer2winter_yosemite",
    "ukiyoe2photo",
    "vangogh2photo",
)


class UnknownName(LookupError):
    """TensorFlow Datasets has no such set. `known` lists the names that it has."""

    def __init__(self, known: list[str]):
        """Remember the names that there are."""
        super().__init__()
        self.known = known


def read(config: DataConfig) -> Dataset:
    """Prepare a set, downloading it if need be, and decode it.

    Raises:
        UnknownName: there is no such set.
        DataError: it cannot be downloaded, or does not give the task.
    """
    with _quiet():
        builder = _builder(config)
        _check_form(config, builder)
        builder = _prepared(config, builder)
        splits, own_size = set(builder.info.splits), _own_size(builder)
        if config.task == "unpaired":
            names = [config.pick_split(splits, letter) for letter in "AB"]
            both = [keep(TfdsSplit(config, builder, name, own_size)) for name in names]
            domains = tuple(each.arrays[0] for each in both)
            keys = [each.key for each in both]
            split = names[0].removesuffix("A")
            return config.dataset(domains, own_size, keys=keys, split=split)
        source, kept = _best_split(config, builder, splits, own_size)
        fields: dict[str, Any] = {"split": source.split, "value_range": source.value_range}
        if config.task == "labelled":
            names = builder.info.features["label"].names
            labels = np.array(kept.info["labels"], np.int32)
            fields |= {"labels": labels, "class_names": tuple(names)}
        return config.dataset(kept.arrays, own_size, keys=[kept.key], **fields)


def _best_split(
    config: DataConfig, builder: tfds.core.DatasetBuilder, splits: set[str], own_size: int
) -> tuple[TfdsSplit, Kept]:
    """Decode the best split that there is, and where labels are needed, that has them."""
    config.pick_split(splits)  # there is one
    for split in [name for name in config.splits() if name in splits]:
        source = TfdsSplit(config, builder, split, own_size)
        kept = keep(source)
        # An example without a label has -1.
        if config.task != "labelled" or min(kept.info["labels"], default=0) >= 0:
            return source, kept
        say(f"left out: the {split} split of {config.name} has examples without labels")
    raise config.unsupported("has examples without labels")


def _builder(config: DataConfig) -> tfds.core.DatasetBuilder:
    import tensorflow_datasets as tfds

    name = f"cycle_gan/{config.name}" if config.name in CYCLE_GAN else config.name
    if re.match(r"\w+:[^\d]", name):  # a namespace, not a version: it is code to fetch and run
        raise DataError(f"{name} is a community's data set: give a folder of its images")
    try:
        return tfds.builder(name, data_dir=config.data_dir)
    except tfds.core.DatasetNotFoundError as error:
        raise UnknownName([*CYCLE_GAN, *tfds.list_builders()]) from error
    except Exception as error:  # an unknown version or configuration, a damaged copy
        raise DataError(
            f"TensorFlow Datasets cannot open {name}: {first_line(error)}\n"
            "Check the name's configuration and version, and what data_dir holds"
        ) from error


def _check_form(config: DataConfig, builder: tfds.core.DatasetBuilder) -> None:
    import tensorflow_datasets as tfds

    features = builder.info.features
    names = list(features) if isinstance(features, tfds.features.FeaturesDict) else []
    if "image" not in names or not isinstance(features["image"], tfds.features.Image):
        raise config.unsupported(f"has no image, only {', '.join(names) or 'other data'}")
    unpaired = builder.name == "cycle_gan"
    if unpaired != (config.task == "unpaired") or config.task == "paired":
        raise config.unsupported(
            "holds two unpaired domains" if unpaired else "is one set of images"
        )
    labels = "label" in names and isinstance(features["label"], tfds.features.ClassLabel)
    if config.task == "labelled" and not labels:
        raise config.unsupported("has no label that is a class")


def _prepared(config: DataConfig, builder: tfds.core.DatasetBuilder) -> tfds.core.DatasetBuilder:
    """Download the set, unless a prepared copy is there; return its builder."""
    if builder.is_prepared():
        return builder
    with download_lock():
        if not builder.is_prepared():
            _download(config, builder)
    return _builder(config)  # another process may have prepared it: this one knows nothing of it


def _download(config: DataConfig, builder: tfds.core.DatasetBuilder) -> None:
    import tensorflow_datasets as tfds

    try:
        if not sys.stderr.isatty():
            tfds.disable_progress_bar()
        with _few_retries():
            builder.download_and_prepare()
    except Exception as error:  # each set has its own ways to fail, beside the network's
        raise DataError(
            f"{config.name} is not prepared in {builder.data_dir} and could not be downloaded: "
            f"{shorten(first_line(error), 120)}\n"
            "Give a data_dir with a prepared copy, a folder of images, or a built-in data set "
            "such as shapes or stripes"
        ) from error


@contextlib.contextmanager
def _few_retries():
    """Learn in seconds that there is no network; TFDS has no setting and tries for minutes."""
    from tensorflow_datasets.core.download import downloader

    # Not set back: the downloader's other threads go on for a while after one has failed.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    usual = downloader.MAX_RETRIES
    downloader.MAX_RETRIES = 3
    try:
        yield
    finally:
        downloader.MAX_RETRIES = usual


def _own_size(builder) -> int:
    """The shorter side of the set's images: of the first, where their sizes differ."""
    shape = builder.info.features["image"].shape
    if None in shape[:2]:
        split = next(iter(builder.info.splits))
        shape = next(read_batches(builder, split))["image"].shape[1:]
    return min(shape[:2])


@contextlib.contextmanager
def _quiet():
    """Keep to itself what TFDS logs, short of errors."""
    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
