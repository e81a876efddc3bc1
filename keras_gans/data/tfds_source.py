"""TensorFlow Datasets: any with an `image`, and the unpaired domains of `cycle_gan`."""

from __future__ import annotations

import contextlib
import logging
import re
import sys
from textwrap import shorten
from typing import TYPE_CHECKING

import numpy as np

from keras_gans.data.dataset import Dataset
from keras_gans.data.errors import DataError, first_line
from keras_gans.data.pictures import resize_array
from keras_gans.data.request import Request
from keras_gans.data.storage import allocate
from keras_gans.files import one_at_a_time

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


def read(request: Request) -> Dataset:
    """Prepare a set, downloading it if need be, and decode it.

    Raises:
        UnknownName: where there is no such set.
        DataError: where it cannot be downloaded, or does not give the form.
    """
    with _quiet():
        builder = _builder(request)
        _check_form(request, builder)
        builder = _prepared(request, builder)
        splits, own_size = set(builder.info.splits), _own_size(builder)
        if request.form == "unpaired":
            names = [request.pick_split(splits, letter) for letter in "AB"]
            domains = tuple(_decode(request, builder, name, own_size)[0] for name in names)
            return request.dataset(domains, own_size, split=names[0].removesuffix("A"))
        split = request.pick_split(splits)
        pictures, labels = _decode(request, builder, split, own_size)
        return request.dataset((pictures,), own_size, split=split, **labels)


def _builder(request: Request) -> tfds.core.DatasetBuilder:
    import tensorflow_datasets as tfds

    name = f"cycle_gan/{request.name}" if request.name in CYCLE_GAN else request.name
    if re.match(r"\w+:[^\d]", name):  # a namespace, not a version: it is code to fetch and run
        raise DataError(f"{name} is a community's data set: give a folder of its pictures")
    try:
        return tfds.builder(name, data_dir=request.data_dir)
    except tfds.core.DatasetNotFoundError as error:
        raise UnknownName([*CYCLE_GAN, *tfds.list_builders()]) from error
    except Exception as error:  # an unknown version or configuration, a damaged copy
        raise DataError(
            f"TensorFlow Datasets cannot open {name}: {first_line(error)}\n"
            "Check the name's configuration and version, and what --data-dir holds"
        ) from error


def _check_form(request: Request, builder: tfds.core.DatasetBuilder) -> None:
    import tensorflow_datasets as tfds

    features = builder.info.features
    names = list(features) if isinstance(features, tfds.features.FeaturesDict) else []
    if "image" not in names or not isinstance(features["image"], tfds.features.Image):
        raise request.refusal(f"has no image, only {', '.join(names) or 'other data'}")
    unpaired = builder.name == "cycle_gan"
    if unpaired != (request.form == "unpaired") or request.form == "paired":
        raise request.refusal(
            "holds two unpaired domains" if unpaired else "is one set of pictures"
        )
    labels = "label" in names and isinstance(features["label"], tfds.features.ClassLabel)
    if request.form == "labelled" and not labels:
        raise request.refusal("has no label that is a class")


def _prepared(request: Request, builder: tfds.core.DatasetBuilder) -> tfds.core.DatasetBuilder:
    """Download the set, unless a prepared copy is there; return its builder."""
    if builder.is_prepared():
        return builder
    with one_at_a_time():
        if not builder.is_prepared():
            _download(request, builder)
    return _builder(request)  # another process may have prepared it: this one knows nothing of it


def _download(request: Request, builder: tfds.core.DatasetBuilder) -> None:
    import tensorflow_datasets as tfds

    try:
        if not sys.stderr.isatty():
            tfds.disable_progress_bar()
        with _few_retries():
            builder.download_and_prepare()
    except Exception as error:  # each set has its own ways to fail, beside the network's
        raise DataError(
            f"{request.name} is not prepared in {builder.data_dir} and could not be downloaded: "
            f"{shorten(first_line(error), 120)}\n"
            "Give --data-dir with a prepared copy, a folder of pictures, or a built-in set "
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


def _decode(request: Request, builder, split: str, own_size: int) -> tuple[np.ndarray, dict]:
    """The pictures of a split, resized, and the labels where they are asked for."""
    labelled = request.form == "labelled"
    size, channels = request.stored_size(own_size), _channels(request, builder)
    shape = size, size, channels
    (pictures,) = allocate((builder.info.splits[split].num_examples, *shape))
    labels = np.empty(len(pictures), np.int32)
    done = 0
    for batch in _batches(builder, split, ["image", "label"] if labelled else ["image"]):
        images = batch["image"]
        here = slice(done, done + len(images))
        if images.shape[1:] != shape or images.dtype != np.uint8:
            crop = request.form != "unpaired"
            images = [resize_array(image, size, channels, crop) for image in images]
        pictures[here] = images
        labels[here] = batch.get("label", 0)
        done = here.stop
    if not labelled:
        return pictures, {}
    names = tuple(builder.info.features["label"].names)
    return pictures, {"labels": labels, "class_names": names}


def _batches(builder, split: str, names: list[str]):
    """The split's examples as numpy arrays: many at a time where all have one shape."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    decoders = tfds.decode.PartialDecoding(dict.fromkeys(names, True))
    examples = builder.as_dataset(split, shuffle_files=False, decoders=decoders)
    options = tf.data.Options()
    options.autotune.enabled = False
    one_shape = None not in builder.info.features["image"].shape
    return examples.batch(256 if one_shape else 1).with_options(options).as_numpy_iterator()


def _own_size(builder) -> int:
    """The shorter side of the set's pictures: of the first, where their sizes differ."""
    shape = builder.info.features["image"].shape
    if None in shape[:2]:
        split = next(iter(builder.info.splits))
        shape = next(_batches(builder, split, ["image"]))["image"].shape[1:]
    return min(shape[:2])


def _channels(request: Request, builder) -> int:
    own = builder.info.features["image"].shape[-1]
    return request.channels or (1 if own == 1 else 3)


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
