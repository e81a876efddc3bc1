"""Images with names, written as PNG files or as one .npz file."""

from collections.abc import Iterable
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


def label_suffix(inputs: Inputs, row: int) -> str:
    """Return the end of an image's name, which says its label."""
    label = label_of(inputs, row)
    return "" if label is None else f"-label{label}"


def write_folder(images: Iterable[NamedImage], folder: Path) -> int:
    """Write each image as a PNG file; return their number."""
    from keras_gans.data.images import to_pil

    count = 0
    for image in images:
        with atomic_path(folder / f"{image.name}.png") as part:
            to_pil(image.pixels).save(part)
        count += 1
    return count


def write_npz(images: Iterable[NamedImage], file: Path) -> int:
    """Write one .npz file, as evaluation suites read it; return the number of images.

    It holds `images`, uint8 (n, h, w, c), and `labels`, int32 (n,), if there are any.

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
        arrays |= {"labels": np.array(labels, "int32")} if labels else {}
        with atomic_path(file) as part:
            np.savez_compressed(part, **arrays)  # type: ignore[arg-type]  # names, not flags
    return len(pixels)
