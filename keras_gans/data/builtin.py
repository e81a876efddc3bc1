"""Data sets that the library draws itself: no download, any size, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np

from keras_gans.data.dataset import Dataset
from keras_gans.data.drawing import (
    SHAPES,
    Draws,
    coverage,
    draw_stack,
    grid,
    hsv,
    mix,
    shape_distance,
)
from keras_gans.data.errors import DataError
from keras_gans.data.request import SPLITS, Request
from keras_gans.data.stripes import draw_stripes

# Both mixtures are given in papers on a plane where they reach from -2 to 2, with standard
# deviations of 0.02 (ring) and 0.05 (grid). They are delivered divided by this, within [-1, 1].
POINT_SCALE = 2.5


@dataclass(frozen=True)
class Drawn:
    """A set of pictures that the library draws.

    Attributes:
        form: the form that it gives.
        what_it_is: completes "NAME ...", for the message where another form is asked for.
        size: side of the pictures where none is asked for.
        counts: examples of the train split, and of the others.
        draw: from a random generator, a count and a size to the domains, uint8 (n, size, size, 3),
            and, where the set is labelled, the labels.
    """

    form: str
    what_it_is: str
    size: int
    counts: tuple[int, int]
    draw: Callable


@dataclass(frozen=True)
class Mixture:
    """A mixture of equally likely Gaussians in the plane, in the units of the papers."""

    centres: np.ndarray
    std: float
    counts: tuple[int, int] = (50_000, 10_000)


def read(request: Request) -> Dataset:
    """Draw a built-in set.

    Raises:
        DataError: where it does not give the form that is asked for.
    """
    spec = _SETS[request.name]
    generator = np.random.default_rng(
        [crc32(request.name.encode()), SPLITS.index(request.split), request.seed % 2**64]
    )
    count = spec.counts[request.split != "train"]
    if isinstance(spec, Mixture):
        return _points(request, spec, generator, count)
    labels_dropped = (spec.form, request.form) == ("labelled", "images")
    if request.form != spec.form and not labels_dropped:
        raise request.refusal(spec.what_it_is)
    domains, labels = spec.draw(generator, count, request.stored_size(spec.size))
    if request.channels == 1:
        domains = tuple(map(_grey, domains))
    if request.form != "labelled":
        return request.dataset(domains, spec.size, split=request.split)
    named = {"labels": labels, "class_names": tuple(SHAPES)}
    return request.dataset(domains, spec.size, split=request.split, **named)


def _points(request: Request, mixture: Mixture, generator, count: int) -> Dataset:
    if request.form not in ("images", "labelled"):
        raise request.refusal("is a set of points in the plane")
    if request.jitter or request.image_size or request.channels:
        raise DataError(
            f"{request.name} is a set of points in the plane: "
            "image_size, channels and jitter are for pictures, leave them out"
        )
    modes = (mixture.centres / POINT_SCALE).astype(np.float32)
    std = mixture.std / POINT_SCALE
    picked = generator.integers(len(modes), size=count)
    points = modes[picked] + std * generator.standard_normal((count, 2), np.float32)
    points = points.astype(np.float32)
    dataset = Dataset(
        request.name,
        request.form,
        (points,),
        modes=modes,
        mode_std=std,
        split=request.split,
    )
    if request.form == "images":
        return dataset
    names = tuple(map(str, range(len(modes))))  # labelled by the mode
    return replace(dataset, labels=picked.astype(np.int32), class_names=names)


def _grey(pictures: np.ndarray) -> np.ndarray:
    """Luma, some pictures at a time for the memory's sake."""
    grey = np.empty((*pictures.shape[:3], 1), np.uint8)
    for start in range(0, len(pictures), 64):
        here = slice(start, start + 64)
        grey[here, ..., 0] = pictures[here] @ np.array([0.299, 0.587, 0.114], np.float32) + 0.5
    return grey


