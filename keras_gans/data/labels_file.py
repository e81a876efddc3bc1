"""Classes from a file beside the images: labels.csv, or dataset.json as StyleGAN has it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path

from keras_gans.data.errors import DataError
from keras_gans.errors import first_line

CSV, JSON = "labels.csv", "dataset.json"
# The column's name, where a first line has names; without it, the file comes first.
_FILE_NAMES = frozenset(
    ("file", "filename", "file_name", "image", "path", "name", "id", "image_id")
)
_CLASS_NAMES = frozenset(("class", "class_name", "label", "category", "breed", "target", "y"))


def find_labels_file(folder: Path) -> Path | None:
    """Return the file with the classes of a folder's images, if there is one."""
    return next((folder / name for name in (CSV, JSON) if (folder / name).is_file()), None)


def read_labels(file: Path, folder: Path, images: Iterable[Path]) -> dict[Path, str]:
    """Return the class of each image that has one in a file of labels.

    labels.csv has a file and a class in each line, with or without a line of names before.
    dataset.json is {"labels": [["a/b.png", 3], ...]}. Names may be relative to the folder or to the
    file, without folders, or without a suffix, if they are clear.

    Args:
        file: the file of labels.
        folder: that of the split.
        images: below the folder.

    Raises:
        DataError: the file cannot be read, is laid out in another way, names none of the images, or
            is not clear about one.
    """
    rows = [(name, label) for name, label in _read(file) if label]
    if not rows:
        raise DataError(f"{file} has no labels")
    meant = _meant({name for name, _ in rows}, images, {file.parent, folder})
    labels: dict[Path, str] = {}
    for name, label in rows:
        found = meant.get(name, [])
        of_each_folder = {image.parent: image for image in reversed(found)}
        if len(of_each_folder) > 1:
            images_named = sorted(of_each_folder.values())
            first, second, *_ = (path.relative_to(file.parent).as_posix() for path in images_named)
            raise DataError(f"{file}: {name} may be {first} or {second}: name its folder too")
        for image in found:  # of one folder and one name without suffix
            if labels.setdefault(image, label) != label:
                raise DataError(f"{file} has two classes for {name}: {labels[image]}, {label}")
    if not labels:
        raise DataError(f"{file} names none of the images below {folder}")
    return labels


def _meant(
    names: set[str], images: Iterable[Path], folders: Iterable[Path]
) -> dict[str, list[Path]]:
    """Return the images that each name may mean: more than one if it is not clear."""
    found: dict[str, dict[int, list[Path]]] = {}
    for image in images:
        below = [image.relative_to(folder) for folder in folders]
        clearest_first = (
            {path.as_posix() for path in below},
            {path.with_suffix("").as_posix() for path in below},
            {image.name},
            {image.stem},
        )
        for clear, own in enumerate(clearest_first):
            for name in own.intersection(names):
                found.setdefault(name, {}).setdefault(clear, []).append(image)
    return {name: by_kind[min(by_kind)] for name, by_kind in found.items()}


def _read(file: Path) -> list[tuple[str, str]]:
    """Return (name, class) of each line."""
    try:
        if file.name == JSON:
            rows = json.loads(file.read_text(encoding="utf-8-sig"))["labels"] or []
        else:
            with open(file, encoding="utf-8-sig", newline="") as lines:
                rows = _csv_rows(lines)
        return [
            (str(name).replace("\\", "/").removeprefix("./"), str(label).strip())
            for name, label in rows
        ]
    except (OSError, ValueError, KeyError, TypeError, IndexError, csv.Error) as error:
        raise DataError(
            f"{file} cannot be read ({first_line(error)})\n"
            "It needs a file and its class in each line, such as: a.png,cat"
        ) from error


def _csv_rows(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Return (file, class) of each line, from the two columns that are meant."""
    rows = [row for row in csv.reader(lines) if any(cell.strip() for cell in row)]
    if not rows:
        return []
    names = [cell.strip().lower() for cell in rows[0]]
    if len(names) == 2 and names[0] not in _FILE_NAMES | _CLASS_NAMES:
        # An image whose class may be called like a column; if it is a line of names, it names none.
        names = ["", ""]
    files = [at for at, name in enumerate(names) if name in _FILE_NAMES]
    classes = [at for at, name in enumerate(names) if name in _CLASS_NAMES]
    file, label = (files or [0])[0], (classes or [1])[0]
    if len(names) < 2 or file == label or (len(names) > 2 and not classes):
        raise ValueError("which column is the file and which the class is not clear")
    return [(row[file].strip(), row[label]) for row in rows[1 if files or classes else 0 :]]
