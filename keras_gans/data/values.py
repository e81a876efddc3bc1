"""Images of more than eight bits: their values, and the range of a whole set that becomes 0 to 255.

Never a range per image: what is brighter in one image than in another is to stay so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from keras_gans.data.errors import DataError
from keras_gans.data.strips import Strips

if TYPE_CHECKING:
    from PIL import Image

ValueRange = tuple[float, float]

_FLOAT_RANGES = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0))  # as images are stored, the usual ones
_EIGHT_BITS = 255
_PHOTOMETRIC = 262  # the number of this tag in TIFF: what the values stand for
_WHITE_IS_ZERO = 0
_CALLED = {"SEPARATED": "CMYK"}


class UnknownValueRangeError(DataError):
    """An image has more than eight bits, and the range of its values is not known yet."""


def range_of(arrays: Iterable[np.ndarray]) -> ValueRange:
    """Return the range that the values of a whole set are meant to have.

    Whole numbers from 0 on have that of the bits that are used: 0 to 4095 if the largest is 3084.
    Floats have 0 to 1, -1 to 1 or 0 to 255 if those hold all of them. Others have their smallest
    and their largest value.

    Args:
        arrays: of numbers; those that are not finite do not count.
    """
    lowest, highest, whole = np.inf, -np.inf, True
    for found in map(extremes, arrays):
        whole &= found.dtype.kind in "bui"
        for value in found:
            lowest, highest = min(lowest, value), max(highest, value)
    lowest, highest = float(lowest), float(highest)
    if not lowest <= highest:
        return _FLOAT_RANGES[0]
    if whole and lowest >= 0:
        return 0.0, float(max(2 ** int(highest).bit_length() - 1, 1))
    if not whole:
        for low, high in _FLOAT_RANGES:
            if low <= lowest and highest <= high:
                return low, high
    return (lowest, highest) if lowest < highest else (lowest, lowest + 1)


def extremes(array: np.ndarray) -> np.ndarray:
    """Return the smallest and the largest finite value, (2,); (0,) if there are none.

    `range_of` finds in them what it finds in the array.
    """
    finite = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    return np.array([finite.min(), finite.max()]) if finite.size else np.empty(0, array.dtype)


def extremes_of_strips(strips: Strips[np.ndarray]) -> np.ndarray:
    """Return the `extremes` of an image that is had by strips."""
    return extremes(np.concatenate([extremes(strip) for _, strip in strips]))


def to_eight_bits(values: np.ndarray, value_range: ValueRange) -> np.ndarray:
    """Return values as uint8: the range's ends become 0 and 255, and what is beyond them too.

    Of a range with the higher end first, that becomes 0.
    """
    low, high = value_range
    scaled = values.astype(np.float64)
    np.nan_to_num(scaled, copy=False, nan=low)
    scaled -= low
    scaled *= _EIGHT_BITS / (high - low)
    scaled.clip(0, _EIGHT_BITS, out=scaled)
    return np.rint(scaled, out=scaled).astype(np.uint8)


def alpha_range(dtype: np.dtype, used: float = math.inf) -> ValueRange:
    """Return the range of transparency: opaque is the type's largest value, 1 of floats.

    Args:
        dtype: of the values.
        used: the largest value that the image or its set has. Opaque is that of the bits in use
            then: 4095 of twelve bits in sixteen.
    """
    if dtype.kind in "bf":
        return 0.0, 1.0
    largest = float(np.iinfo(dtype).max)
    return (0.0, largest) if used >= largest else range_of([np.array(max(math.ceil(used), 1))])


def find_value_range(paths: Sequence[Path], max_pixels: int) -> ValueRange | None:
    """Return the range of the images of more than eight bits; None if there are none.

    Files that cannot be read do not count.

    Args:
        paths: image files.
        max_pixels: of an image that is decoded.

    Raises:
        ImageError: one was not read for a reason that may pass: without it the range may be wrong.
    """
    from keras_gans.data.images import ImageError, open_image

    def read(path: Path) -> np.ndarray | None:
        try:
            with open_image(path, max_pixels=max_pixels, deep_only=True) as opened:
                colors = opened.deep_colors()
                return None if colors is None else extremes_of_strips(colors)
        except ImageError as error:
            if error.may_pass():
                raise
            return None

    with ThreadPoolExecutor() as pool:
        deep = [found for found in pool.map(read, paths) if found is not None and found.size]
    return range_of(deep) if deep else None


def is_deep_gray(image: Image.Image) -> bool:
    """Return whether Pillow holds more than eight bits of this image, which is gray."""
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def is_inverted(image: Image.Image) -> bool:
    """Return whether 0 is white in this TIFF, which Pillow heeds in eight bits only."""
    return getattr(image, "tag_v2", {}).get(_PHOTOMETRIC) == _WHITE_IS_ZERO


def is_deep_color(image: Image.Image) -> bool:
    """Return whether Pillow would drop the lower bits of colors, which it says before it decodes.

    Of such an image `color_values` has all bits.
    """
    for tile in getattr(image, "tile", ()):
        arguments = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        if arguments and isinstance(arguments[0], str) and ";16" in arguments[0]:
            return True
    return False


def color_values(path: str, file_format: str | None) -> tuple[np.ndarray, bool]:
    """Return the values of an image in color of more than eight bits, (h, w) or (h, w, c).

    They are followed by whether the lowest is white.

    Raises:
        DataError: it is of a kind whose values cannot be had.
    """
    if file_format == "PNG":
        return _png(path), False
    if file_format == "TIFF":
        return tiff_values(path)
    raise DataError(f"more than eight bits a color in {file_format}: convert it to PNG or TIFF")


def _png(path: str) -> np.ndarray:
    import tensorflow as tf

    with open(path, "rb") as file:
        # Not a copy of the tensor, as numpy() makes it: only a view of its memory.
        return np.asarray(memoryview(tf.io.decode_png(file.read(), dtype=tf.uint16)))


def tiff_values(path: str, max_pixels: float = math.inf) -> tuple[np.ndarray, bool]:
    """Return the values of a TIFF's first page, (h, w) or (h, w, c), c from 1 to 4.

    They are followed by whether the lowest is white.

    Raises:
        DataError: it is larger, cannot be decoded, or has values of other colors.
    """
    import tifffile
    from tifffile import PHOTOMETRIC

    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            axes, pixels = page.axes, page.imagewidth * page.imagelength
            if pixels > max_pixels:
                raise DataError(f"{page.imagewidth}x{page.imagelength} is too large")
            colors = page.photometric
            if colors not in (PHOTOMETRIC.MINISWHITE, PHOTOMETRIC.MINISBLACK, PHOTOMETRIC.RGB):
                name = getattr(colors, "name", str(colors))
                raise DataError(
                    f"its colors are {_CALLED.get(name, name)}, neither RGB nor gray: "
                    "convert it to PNG"
                )
            array = page.asarray()
    except DataError:
        raise
    except Exception as error:  # a damaged file, or a compression that needs another library
        raise DataError("its compression or layout is not known: convert it to PNG") from error
    if axes == "SYX":
        array, axes = np.moveaxis(array, 0, -1), "YXS"
    known = axes == "YX" or (axes == "YXS" and array.shape[-1] <= 4)
    if not known or array.dtype.kind not in "buif" or min(array.shape[:2]) < 1:
        raise DataError(f"{'x'.join(map(str, array.shape))} is no image in color or gray")
    return array, colors == _WHITE_IS_ZERO