def _draw_shapes(generator: np.random.Generator, count: int, size: int):
    """One coloured shape each, on a softly shaded background."""
    kinds = generator.integers(len(SHAPES), size=count).astype(np.int32)
    draw = Draws(generator, count)
    radius = draw.between(0.38, 0.68)
    centre = draw.between(-1, 1) * (0.9 - radius), draw.between(-1, 1) * (0.9 - radius)
    angle = draw.between(-0.6, 0.6)
    colour = draw.colours(saturation=(0.6, 0.95), value=(0.8, 1.0))
    background = draw.colours(saturation=(0.05, 0.35), value=(0.25, 0.95))
    slope = draw.between(-0.2, 0.2), draw.between(-0.2, 0.2)
    x, y = grid(size)

    def pictures(at: slice) -> np.ndarray:
        cx, cy = centre[0][at], centre[1][at]
        distance = shape_distance(kinds[at], x, y, (cx, cy), radius[at], angle[at])
        # A shadow all round lifts the shape off the background; light falls from above left.
        shadow = 0.35 * np.exp(-8 * distance.clip(0))
        light = 1 + slope[0][at] * x + slope[1][at] * y - shadow
        shine = 0.95 - 0.18 * ((x - cx) + (y - cy)) / radius[at]
        inside = coverage(distance, size)[..., None]
        return mix(background[at] * light[..., None], colour[at] * shine[..., None], inside)

    return (draw_stack(pictures, count, size),), kinds


def _draw_outlines(generator: np.random.Generator, count: int, size: int):
    """Two shapes each, the second over the first: as outlines, and filled. Kind decides colour."""
    layers = [_outline_layer(generator, count, side) for side in (-1, 1)]
    x, y = grid(size)
    hues = np.arange(len(SHAPES), dtype=np.float32) / len(SHAPES)
    palette = hsv(hues, np.full_like(hues, 0.75), np.full_like(hues, 0.95))

    def outlines(at: slice) -> np.ndarray:
        page = np.ones((at.stop - at.start, size, size), np.float32)
        for kinds, centre, radius, angle in layers:
            place = (centre[0][at], centre[1][at]), radius[at], angle[at]
            distance = shape_distance(kinds[at], x, y, *place)
            page = mix(page, 1.0, coverage(distance, size))
            page = mix(page, 0.1, coverage(np.abs(distance) - 0.025, size))
        return np.repeat(page[..., None], 3, -1)

    def filled(at: slice) -> np.ndarray:
        page = np.ones((at.stop - at.start, size, size, 3), np.float32)
        for kinds, centre, radius, angle in layers:
            place = (centre[0][at], centre[1][at]), radius[at], angle[at]
            distance = shape_distance(kinds[at], x, y, *place)
            shine = 1.0 + 0.25 * (distance / radius[at]).clip(-0.6, 0) + 0.1
            colour = palette[kinds[at]][:, None, None] * shine[..., None]
            page = mix(page, colour, coverage(distance, size)[..., None])
        return page

    return (draw_stack(outlines, count, size), draw_stack(filled, count, size)), None


def _outline_layer(generator: np.random.Generator, count: int, side: int):
    kinds = generator.integers(len(SHAPES), size=count)
    draw = Draws(generator, count)
    radius = draw.between(0.3, 0.5)
    centre = side * draw.between(0.1, 0.45), draw.between(-1, 1) * (0.9 - radius)
    return kinds, centre, radius, draw.between(-0.5, 0.5)


def _ring_centres() -> np.ndarray:
    angles = np.arange(8) * (2 * np.pi / 8)
    return 2 * np.stack([np.cos(angles), np.sin(angles)], -1)


def _grid_centres() -> np.ndarray:
    return np.stack(np.meshgrid(np.arange(-2, 3), np.arange(-2, 3)), -1).reshape(-1, 2)


_SETS: dict[str, Drawn | Mixture] = {
    "shapes": Drawn("labelled", "is labelled pictures", 32, (8192, 1024), _draw_shapes),
    "stripes": Drawn("unpaired", "is two unpaired domains", 64, (512, 64), draw_stripes),
    "outlines": Drawn("paired", "is pairs of pictures", 64, (2048, 128), _draw_outlines),
    "ring": Mixture(_ring_centres(), std=0.02),
    "grid": Mixture(_grid_centres(), std=0.05),
}

BUILT_IN = {
    "shapes": "labelled pictures of eight coloured shapes, 32x32",
    "stripes": "two unpaired domains, plain and striped animals, 64x64",
    "outlines": "pairs: the outlines of shapes, and the shapes filled with colour, 64x64",
    "ring": "points in the plane: 8 Gaussians on a circle",
    "grid": "points in the plane: 25 Gaussians on a 5x5 grid",
}
