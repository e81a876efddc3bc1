"""Labeled images of one colored shape each."""

from __future__ import annotations

import numpy as np

from keras_gans.data.synthetic.drawing import (
    SHAPES,
    Draws,
    coverage,
    draw_stack,
    grid,
    mix,
    shape_distance,
)


def draw_shapes(rng: np.random.Generator, count: int, size: int):
    """One colored shape each, on a softly shaded background."""
    kinds = rng.integers(len(SHAPES), size=count).astype(np.int32)
    draw = Draws(rng, count)
    radius = draw.between(0.38, 0.68)
    center = draw.between(-1, 1) * (0.9 - radius), draw.between(-1, 1) * (0.9 - radius)
    angle = draw.between(-0.6, 0.6)
    color = draw.colors(saturation=(0.6, 0.95), value=(0.8, 1.0))
    background = draw.colors(saturation=(0.05, 0.35), value=(0.25, 0.95))
    slope = draw.between(-0.2, 0.2), draw.between(-0.2, 0.2)
    x, y = grid(size)

    def images(at: slice) -> np.ndarray:
        cx, cy = center[0][at], center[1][at]
        distance = shape_distance(kinds[at], x, y, (cx, cy), radius[at], angle[at])
        # A shadow all round lifts the shape off the background; light falls from above left.
        shadow = 0.35 * np.exp(-8 * distance.clip(0))
        light = 1 + slope[0][at] * x + slope[1][at] * y - shadow
        shine = 0.95 - 0.18 * ((x - cx) + (y - cy)) / radius[at]
        inside = coverage(distance, size)[..., None]
        return mix(background[at] * light[..., None], color[at] * shine[..., None], inside)

    return (draw_stack(images, count, size),), kinds
