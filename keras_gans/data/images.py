"""Image files to uint8 arrays, whatever their format, mode, orientation and size."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from keras_gans.data import formats
from keras_gans.data.errors import DataError
from keras_gans.data.fitting import Fit, Sides, fit_image
from keras_gans.data.values import (
    UnknownValueRangeError,
    ValueRange,
    deep_values,
    range_of,
    tiff_values,
    to_eight_bits,
)
from keras_gans.errors import first_line

if TYPE_CHECKING:
    from PIL import Image

# A side shorter than this holds nothing to learn from, and is most often a tracking pixel.
_SMALLEST_SIDE = 4
# As Pillow has it. What is larger is most often a trap: a small file that fills the memory.
MAX_PIXELS = 178_956_970
_TIFF_MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# How to turn an array upright, for each EXIF orientation.
_TURNS = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a.swapaxes(0, 1)[:, ::-1],
    7: lambda a: a.swapaxes(0, 1)[::-1, ::-1],
    8: lambda a: a.swapaxes(0, 1)[::-1],
}
_LAYERED = ("PSD", "MPO")  # what is beside their first image are its layers, or its previews
_ORIENTATION = 0x0112  # the number of this tag in EXIF


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


@dataclass(frozen=True)
class OpenImage:
    """An image that has been decoded, upright.

    Attributes:
        image: as Pillow has it; None where Pillow cannot hold its values.
        values: those of an image of more than eight bits, (h, w) or (h, w, c); else None.
        several_frames: whether the file holds more images: this is the first.
    """

    image: Image.Image | None
    values: np.ndarray | None
    several_frames: bool = False

    def deep_colors(self) -> np.ndarray | None:
        """Return the values without transparency; None if they have eight bits."""
        if self.values is None or self.values.ndim == 2:
            return self.values
        return self.values[..., : 3 if self.values.shape[-1] > 2 else 1]

    def in_eight_bits(self, value_range: ValueRange | None) -> Image.Image:
        """Return the image in a mode of eight bits.

        Raises:
            UnknownValueRangeError: it has more, and no range is given.
        """
        from PIL import Image

        colors = self.deep_colors()
        if colors is None:
            assert self.image is not None
            return self.image
        if value_range is None:
            raise UnknownValueRangeError("the range of the values is not known")
        pixels = to_eight_bits(colors, value_range)
        if self.values is not None and self.values.shape != colors.shape:
            alpha = to_eight_bits(self.values[..., -1:], range_of([self.values[..., -1]]))
            pixels = np.concatenate([pixels, alpha], axis=-1)
        return Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)


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
            parts = _halves(image, path) if self.pairs else [image]
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
            value_range = range_of([colors])
        return to_array(opened.in_eight_bits(value_range), sides, channels, fit)


def to_array(
    image: Image.Image, sides: Sides | None = None, channels: int | None = None, fit: Fit = "crop"
) -> np.ndarray:
    """Return a Pillow image of any mode of eight bits as uint8 (h, w, channels), on white."""
    image = _on_white(image)
    if channels is None:
        channels = 1 if image.mode in ("1", "L") else 3
    image = image.convert("L" if channels == 1 else "RGB")
    if sides is not None:
        image = fit_image(image, sides, fit)
    return np.asarray(image).reshape(image.height, image.width, channels)


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
        yield _opened(os.fspath(path), max_pixels, at_least, deep_only)
    except DataError:
        raise
    except Exception as error:  # Pillow's decoders raise nearly everything over damaged files
        raise ImageError(path, "damaged", first_line(error)) from error


def _opened(
    path: str, max_pixels: int, at_least: tuple[int, int] | None, deep_only: bool
) -> OpenImage:
    from PIL import Image, UnidentifiedImageError

    formats.allow_pixels(max_pixels)
    try:
        file = formats.open_file(path)
    except Image.DecompressionBombError as error:
        raise ImageError(path, "too large", f"over {max_pixels:,} pixels") from error
    except UnidentifiedImageError as error:
        return _opened_otherwise(path, max_pixels, error)
    with file as image:
        _check_size(path, image.size, max_pixels)
        several = image.format not in _LAYERED and bool(getattr(image, "is_animated", False))
        values = _decodable(path, lambda: deep_values(image, path))
        if values is not None:
            turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1), lambda a: a)
            return OpenImage(None, turn(values), several)
        if deep_only:
            return OpenImage(None, None, several)
        if at_least is not None:  # lets the JPEG decoder skip what resizing would throw away
            image.draft(None, at_least)
        return OpenImage(_upright(image), None, several)


def _opened_otherwise(path: str, max_pixels: int, error: Exception) -> OpenImage:
    """Open what Pillow does not know: a TIFF of floats in color, or nothing at all."""
    found = formats.conversion(Path(path))
    with open(path, "rb") as file:
        if found is None and file.read(4) in _TIFF_MARKS:
            return OpenImage(None, _decodable(path, lambda: tiff_values(path, max_pixels)))
    empty = "" if os.path.getsize(path) else "empty"
    raise ImageError(path, *(found or ("no image", empty))) from error


def _decodable(path: str, values: Callable[[], np.ndarray | None]) -> np.ndarray | None:
    try:
        return values()
    except DataError as error:
        raise ImageError(path, "not decoded", str(error)) from error


def _check_size(path: str, size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if min(size) < _SMALLEST_SIDE:
        raise ImageError(path, "too small", f"{width}x{height}")
    if width * height > max_pixels:
        raise ImageError(path, "too large", f"{width}x{height}, over {max_pixels:,} pixels")


def _upright(image: Image.Image) -> Image.Image:
    from PIL import ImageOps

    image.load()
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF does not make the image a bad one
        return image


def _on_white(image: Image.Image) -> Image.Image:
    from PIL import Image

    if not image.has_transparency_data:
        return image
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _halves(image: Image.Image, path: str | os.PathLike) -> list[Image.Image]:
    """The left and the right half."""
    width, height = image.size
    middle = width // 2
    if middle < _SMALLEST_SIDE:
        raise ImageError(path, "too small", f"{width}x{height} for two images side by side")
    boxes = (0, 0, middle, height), (width - middle, 0, width, height)
    return [image.crop(box) for box in boxes]
