"""Images a strip of rows at a time, so that no step after decoding holds a second whole image.

A file of few bytes may hold an image of hundreds of megabytes. That is decoded once; turning it
upright, showing it on white, converting and resizing it each take the memory of a strip.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

Strip = TypeVar("Strip", bound="np.ndarray | Image.Image")
NewStrip = TypeVar("NewStrip", bound="np.ndarray | Image.Image")

STRIP_PIXELS = 2**22  # smaller images are one strip
_DECODED_PIXELS = 2**26  # of all threads together; a larger image is decoded alone
# How to turn an array upright, for each EXIF orientation.
_TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a.swapaxes(0, 1)[:, ::-1],
    7: lambda a: a.swapaxes(0, 1)[::-1, ::-1],
    8: lambda a: a.swapaxes(0, 1)[::-1],
}
_SIDEWAYS = (5, 6, 7, 8)  # whose columns are the rows of the upright image
_BACKWARDS = (3, 4, 7, 8)  # whose last row or column is the first of the upright image


@dataclass(frozen=True)
class Strips(Generic[Strip]):
    """An upright image, of which some rows are had at a time.

    Attributes:
        size: width and height.
        rows: returns the rows from one number to before another.
    """

    size: tuple[int, int]
    rows: Callable[[int, int], Strip]

    def are_one(self) -> bool:
        """Return whether the image is small enough for a single strip."""
        return self.size[0] * self.size[1] <= STRIP_PIXELS

    def map(self, function: Callable[[Strip], NewStrip]) -> Strips[NewStrip]:
        """Return the image whose strips are the function's of these."""
        return Strips(self.size, lambda first, end: function(self.rows(first, end)))

    def from_rows(self, first: int, end: int) -> Iterator[tuple[int, Strip]]:
        """Yield the strips of some rows, each with the number of its first row."""
        height = max(1, STRIP_PIXELS // self.size[0])
        for top in range(first, end, height):
            yield top, self.rows(top, min(top + height, end))

    def __iter__(self) -> Iterator[tuple[int, Strip]]:
        return self.from_rows(0, self.size[1])


def of_array(array: np.ndarray, orientation: int = 1) -> Strips[np.ndarray]:
    """Return an array (h, w) or (h, w, c) turned upright from its EXIF orientation."""
    upright = _TURNS.get(orientation, lambda a: a)(array)
    return Strips((upright.shape[1], upright.shape[0]), lambda first, end: upright[first:end])


def of_image(image: Image.Image, orientation: int = 1) -> Strips[Image.Image]:
    """Return a Pillow image turned upright from its EXIF orientation."""
    from PIL.Image import Transpose

    turn = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }.get(orientation)
    width, height = image.size
    size = (height, width) if orientation in _SIDEWAYS else (width, height)

    def rows(first: int, end: int) -> Image.Image:
        if orientation in _BACKWARDS:
            first, end = size[1] - end, size[1] - first
        box = (first, 0, end, height) if orientation in _SIDEWAYS else (0, first, width, end)
        strip = image if box == (0, 0, width, height) else image.crop(box)
        return strip if turn is None else strip.transpose(turn)

    return Strips(size, rows)


def columns(strips: Strips[Image.Image], left: int, right: int) -> Strips[Image.Image]:
    """Return the columns of an image from one number to before another."""
    part = strips.map(lambda strip: strip.crop((left, 0, right, strip.height)))
    return Strips((right - left, strips.size[1]), part.rows)


class DecodingRoom:
    """Lets threads decode small images at once, and large ones alone.

    Args:
        pixels: of all images that are decoded at once.
    """

    def __init__(self, pixels: int = _DECODED_PIXELS):
        self._pixels = pixels
        self._free: float = pixels
        self._changed = threading.Condition()

    @contextmanager
    def holding(self, pixels: float) -> Iterator[None]:
        """Wait until there is room for an image, and hold it; a larger one holds it all."""
        taken = min(pixels, self._pixels)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= taken)
            self._free -= taken
        try:
            yield
        finally:
            with self._changed:
                self._free += taken
                self._changed.notify_all()
