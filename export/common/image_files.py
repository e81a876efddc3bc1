"""Images with names, written as PNG files or as one .npz file."""

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from export.common.errors import ExportError
from export.common.generator import Inputs
from keras_gans.files import atomic_path


class NamedImage(NamedTuple):
    """An image to write.

    Attributes:
        name: of the file, without a suffix.
        pixels: uint8 (h, w, c).
        label: its class; None if the model is not class-conditional.
    """

    name: str
    pixels: np.ndarray
    label: int | None = None


def label_of(inputs: Inputs, row: int) -> int | None:
    """Return the label of a row of a generator's inputs, if there are labels."""
    return int(inputs["labels"][row]) if "labels" in inputs else None


def named_image(
    name: str, pixels: np.ndarray, label: int | None, class_names: Sequence[str] | None
) -> NamedImage:
    """Return an image whose name ends with that of its class, if it has one."""
    if label is None or class_names is None:
        return NamedImage(name, pixels)
    return NamedImage(f"{name}-{as_file_name(class_names[label])}", pixels, label)


def as_file_name(text: str) -> str:
    """Return a text as a part of a file's name."""
    return re.sub(r"[^\w.-]+", "_", text)


def write_folder(images: Iterable[NamedImage], folder: Path) -> int:
    """Write each image as a PNG file; return their number."""
    count = 0
    for image in images:
        _save(image.pixels, folder / f"{image.name}.png")
        count += 1
    return count


def write_image(images: Iterable[NamedImage], file: Path) -> int:
    """Write the only image, in the format that the file's name says; return 1, or 0 for none.

    Raises:
        ExportError: there are more images. Nothing is written.
    """
    found = list(islice(images, 2))
    if len(found) > 1:
        raise ExportError(f"{file} is one image, and there are more: give --output a folder")
    for image in found:
        _save(image.pixels, file)
    return len(found)


def write_npz(
    images: Iterable[NamedImage], file: Path, class_names: Sequence[str] | None = None
) -> int:
    """Write one .npz file, as evaluation suites read it; return the number of images.

    It holds `images`, uint8 (n, h, w, c), and `labels`, int32 (n,), and `class_names`, if there are
    any.

    Raises:
        ExportError: the images have different sizes. Nothing is written.
    """
    pixels: list[np.ndarray] = []
    labels: list[int] = []
    for image in images:
        if pixels and image.pixels.shape != pixels[0].shape:
            sizes = " and ".join(
                "{1}x{0}".format(*each.shape) for each in (pixels[0], image.pixels)
            )
            raise ExportError(
                f"{file} needs images of one size, these are {sizes}: give --output a folder"
            )
        pixels.append(image.pixels)
        labels += [] if image.label is None else [image.label]
    if pixels:
        arrays = {"images": np.stack(pixels)}
        if labels and class_names is not None:
            arrays |= {"labels": np.array(labels, "int32"), "class_names": np.array(class_names)}
        # An open file: to a name that ends otherwise, such as in .NPZ, NumPy adds .npz.
        with atomic_path(file) as part, open(part, "wb") as opened:
            np.savez_compressed(opened, **arrays)  # type: ignore[arg-type]  # names, not flags
    return len(pixels)


def _save(pixels: np.ndarray, file: Path) -> None:
    from keras_gans.data.fitting import to_pil

    with atomic_path(file) as part:
        to_pil(pixels).save(part)
