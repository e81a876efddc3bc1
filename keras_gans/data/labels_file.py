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


def read_labels_file(file: Path) -> dict[str, str]:
    """Return the class of each file's name, as it stands in the file: "a/b.png": "cat".

    labels.csv has a file and a class in each line, with or without a line of names before.
    dataset.json is {"labels": [["a/b.png", 3], ...]}.

    Raises:
        DataError: the file cannot be read, or is laid out in another way.
    """
    try:
        if file.name == JSON:
            rows = json.loads(file.read_text(encoding="utf-8-sig"))["labels"] or []
        else:
            with open(file, encoding="utf-8-sig", newline="") as lines:
                rows = _csv_rows(lines)
        labels = {str(name): str(label).strip() for name, label in rows}
    except (OSError, ValueError, KeyError, TypeError, IndexError, csv.Error) as error:
        raise DataError(
            f"{file} cannot be read ({first_line(error)})\n"
            "It needs a file and its class in each line, such as: a.png,cat"
        ) from error
    if not labels:
        raise DataError(f"{file} has no labels")
    return labels


def match_labels(labels: dict[str, str], folder: Path, images: Iterable[Path]) -> dict[Path, str]:
    """Return the class of each image that has one.

    Names may be relative to the folder, without folders, or without a suffix, if they are clear.
    """
    found, by_name = {}, {}
    for name, label in labels.items():
        by_name[name.replace("\\", "/").removeprefix("./")] = label
    for image in images:
        relative = image.relative_to(folder)
        names = (relative.as_posix(), image.name, relative.with_suffix("").as_posix(), image.stem)
        known = [by_name[name] for name in names if by_name.get(name)]
        if known:
            found[image] = known[0]
    return found


def _csv_rows(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Return (file, class) of each line, from the two columns that are meant."""
    rows = [row for row in csv.reader(lines) if any(cell.strip() for cell in row)]
    if not rows:
        return []
    names = [cell.strip().lower() for cell in rows[0]]
    files = [at for at, name in enumerate(names) if name in _FILE_NAMES]
    classes = [at for at, name in enumerate(names) if name in _CLASS_NAMES]
    file, label = (files or [0])[0], (classes or [1])[0]
    if len(names) < 2 or file == label or (len(names) > 2 and not classes):
        raise ValueError("which column is the file and which the class is not clear")
    return [(row[file].strip(), row[label]) for row in rows[1 if files or classes else 0 :]]
