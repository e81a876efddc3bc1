"""What a user asks of a data set, in the words that every source of data understands."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from keras_gans.data.dataset import Dataset
from keras_gans.data.errors import DataError
from keras_gans.data.fitting import FITS, Fit, Sides
from keras_gans.data.images import MAX_PIXELS
from keras_gans.data.keeping import Images, remembering
from keras_gans.data.values import ValueRange

if TYPE_CHECKING:
    from collections.abc import Collection

TASKS = {
    "images": "images (n, h, w, c)",
    "labelled": "images (n, h, w, c) and labels (n,)",
    "unpaired": "images of two domains",
    "paired": "inputs and the targets they are aligned with",
}

# Which data suit each task: the end of the message if a data set does not.
_SUITABLE = {
    "images": "shapes, mnist or a folder of images",
    "labelled": "shapes, mnist, cifar10 or a folder with one sub-folder per class or a labels.csv",
    "unpaired": "stripes, horse2zebra or a folder with trainA/ and trainB/",
    "paired": "outlines, a folder of images, each with the pair side by side, or two folders, "
    "trainA/ and trainB/, with the same file names",
}

# The names of each split, the best first. A data set without a test split shows what it has.
_TRAINING, _VALIDATION, _TESTING = ("train",), ("val", "validation", "valid"), ("test",)
_SPLIT_NAMES = {
    "train": _TRAINING,
    "val": (*_VALIDATION, *_TESTING, *_TRAINING),
    "test": (*_TESTING, *_VALIDATION, *_TRAINING),
}
SPLITS = tuple(_SPLIT_NAMES)

# CycleGAN and pix2pix load images at 286 to crop them at 256.
_JITTER_MARGIN = 286 / 256


@dataclass(frozen=True)
class DataConfig:
    """A data set, and how its images are prepared.

    Args:
        name: a built-in data set (`BUILT_IN`), else an existing folder, else a TensorFlow Datasets
            name. `horse2zebra` and its siblings mean `cycle_gan/horse2zebra`; `stacked_mnist` is
            made of `mnist`. `./shapes` means a folder with the name of a built-in data set. See
            `keras_gans.data.folders` for the layouts of folders.
        task: "images" for images (n, h, w, c), or 2-D points (n, 2); "labelled" for
            (images, labels); "unpaired" for (a, b), images of two domains; "paired" for
            (inputs, targets). A labeled data set gives images too.
        split: "train", "val" or "test". A data set without the split gives the next best.
        image_size: side of the images, or their height and width. None is the data set's own: that
            of a built-in data set, the shorter side of the images of TensorFlow Datasets, 64 for a
            folder.
        channels: 1 (grayscale) or 3 (color). None is the data set's own, and 3 for a folder.
        data_dir: where TensorFlow Datasets are prepared, or will be. None is its own default.
        seed: random seed of the examples of a built-in data set. Others have no use for it.
        jitter: keep images larger by 286/256 and deliver random crops, half of them flipped, the
            same for both images of a pair.
        direction: "b_to_a" swaps the two images of a pair, or the two domains.
        fit: how images of other proportions are made to fit: "crop" keeps the center, "pad" keeps
            all and adds black, "squeeze" keeps all and no proportions.
        value_range: of images of more than eight bits, the values that become 0 and 255. None is
            found in the training images; see `keras_gans.data.values.range_of`.
        max_pixels: larger images are left out before they are decoded.

    Raises:
        DataError: for an unknown task, split, direction or fit, or a size or range without extent.
    """

    name: str
    task: str
    split: str = "train"
    image_size: int | Sides | None = None
    channels: int | None = None
    data_dir: str | None = None
    seed: int = 0
    jitter: bool = False
    direction: str = "a_to_b"
    fit: Fit = "crop"
    value_range: ValueRange | None = None
    max_pixels: int = MAX_PIXELS

    def __post_init__(self):
        if not self.name:
            raise DataError("the name of the data set is empty: give one, such as shapes")
        _check_choice("task", self.task, TASKS)
        _check_choice("split", self.split, SPLITS)
        _check_choice("direction", self.direction, ("a_to_b", "b_to_a"))
        _check_choice("channels", self.channels, (None, 1, 3))
        _check_choice("fit", self.fit, FITS)
        if min(self.output_sides(1)) < 1:
            raise DataError(f"image_size is {self.image_size}: give a positive number of pixels")
        if self.value_range is not None:
            low, high = self.value_range
            if not -math.inf < low < high < math.inf:
                raise DataError(f"value_range is {low, high}: give two numbers, the lower first")

    def domains_of(self, direction: str) -> tuple[int, int]:
        """Return the source and the target of a direction, among the domains of these data.

        Args:
            direction: as it is asked for: that of the data is (0, 1), the other one (1, 0).
        """
        return (0, 1) if direction == self.direction else (1, 0)

    def load_sides(self, own_size: int) -> Sides:
        """Return the sides of the images that are kept: with jitter, larger than in a batch."""
        margin = _JITTER_MARGIN if self.jitter else 1
        height, width = self.output_sides(own_size)
        return round(height * margin), round(width * margin)

    def output_sides(self, own_size: int) -> Sides:
        """Return height and width of the images in a batch; `own_size` is the data set's own."""
        if isinstance(self.image_size, tuple):
            return self.image_size
        side = own_size if self.image_size is None else self.image_size
        return side, side

    def dataset(
        self,
        domains: tuple[Images, ...],
        own_size: int,
        *,
        keys: Sequence[str | None] = (),
        **fields,
    ) -> Dataset:
        """Return a data set of loaded images; `keys` are their names in the cache, or None."""
        if self.direction == "b_to_a":
            domains = domains[::-1]
        crop = self.output_sides(own_size) if self.jitter else None
        if keys and None not in keys:
            labels = fields.get("labels", np.empty(0)).tobytes()
            parts = {
                "what": "fingerprint of examples",
                "images": list(keys),
                "direction": self.direction,
                "labels": hashlib.sha256(labels).hexdigest(),
            }
            fields["remember"] = remembering(lambda: parts)
        return Dataset(self.name, self.task, domains, crop=crop, **fields)

    def splits(self) -> tuple[str, ...]:
        """Return the names of splits that will do, the best first."""
        return _SPLIT_NAMES[self.split]

    def pick_split(self, available: Collection[str], suffix: str = "") -> str:
        """Return the best split that a data set has; `suffix` is a domain's letter.

        Raises:
            DataError: none of them will do.
        """
        for name in self.splits():
            if name + suffix in available:
                return name + suffix
        raise DataError(
            f"{self.name} has no {self.split}{suffix} split, only: {', '.join(sorted(available))}"
        )

    def unsupported(self, what_it_is: str) -> DataError:
        """Return the error for a data set that does not suit the task."""
        return DataError(
            f"{self.name} {what_it_is}, but {self.task} data is needed: "
            f"{_SUITABLE[self.task]} would do"
        )


def _check_choice(what: str, value, choices) -> None:
    if value not in choices:
        known = ", ".join(map(str, choices))
        raise DataError(f"{what} is {value!r}: it must be one of {known}")
