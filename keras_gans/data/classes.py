"""The classes of images: by sub-folders, or by a file of labels beside the images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_gans.data import labels_file, layouts
from keras_gans.data.config import DataConfig
from keras_gans.data.discovery import find
from keras_gans.data.errors import DataError
from keras_gans.data.left_out import LeftOut


@dataclass(frozen=True)
class Classes:
    """Images, and the name of the class of each.

    Attributes:
        images: those of each class together, the classes in sorted order.
        classes: one name for each.
        left_out: what is no image, or of no class.
    """

    images: Sequence[Path]
    classes: Sequence[str]
    left_out: Sequence[LeftOut]

    def only(self, names: Sequence[str]) -> tuple[Classes, list[LeftOut]]:
        """Return the images of some classes, and the others, which are left out."""
        both = list(zip(self.images, self.classes, strict=True))
        kept = [(path, name) for path, name in both if name in names]
        others = [
            LeftOut(path, "of no training class", name) for path, name in both if name not in names
        ]
        images, classes = [path for path, _ in kept], [name for _, name in kept]
        return Classes(images, classes, self.left_out), others


def names_of(found: Classes) -> tuple[str, ...]:
    """Return the names of the classes, in the order of their labels.

    Names that are numbers are sorted as numbers: if they count from 0, label 2 is called "2".
    """
    names = set(found.classes)
    if all(name.isdecimal() for name in names):
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    return tuple(sorted(names))


def find_classes(config: DataConfig, root: Path) -> Classes:
    """Find the images of each class below the folder of a split.

    Raises:
        DataError: there are no classes.
    """
    found = find(root)
    file = labels_file.find_labels_file(root)
    if file is None and layouts.split_of(root.name):
        file = labels_file.find_labels_file(root.parent)  # one file beside the splits
    if file is not None:
        labels = labels_file.read_labels(file, root, found.images)
    else:
        labels = _by_folder(root, found.images)
    if not labels:
        raise config.unsupported("has no sub-folders with images, one a class")
    without = [LeftOut(path, "of no class") for path in found.images if path not in labels]
    ordered = sorted(labels, key=lambda path: labels[path])  # stable: each class keeps its order
    return Classes(ordered, [labels[path] for path in ordered], (*found.left_out, *without))


def _by_folder(root: Path, images: Sequence[Path]) -> dict[Path, str]:
    """Return the class of each image in a sub-folder: the name of the first folder on its way."""
    ways = {path: path.relative_to(root).parts for path in images}
    labels = {path: way[0] for path, way in ways.items() if len(way) > 1}
    splits = sorted(name for name in set(labels.values()) if layouts.split_of(name))
    if splits:
        raise DataError(
            f"{root} holds {', '.join(splits)}, but a split is no class\n"
            "Give train/ and test/ with one sub-folder per class in each"
        )
    return labels
