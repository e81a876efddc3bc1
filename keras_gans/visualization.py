"""Grids of images, and scatter plots of 2-D points."""

import math
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from keras_gans.pixels import to_pixels

HEADER = 14  # pixels above the columns, for their titles
CANVAS = 256  # side of a scatter plot, in pixels
LIMIT = 1.25  # coordinates at the edge of a scatter plot


def image_grid(columns: dict[str, np.ndarray]) -> np.ndarray:
    """Arrange images side by side.

    Args:
        columns: images (n, h, w, c) in [-1, 1], or 2-D points (n, 2), by title. A single column
            becomes a square grid without title; several columns become one row per example.

    Returns:
        uint8 (height, width, 3).
    """
    columns = {title: _as_images(values) for title, values in columns.items()}
    if len(columns) == 1:
        (images,) = columns.values()
        return _tile(images, math.ceil(math.sqrt(len(images))))
    count, _, width, _ = next(iter(columns.values())).shape
    rows = np.stack(list(columns.values()), axis=1).reshape(count * len(columns), -1, width, 3)
    grid = _tile(rows, len(columns))
    return np.concatenate([_titles(list(columns), grid.shape[1]), grid])


def sample_image(model: Any, examples: Any) -> np.ndarray:
    """Return a model's sample grid as one image, made with its averaged weights if it has any.

    Args:
        model: an `AdversarialModel`.
        examples: a batch for its `sample_grid`.

    Returns:
        uint8 (height, width, 3).
    """
    with model.averaged():
        columns = model.sample_grid(examples)
    return image_grid({title: np.asarray(values) for title, values in columns.items()})


def _as_images(values: np.ndarray) -> np.ndarray:
    if values.ndim == 2:
        return _scatter(values)[None]
    pixels = to_pixels(values)
    return np.repeat(pixels, 3, axis=-1) if pixels.shape[-1] == 1 else pixels


def _tile(images: np.ndarray, across: int) -> np.ndarray:
    count, height, width, channels = images.shape
    down = math.ceil(count / across)
    blank = np.full((down * across - count, height, width, channels), 255, "uint8")
    images = np.concatenate([images, blank]).reshape(down, across, height, width, channels)
    return images.swapaxes(1, 2).reshape(down * height, across * width, channels)


def _titles(titles: list[str], width: int) -> np.ndarray:
    strip = Image.new("RGB", (width, HEADER), "white")
    for index, title in enumerate(titles):
        ImageDraw.Draw(strip).text((index * width // len(titles) + 2, 1), title, fill="black")
    return np.asarray(strip)


def _scatter(points: np.ndarray) -> np.ndarray:
    """Draw points as dark pixels on white, with the second coordinate upwards."""
    image = np.full((CANVAS, CANVAS, 3), 255, "uint8")
    scaled = points.T * [[1], [-1]] / (2 * LIMIT) + 0.5
    x, y = np.round(scaled * (CANVAS - 1)).astype("int64")
    inside = (x >= 0) & (x < CANVAS) & (y >= 0) & (y < CANVAS)
    image[y[inside], x[inside]] = (31, 78, 160)
    return image
