"""How an image is made to fit the sides that a model takes: cropped, padded or squeezed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from keras_gans.data.strips import Strips, of_image

if TYPE_CHECKING:
    from PIL import Image

Sides = tuple[int, int]  # height and width
Fit = Literal["crop", "pad", "squeeze"]
Box = tuple[float, float, float, float]  # left, top, right and bottom
FITS: tuple[Fit, ...] = get_args(Fit)


def fit_image(strips: Strips[Image.Image], sides: Sides, fit: Fit) -> Image.Image:
    """Resize an image, antialiased.

    Args:
        strips: an image in mode L or RGB.
        sides: height and width of the result.
        fit: "crop" keeps the proportions and the largest centered part that has them; "pad" keeps
            the whole image, on black; "squeeze" keeps the whole image and no proportions.
    """
    from PIL import Image, ImageOps

    size = sides[1], sides[0]
    whole = (0.0, 0.0, float(strips.size[0]), float(strips.size[1]))
    if fit == "pad":
        contained = _resize(strips, _contained(strips.size, size), whole)
        return ImageOps.pad(contained, size, Image.Resampling.BICUBIC)
    box = _centered(strips.size, size[0] / size[1]) if fit == "crop" else whole
    return _resize(strips, size, box)


def to_array(
    strips: Strips[Image.Image],
    sides: Sides | None = None,
    channels: int | None = None,
    fit: Fit = "crop",
) -> np.ndarray:
    """Return an image of any mode of eight bits as uint8 (h, w, channels), on white."""
    flat = strips.map(lambda strip: _flat(strip, channels))
    if sides is not None:
        return np.atleast_3d(np.asarray(fit_image(flat, sides, fit)))
    whole: np.ndarray | None = None
    for row, strip in flat:
        pixels = np.atleast_3d(np.asarray(strip))
        if whole is None:
            whole = np.empty((strips.size[1], *pixels.shape[1:]), np.uint8)
        whole[row : row + len(pixels)] = pixels
    assert whole is not None
    return whole


def resize_array(
    array: np.ndarray, sides: Sides, channels: int | None = None, fit: Fit = "squeeze"
) -> np.ndarray:
    """Return an image held as uint8 (h, w, c), c from 1 to 4, as uint8 (*sides, channels)."""
    return to_array(of_image(to_pil(array)), sides, channels or array.shape[-1], fit)


def to_pil(pixels: np.ndarray) -> Image.Image:
    """Return an image, uint8 (h, w) or (h, w, c), c from 1 to 4, as Pillow has it."""
    from PIL import Image

    return Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)


def shrink(pixels: np.ndarray, longest_side: int) -> np.ndarray:
    """Shrink an image, uint8 (h, w, c), in its proportions, to a longest side in pixels."""
    from PIL import Image

    height, width = shrunk(pixels.shape[:2], longest_side)
    image = to_pil(pixels).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(image).reshape(height, width, -1)


def shrunk(sides: Sides, longest_side: int) -> Sides:
    """Return sides in their proportions, of which the longest has a length in pixels."""
    height, width = (max(1, round(side * longest_side / max(sides))) for side in sides)
    return height, width


def _flat(image: Image.Image, channels: int | None) -> Image.Image:
    """An image on white, in mode L or RGB."""
    from PIL import Image

    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    if channels is None:
        channels = 1 if image.mode in ("1", "L") else 3
    return image.convert("L" if channels == 1 else "RGB")


def _resize(strips: Strips[Image.Image], size: tuple[int, int], box: Box) -> Image.Image:
    """Resize a box of an image to (width, height) as Pillow does: its rows, then its columns.

    A strip's rows are resized before the next strip is had.
    """
    from PIL import Image

    if strips.are_one():
        return strips.rows(0, strips.size[1]).resize(size, Image.Resampling.BICUBIC, box)
    (width, height), (left, top, right, bottom) = size, box
    reach = math.ceil(2 * max((bottom - top) / height, 1)) + 1  # of the filter, beyond the box
    first, end = max(0, int(top) - reach), min(strips.size[1], math.ceil(bottom) + reach)
    narrow = None
    for row, strip in strips.from_rows(first, end):
        part = strip.resize(
            (width, strip.height), Image.Resampling.BICUBIC, (left, 0, right, strip.height)
        )
        if narrow is None:
            narrow = Image.new(part.mode, (width, strips.size[1]), None)  # takes what is pasted
        narrow.paste(part, (0, row))
    assert narrow is not None
    return narrow.resize(size, Image.Resampling.BICUBIC, (0, top, width, bottom))


def _contained(size: tuple[int, int], within: tuple[int, int]) -> tuple[int, int]:
    """The largest (width, height) in the proportions of a size, as ImageOps.contain has it."""
    (width, height), (most_width, most_height) = size, within
    proportion, wanted = width / height, most_width / most_height
    if proportion > wanted:
        return most_width, max(1, round(height / width * most_width))
    return max(1, round(proportion * most_height)), most_height


def _centered(size: tuple[int, int], proportion: float) -> Box:
    """The largest centered box of a width for each height, in an image of (width, height)."""
    width, height = size
    kept_width, kept_height = min(width, height * proportion), min(height, width / proportion)
    left, top = (width - kept_width) / 2, (height - kept_height) / 2
    return left, top, left + kept_width, top + kept_height
