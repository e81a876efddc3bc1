"""Image files to uint8 arrays, whatever their format, mode, orientation and size."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from keras_gans.data.discovery import TO_CONVERT
from keras_gans.data.errors import DataError
from keras_gans.errors import first_line

if TYPE_CHECKING:
    from PIL import Image

# Pillow reads many more, whatever a file's name ends with. One of them, PostScript, is a language
# whose interpreter it would start.
_FORMATS = ("AVIF", "BMP", "GIF", "ICO", "JPEG", "JPEG2000", "PNG", "PPM", "TGA", "TIFF", "WEBP")

# A side shorter than this holds nothing to learn from, and is most often a tracking pixel.
_SMALLEST_SIDE = 4

# What white is in the modes of more than eight bits: the first that no value exceeds.
_WHITE = {"I": (65535.0,), "F": (1.0, 255.0, 65535.0)}


def read_image(
    path: str | os.PathLike,
    image_size: int | None = None,
    *,
    channels: int | None = None,
    crop: bool = False,
) -> np.ndarray:
    """One image as it is meant to look.

    EXIF rotation is applied, transparency is shown on white, sixteen bits are scaled to eight.

    Args:
        path: the file.
        image_size: side of the square it is resized to (antialiased), or None for its own size.
        channels: 1 or 3, or None for the image's own: 1 if it is greyscale, else 3.
        crop: resize the center square, which keeps proportions, rather than the whole image.

    Returns:
        uint8, (h, w, channels).

    Raises:
        DataError: the file cannot be read as an image, or a side is under 4 pixels.
    """
    return _decode(path, lambda image: to_array(image, image_size, channels, crop), image_size)


def read_square(
    path: str | os.PathLike, image_size: int, channels: int, crop: bool
) -> list[np.ndarray]:
    """The only image of a file, for `read_all`. Arguments and errors as for `read_image`."""
    return [read_image(path, image_size, channels=channels, crop=crop)]


def read_pair(path: str | os.PathLike, image_size: int, channels: int) -> list[np.ndarray]:
    """The left and the right half of an image, each resized to a square.

    Raises:
        DataError: as for `read_image`, or if the width is not about twice the height.
    """

    def halves(image: Image.Image) -> list[np.ndarray]:
        width, height = image.size
        if not 1.8 * height <= width <= 2.2 * height:
            raise DataError(f"{path} is {width}x{height}, not two images side by side")
        middle = width // 2
        boxes = (0, 0, middle, height), (width - middle, 0, width, height)
        return [to_array(image.crop(box), image_size, channels) for box in boxes]

    return _decode(path, halves, image_size)


def to_array(
    image: Image.Image,
    image_size: int | None = None,
    channels: int | None = None,
    crop: bool = False,
) -> np.ndarray:
    """A Pillow image of any mode as uint8 (h, w, channels). Arguments as for `read_image`."""
    from PIL import Image

    image = _eight_bits(image)
    if channels is None:
        channels = 1 if image.mode in ("1", "L") else 3
    image = image.convert("L" if channels == 1 else "RGB")
    if image_size is not None:
        box = _center_square(image.size) if crop else None
        image = image.resize((image_size, image_size), Image.Resampling.BICUBIC, box)
    return np.asarray(image).reshape(image.height, image.width, channels)


def resize_array(
    array: np.ndarray, image_size: int, channels: int | None = None, crop: bool = False
) -> np.ndarray:
    """An image held as an array (h, w, c), c from 1 to 4, uint8 or uint16, likewise."""
    if array.dtype == np.uint16:
        array = np.rint(array / 257).astype(np.uint8)
    return to_array(to_pil(array), image_size, channels or array.shape[-1], crop)


def to_pil(pixels: np.ndarray) -> Image.Image:
    """An image, uint8 (h, w, c), c from 1 to 4, as Pillow has it."""
    from PIL import Image

    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def shrink(pixels: np.ndarray, longest_side: int) -> np.ndarray:
    """An image, uint8 (h, w, c), in its proportions, with a longest side of so many pixels."""
    from PIL import Image

    sides = pixels.shape[:2]
    height, width = (max(1, round(side * longest_side / max(sides))) for side in sides)
    image = to_pil(pixels).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(image).reshape(height, width, -1)


def _decode(path, convert: Callable, image_size: int | None):
    """Open an image, turn it upright and convert it, with one kind of error for all failures."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path, formats=_FORMATS) as image:
            if image_size is not None:
                # Lets the JPEG decoder skip detail that resizing would throw away.
                image.draft(None, (2 * image_size, 2 * image_size))
            upright = _upright(image)
            if min(upright.size) < _SMALLEST_SIDE:
                raise DataError(f"{path} is too small: {upright.width}x{upright.height}")
            return convert(upright)
    except DataError:
        raise
    except Exception as error:  # Pillow's decoders raise nearly everything over damaged files
        unknown = isinstance(error, UnidentifiedImageError)
        reason = "not an image" if unknown else first_line(error)
        if unknown and os.path.splitext(path)[1].lower() in TO_CONVERT:
            reason = "convert it to JPEG or PNG first"
        raise DataError(f"{path} cannot be read: {reason}") from error


def _upright(image: Image.Image) -> Image.Image:
    from PIL import ImageOps

    image.load()
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF does not make the image a bad one
        return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """The image in a mode that Pillow converts to L or RGB as the eye expects."""
    from PIL import Image

    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        values = np.nan_to_num(np.asarray(image, np.float64))
        brightest = values.max()
        white = next((top for top in _WHITE[image.mode[0]] if brightest <= top), brightest)
        return Image.fromarray(np.rint(values.clip(0, white) * (255 / white)).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image


def _center_square(size: tuple[int, int]) -> tuple[float, float, float, float]:
    width, height = size
    side = min(size)
    left, top = (width - side) / 2, (height - side) / 2
    return left, top, left + side, top + side
