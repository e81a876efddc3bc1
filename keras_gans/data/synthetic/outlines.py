"""Pairs of images: the outlines of two shapes, and the shapes filled with color."""

from __future__ import annotations

import numpy as np

from keras_gans.data.synthetic.drawing import (
    SHAPES,
    Draws,
    coverage,
    draw_stack,
    grid,
    hsv,
    mix,
    shape_distance,
)


def draw_outlines(rng: np.random.Generator, count: int, size: int):
    """Two shapes each, the second over the first: as outlines, and filled. Kind decides color."""
    layers = [_outline_layer(rng, count, side) for side in (-1, 1)]
    x, y = grid(size)
    hues = np.arange(len(SHAPES), dtype=np.float32) / len(SHAPES)
    palette = hsv(hues, np.full_like(hues, 0.75), np.full_like(hues, 0.95))

    def outlines(at: slice) -> np.ndarray:
        page = np.ones((at.stop - at.start, size, size), np.float32)
        for kinds, center, radius, angle in layers:
            place = (center[0][at], center[1][at]), radius[at], angle[at]
            distance = shape_distance(kinds[at], x, y, *place)
            page = mix(page, 1.0, coverage(distance, size))
            page = mix(page, 0.1, coverage(np.abs(distance) - 0.025, size))
        return np.repeat(page[..., None], 3, -1)

    def filled(at: slice) -> np.ndarray:
        page = np.ones((at.stop - at.start, size, size, 3), np.float32)
        for kinds, center, radius, angle in layers:
            place = (center[0][at], center[1][at]), radius[at], angle[at]
            distance = shape_distance(kinds[at], x, y, *place)
            shine = 1.0 + 0.25 * (distance / radius[at]).clip(-0.6, 0) + 0.1
            color = palette[kinds[at]][:, None, None] * shine[..., None]
            page = mix(page, color, coverage(distance, size)[..., None])
        return page

    return (draw_stack(outlines, count, size), draw_stack(filled, count, size)), None


def _outline_layer(rng: np.random.Generator, count: int, side: int):
    kinds = rng.integers(len(SHAPES), size=count)
    draw = Draws(rng, count)
    radius = draw.between(0.3, 0.5)
    center = side * draw.between(0.1, 0.45), draw.between(-1, 1) * (0.9 - radius)
    return kinds, center, radius, draw.between(-0.5, 0.5)
