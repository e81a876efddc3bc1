"""What a folder of images holds: the task it is laid out for, and whether it is photographs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

import numpy as np

from keras_gans.data import classes, layouts
from keras_gans.data.config import DataConfig
from keras_gans.data.discovery import find
from keras_gans.data.errors import DataError
from keras_gans.data.formats import image_size
from keras_gans.data.images import ImageError, read_image

Kind = Literal["two domains", "pairs", "labels", "photographs", "other images"]
LOOKED_AT = 32  # images, evenly spread over the folder
NAMED = 3  # classes
SIDE = 64  # of the images as they are looked at, and of the smallest photographs
# Share of pixels that equal their neighbor, above which images are drawings. Its median is 0 to
# 0.06 of zebras, horses and facades, 0.27 of the facades' label maps, 0.2 to 0.33 of drawn shapes.
MOST_EVEN = 0.15
LEAST_COLOR = 4.0  # mean difference of the largest and the smallest of red, green and blue


@dataclass(frozen=True)
class Recognized:
    """What a folder holds.

    Attributes:
        kind: of its contents.
        reason: why it is taken for that, such as "trainA/ and trainB/ hold other files".
    """

    kind: Kind
    reason: str


def recognize(folder: str | os.PathLike) -> Recognized:
    """Return what a folder of images holds, by its layout and a few of its images.

    Photographs are images in color, of 64 pixels or more, in which few pixels equal their neighbor:
    drawings have large areas of one color. Half of the images, of up to 32, decide.

    Raises:
        DataError: there are no images, or none that can be read.
    """
    folder = layouts.entered(Path(folder).expanduser())
    domains = layouts.domains_in(folder)
    if "train" in domains and not layouts.are_classes(domains):
        return _two_folders(domains["train"])
    training = layouts.training_folder(folder)
    images = find(training).images
    names = _classes(training)
    if len(names) > 1:
        named = ", ".join(names) if len(names) <= NAMED else f"{', '.join(names[:NAMED])} and so on"
        return Recognized("labels", f"{len(names)} classes: {named}")
    looked_at = images[:: -(-len(images) // LOOKED_AT)]
    sizes = [size for size in map(image_size, looked_at) if min(size)]
    if sizes and all(width == 2 * height for width, height in sizes):
        return Recognized("pairs", "each image is twice as wide as high: a pair side by side")
    return _one_kind(looked_at, median([min(size) for size in sizes] or [0]))


def _two_folders(domains: layouts.Domains) -> Recognized:
    a, b = (find(side).images for side in (domains.a, domains.b))
    pairs, single = layouts.match(domains, a, b)
    names = f"{domains.a.name}/ and {domains.b.name}/"
    if len(single) >= len(pairs):
        return Recognized("two domains", f"{names} hold files of other names")
    return Recognized("pairs", f"{names} hold files of the same names")


def _classes(training: Path) -> tuple[str, ...]:
    try:
        return classes.names_of(
            classes.find_classes(DataConfig(str(training), "labelled"), training)
        )
    except DataError:
        return ()


def _one_kind(paths: Sequence[Path], side: float) -> Recognized:
    evenness: list[float] = []
    color: list[float] = []
    for path in paths:
        try:
            pixels = read_image(path, SIDE, channels=3).astype(int)
        except ImageError:  # said when it is read for the training
            continue
        evenness.append(float(np.mean(np.all(pixels[:, 1:] == pixels[:, :-1], axis=-1))))
        color.append(float(np.mean(pixels.max(axis=-1) - pixels.min(axis=-1))))
    if not color:
        raise DataError(f"none of {len(paths)} images looked at can be read: {paths[0]} and so on")
    if median(color) < LEAST_COLOR:
        return Recognized("other images", "images without color")
    if side < SIDE:
        return Recognized("other images", f"images of under {SIDE} pixels")
    if median(evenness) > MOST_EVEN:
        return Recognized("other images", "drawings, with large areas of one color")
    return Recognized("photographs", f"color images of {SIDE} pixels or more, without labels")
