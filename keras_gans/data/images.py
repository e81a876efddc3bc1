"""Image files to uint8 arrays, whatever their format, mode, orientation and size."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from keras_gans.data import formats, values
from keras_gans.data.errors import DataError, may_pass
from keras_gans.data.fitting import Fit, Sides, to_array
from keras_gans.data.opened import OpenImage
from keras_gans.data.strips import DecodingRoom, Strips, columns, of_array, of_image
from keras_gans.data.values import ValueRange
from keras_gans.errors import first_line

if TYPE_CHECKING:
    from PIL import Image

# A side shorter than this holds nothing to learn from, and is most often a tracking pixel.
SMALLEST_SIDE = 4
# As Pillow has it. What is larger is most often a trap: a small file that fills the memory.
MAX_PIXELS = 178_956_970
_TIFF_MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_LAYERED = ("PSD", "MPO")  # what is beside their first image are its layers, or its previews
_ORIENTATION = 0x0112  # the number of this tag in EXIF
_room = DecodingRoom()  # of the process: files are read by several threads


class ImageError(DataError):
    """A file that cannot be used as an image.

    Attributes:
        reason: in a word or two, which many files may share: "no image".
        detail: what is wrong with this one, or how to convert it.
    """

    def __init__(self, path: str | os.PathLike, reason: str, detail: str = ""):
        """Say what is wrong with a file."""
        super().__init__(f"{path} cannot be used: {reason}" + (f" ({detail})" if detail else ""))
        self.reason, self.detail = reason, detail

    def may_pass(self) -> bool:
        """Return whether the file may be read another time as it is."""
        return may_pass(self.__cause__)


@dataclass(frozen=True)
class ImageReader:
    """Reads image files for a data set: each is one image, or a pair side by side.

    Args:
        sides: height and width of the results.
        channels: 1 or 3.
        fit: how each image is made to fit the sides.
        pairs: whether each file holds two, left and right.
        value_range: of images of more than eight bits, what becomes 0 and 255.
        max_pixels: of an image that is decoded.
    """

    sides: Sides
    channels: int
    fit: Fit
    pairs: bool = False
    value_range: ValueRange | None = None
    max_pixels: int = MAX_PIXELS

    def read(self, path: str | os.PathLike) -> tuple[list[np.ndarray], bool]:
        """Return a file's images, uint8 (*sides, channels), and whether it holds more frames.

        Raises:
            ImageError: the file cannot be used.
            UnknownValueRangeError: it has more than eight bits, and no range is given.
        """
        smallest = 2 * max(self.sides)
        wanted = (smallest * (1 + self.pairs), smallest)
        with open_image(path, max_pixels=self.max_pixels, at_least=wanted) as opened:
            image = opened.in_eight_bits(self.value_range)
            parts = (
                [half(image, side, path) for side in ("left", "right")] if self.pairs else [image]
            )
            images = [to_array(part, self.sides, self.channels, self.fit) for part in parts]
            return images, opened.several_frames


def read_image(
    path: str | os.PathLike,
    image_size: int | Sides | None = None,
    *,
    channels: int | None = None,
    fit: Fit = "crop",
    value_range: ValueRange | None = None,
    max_pixels: int = MAX_PIXELS,
) -> np.ndarray:
    """Return one image as it is meant to look.

    EXIF rotation is applied, transparency is shown on white, and of several frames it is the first.

    Args:
        path: the file.
        image_size: side, or height and width, of the result; None for the image's own size.
        channels: 1 or 3, or None for the image's own: 1 if it is grayscale, else 3.
        fit: how it is made to fit the size; see `keras_gans.data.fitting.fit_image`.
        value_range: of an image of more than eight bits, what becomes 0 and 255. None is the range
            that `range_of` finds in this image: images of one set are to be given one range.
        max_pixels: of an image that is decoded.

    Returns:
        uint8, (h, w, channels).

    Raises:
        ImageError: the file cannot be read as an image, is larger, or a side is under 4 pixels.
    """
    sides = (image_size, image_size) if isinstance(image_size, int) else image_size
    at_least = None if sides is None else (2 * max(sides), 2 * max(sides))
    with open_image(path, max_pixels=max_pixels, at_least=at_least) as opened:
        colors = opened.deep_colors()
        if colors is not None and value_range is None:
            value_range = values.range_of([values.extremes_of_strips(colors)])
        return to_array(opened.in_eight_bits(value_range), sides, channels, fit)


@contextmanager
def open_image(
    path: str | os.PathLike,
    *,
    max_pixels: int,
    at_least: tuple[int, int] | None = None,
    deep_only: bool = False,
) -> Iterator[OpenImage]:
    """Decode an image and turn it upright, with one kind of error for all failures.

    Args:
        path: the file.
        max_pixels: larger ones are refused before they are decoded.
        at_least: width and height: detail that a larger image has may be left out.
        deep_only: decode only what has more than eight bits; of others the image is None.

    Raises:
        ImageError: the file cannot be used.
    """
    try:
        with ExitStack() as held:
            yield _opened(os.fspath(path), max_pixels, at_least, deep_only, held)
    except DataError:
        raise
    except Exception as error:  # Pillow's decoders raise nearly everything over damaged files
        reason = "not read" if may_pass(error) else "damaged"
        raise ImageError(path, reason, first_line(error)) from error


def _opened(
    path: str,
    max_pixels: int,
    at_least: tuple[int, int] | None,
    deep_only: bool,
    held: ExitStack,
) -> OpenImage:
    from PIL import Image, UnidentifiedImageError

    formats.allow_pixels(max_pixels)
    try:
        file = formats.open_file(path)
    except Image.DecompressionBombError as error:
        raise ImageError(path, "too large", f"over {max_pixels:,} pixels") from error
    except UnidentifiedImageError as error:
        return _opened_otherwise(path, max_pixels, held, error)
    with file as image:
        _check_size(path, image.size, max_pixels)
        several = image.format not in _LAYERED and bool(getattr(image, "is_animated", False))
        if at_least is not None:  # lets the JPEG decoder skip what resizing would throw away
            image.draft(None, at_least)
        deep_gray, deep_color = values.is_deep_gray(image), values.is_deep_color(image)
        if deep_only and not (deep_gray or deep_color):
            return OpenImage(several_frames=several)
        held.enter_context(_room.holding(image.width * image.height))
        if not deep_color or deep_gray:
            formats.free_at_once()
            image.load()
            upright = of_image(image, _orientation(image))
            if deep_gray:
                deep = upright.map(np.asarray)
                return OpenImage(None, deep, several, values.is_inverted(image))
            return OpenImage(upright, None, several)
    orientation = _orientation_of(path)
    array, inverted = _decodable(path, lambda: values.color_values(path, image.format))
    upright_array = of_array(array, orientation)
    return OpenImage(None, upright_array, several, inverted, all_bits=image.format == "PNG")


def _opened_otherwise(path: str, max_pixels: int, held: ExitStack, error: Exception) -> OpenImage:
    """Open what Pillow does not know: a TIFF of floats in color, or nothing at all."""
    found = formats.conversion(Path(path))
    with open(path, "rb") as file:
        if found is None and file.read(4) in _TIFF_MARKS:
            held.enter_context(_room.holding(math.inf))  # its size is not known yet
            array, inverted = _decodable(path, lambda: values.tiff_values(path, max_pixels))
            return OpenImage(None, of_array(array), inverted=inverted)
    empty = "" if os.path.getsize(path) else "empty"
    raise ImageError(path, *(found or ("no image", empty))) from error


def _decodable(path: str, decode: Callable[[], tuple[np.ndarray, bool]]) -> tuple[np.ndarray, bool]:
    try:
        return decode()
    except DataError as error:
        raise ImageError(path, "not decoded", str(error)) from error


def _check_size(path: str, size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if min(size) < SMALLEST_SIDE:
        raise ImageError(path, "too small", f"{width}x{height}")
    if width * height > max_pixels:
        raise ImageError(path, "too large", f"{width}x{height}, over {max_pixels:,} pixels")


def _orientation(image: Image.Image) -> int:
    try:
        return image.getexif().get(_ORIENTATION, 1)
    except Exception as error:  # damaged EXIF does not make the image a bad one
        if may_pass(error):
            raise
        return 1


def _orientation_of(path: str) -> int:
    """The same of a file that is opened for it, and what is decoded on the way is freed."""
    with formats.open_file(path) as image:
        return _orientation(image)


def half(image: Strips[Image.Image], side: str, path: str | os.PathLike) -> Strips[Image.Image]:
    """Return one half of an image, "left" or "right".

    Raises:
        ImageError: it is too narrow.
    """
    width, height = image.size
    middle = width // 2
    if middle < SMALLEST_SIDE:
        raise ImageError(path, "too small", f"{width}x{height} for two images side by side")
    return columns(image, 0, middle) if side == "left" else columns(image, width - middle, width)
