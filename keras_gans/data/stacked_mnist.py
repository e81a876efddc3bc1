"""Stacked MNIST: images of a thousand kinds, to count how many of them a generator makes.

Three random digits of MNIST are the color channels; the label is the number that they make up.
The splits val and test are draws of their own, both of MNIST's test digits.
[Metz et al., 2016, section 3.3.1](https://arxiv.org/abs/1611.02163)
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from keras_gans.data import tfds_source
from keras_gans.data.config import SPLITS, DataConfig
from keras_gans.data.dataset import Dataset
from keras_gans.data.errors import DataError

NAME = "stacked_mnist"
CLASS_NAMES = tuple(f"{number:03}" for number in range(1000))
COUNTS = {"train": 128_000, "val": 26_000, "test": 26_000}


def read(config: DataConfig) -> Dataset:
    """Stack digits of a split of TensorFlow Datasets' `mnist`, the same ones for the same seed.

    Raises:
        DataError: `mnist` cannot be had, or pairs, domains or grey images are asked for.
    """
    if config.task not in ("images", "labelled"):
        raise config.unsupported("is labelled images")
    if config.channels == 1:
        raise DataError(f"{config.name} has a digit a channel: leave channels out")
    digits = tfds_source.read(replace(config, name="mnist", task="labelled", channels=1))
    rng = np.random.default_rng([SPLITS.index(config.split), config.seed % 2**64])
    picked = rng.integers(len(digits), size=(COUNTS[config.split], 3))
    (images,) = digits.domains
    stacked = np.empty((len(picked), *images.shape[1:3], 3), np.uint8)
    for channel, which in enumerate(picked.T):
        stacked[..., channel] = images[which][..., 0]
    each = np.asarray(digits.labels)[picked]
    shares = np.bincount(np.asarray(digits.labels), minlength=10) / len(digits)
    labelled = replace(
        digits,
        name=config.name,
        split=config.split,
        domains=(stacked,),
        labels=(each @ [100, 10, 1]).astype(np.int32),
        class_names=CLASS_NAMES,
        class_shares=tuple(np.einsum("i,j,k->ijk", shares, shares, shares).ravel()),
    )
    if config.task == "labelled":
        return labelled
    return replace(labelled, task="images", labels=None, class_names=None)
