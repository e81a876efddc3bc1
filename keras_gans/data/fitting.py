"""How an image is made to fit the sides that a model takes: cropped, padded or squeezed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

Sides = tuple[int, int]  # height and width
Fit = Literal["crop", "pad", "squeeze"]
FITS: tuple[Fit, ...] = get_args(Fit)


def fit_image(image: Image.Image, sides: Sides, fit: Fit) -> Image.Image:
    """Resize an image, antialiased.

    Args:
        image: in mode L or RGB.
        sides: height and width of the result.
        fit: "crop" keeps the proportions and the largest centered part that has them; "pad" keeps
            the whole image, on black; "squeeze" keeps the whole image and no proportions.
    """
    from PIL import Image, ImageOps

    height, width = sides
    if fit == "pad":
        return ImageOps.pad(image, (width, height), Image.Resampling.BICUBIC)
    box = _centered(image.size, width / height) if fit == "crop" else None
    return image.resize((width, height), Image.Resampling.BICUBIC, box)


def resize_array(
    array: np.ndarray, sides: Sides, channels: int | None = None, fit: Fit = "squeeze"
) -> np.ndarray:
    """Return an image held as uint8 (h, w, c), c from 1 to 4, as uint8 (*sides, channels)."""
    from keras_gans.data.images import to_array

    return to_array(to_pil(array), sides, channels or array.shape[-1], fit)


def to_pil(pixels: np.ndarray) -> Image.Image:
    """Return an image, uint8 (h, w, c), c from 1 to 4, as Pillow has it."""
    from PIL import Image

    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def shrink(pixels: np.ndarray, longest_side: int) -> np.ndarray:
    """Shrink an image, uint8 (h, w, c), in its proportions, to a longest side in pixels."""
    from PIL import Image

    sides = pixels.shape[:2]
    height, width = (max(1, round(side * longest_side / max(sides))) for side in sides)
    image = to_pil(pixels).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(image).reshape(height, width, -1)


def _centered(size: tuple[int, int], proportion: float) -> tuple[float, float, float, float]:
    """The largest centered box of a width for each height, in an image of (width, height)."""
    width, height = size
    kept_width, kept_height = min(width, height * proportion), min(height, width / proportion)
    left, top = (width - kept_width) / 2, (height - kept_height) / 2
    return left, top, left + kept_width, top + kept_height
