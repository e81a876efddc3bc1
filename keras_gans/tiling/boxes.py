"""Rectangular parts of images."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Box(NamedTuple):
    """A part of an image, in pixels: from the first to before the last."""

    top: int
    left: int
    bottom: int
    right: int

    def at(self, scale: int) -> tuple[slice, slice]:
        """Return its rows and columns in a tensor that is smaller than the image."""
        top, left, bottom, right = (side // scale for side in self)
        return slice(top, bottom), slice(left, right)

    def edges(self) -> np.ndarray:
        """Return it as an array, int32 (4,)."""
        return np.array(self, "int32")

    def grown(self, margin: int, sides: tuple[int, int]) -> Box:
        """Return it with pixels around it, as far as the image has them."""
        top, left = max(0, self.top - margin), max(0, self.left - margin)
        return Box(
            top, left, min(sides[0], self.bottom + margin), min(sides[1], self.right + margin)
        )

    def within(self, other: Box) -> Box:
        """Return its place in another one that contains it."""
        y, x = other.top, other.left
        return Box(self.top - y, self.left - x, self.bottom - y, self.right - x)


def mirrored(pixels: np.ndarray, box: Box) -> np.ndarray:
    """Return a part of an image, uint8 (1, h, w, c). Beyond its edges it continues mirrored."""
    part = pixels
    for axis, (first, end) in enumerate(((box.top, box.bottom), (box.left, box.right))):
        side = pixels.shape[axis]
        indices = np.arange(first, end) % (2 * side)
        part = part.take(np.minimum(indices, 2 * side - 1 - indices), axis=axis)
    return part[None]
