"""What a user asks of a data set, in the words that every source of data understands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keras_gans.data.dataset import Dataset
from keras_gans.data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy as np

FORMS = {
    "images": "images (n, h, w, c)",
    "labelled": "images (n, h, w, c) and labels (n,)",
    "unpaired": "images of two domains",
    "paired": "inputs and the targets they are aligned with",
}

# Which data gives each form: the end of the message where a set cannot.
_GIVEN_BY = {
    "images": "shapes, mnist or a folder of pictures",
    "labelled": "shapes, mnist, cifar10 or a folder with one sub-folder a class",
    "unpaired": "stripes, horse2zebra or a folder that holds trainA/ and trainB/",
    "paired": "outlines or a folder of pictures, each with the pair side by side",
}

# The names a split goes by, best first. A set without a test split is shown on what it has.
TRAINING, VALIDATION, TESTING = (
    ("train", "training"),
    ("val", "valid", "validation"),
    ("test", "testing"),
)
_SPLIT_NAMES = {
    "train": TRAINING,
    "val": (*VALIDATION, *TESTING, *TRAINING),
    "test": (*TESTING, *VALIDATION, *TRAINING),
}
SPLITS = tuple(_SPLIT_NAMES)
SPLIT_FOLDERS = frozenset(name for names in _SPLIT_NAMES.values() for name in names)

# CycleGAN and pix2pix load pictures at 286 to crop them at 256.
_JITTER_MARGIN = 286 / 256


@dataclass(frozen=True)
class Request:
    """The arguments of `load`, checked. See there for what each means."""

    name: str
    form: str
    split: str = "train"
    image_size: int | None = None
    channels: int | None = None
    data_dir: str | None = None
    seed: int = 0
    jitter: bool = False
    direction: str = "a_to_b"

    def __post_init__(self):
        """Refuse what no source of data could give.

        Raises:
            DataError: for an unknown form, split or direction, or a size that is not positive.
        """
        if not self.name:
            raise DataError("the name of the data set is empty: give one, such as shapes")
        _check_choice("form", self.form, FORMS)
        _check_choice("split", self.split, SPLITS)
        _check_choice("direction", self.direction, ("a_to_b", "b_to_a"))
        _check_choice("channels", self.channels, (None, 1, 3))
        if self.image_size is not None and self.image_size < 1:
            raise DataError(f"image_size is {self.image_size}: give a positive number of pixels")

    def stored_size(self, own_size: int) -> int:
        """The side at which pictures are kept: with jitter, larger than what is delivered."""
        size = self.delivered_size(own_size)
        return round(size * _JITTER_MARGIN) if self.jitter else size

    def delivered_size(self, own_size: int) -> int:
        """The side of the pictures in a batch; `own_size` is the data set's own."""
        return self.image_size or own_size

    def dataset(self, domains: tuple[np.ndarray, ...], own_size: int, **fields) -> Dataset:
        """A data set of stored pictures, delivered as they were asked for."""
        if self.direction == "b_to_a":
            domains = domains[::-1]
        crop = self.delivered_size(own_size) if self.jitter else None
        return Dataset(self.name, self.form, domains, crop=crop, **fields)

    def splits(self) -> tuple[str, ...]:
        """The names of splits that will do, the best first."""
        return _SPLIT_NAMES[self.split]

    def pick_split(self, available: Collection[str], suffix: str = "") -> str:
        """The best of the splits that a data set has; `suffix` is a domain's letter.

        Raises:
            DataError: where none of them will do.
        """
        for name in self.splits():
            if name + suffix in available:
                return name + suffix
        raise DataError(
            f"{self.name} has no {self.split}{suffix} split, only: {', '.join(sorted(available))}"
        )

    def refusal(self, what_it_is: str) -> DataError:
        """The error for a data set that cannot take the form that is asked for."""
        return DataError(
            f"{self.name} {what_it_is}, but {self.form} data is needed: "
            f"{_GIVEN_BY[self.form]} would do"
        )


def _check_choice(what: str, value, choices) -> None:
    if value not in choices:
        known = ", ".join(map(str, choices))
        raise DataError(f"{what} is {value!r}: it must be one of {known}")
