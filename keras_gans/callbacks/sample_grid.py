"""Pictures that show progress, in TensorBoard and as PNG files."""

import math
import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
from PIL import Image, ImageDraw

from keras_gans.files import replacing
from keras_gans.pixels import to_pixels

HEADER = 14  # pixels above the columns, for their titles
CANVAS = 256  # side of a picture of points, in pixels


class SampleGrid(keras.callbacks.Callback):
    """Draw the model's preview of the same examples at the end of each epoch.

    Args:
        examples: a batch for `AdversarialModel.preview`. What is drawn comes from the averaged
            weights where the model averages.
        folder: where `step-<n>.png` goes; made where it does not exist.
        writer: a `tf.summary` writer for the same picture; None for PNG files only.
    """

    def __init__(self, examples: Any, folder: str | os.PathLike, writer: Any = None):
        super().__init__()
        self.examples = examples
        self.folder = Path(folder)
        self.writer = writer

    def on_epoch_end(self, epoch, logs=None):
        """Draw."""
        step = int(self.model.steps)
        with self.model.averaged():
            columns = self.model.preview(self.examples)
        picture = picture_grid({k: keras.ops.convert_to_numpy(v) for k, v in columns.items()})
        self.folder.mkdir(parents=True, exist_ok=True)
        with replacing(self.folder / f"step-{step:08d}.png") as part:
            Image.fromarray(picture).save(part)
        if self.writer is not None:
            import tensorflow as tf

            with self.writer.as_default(step=step):
                tf.summary.image("samples", picture[None])
            self.writer.flush()


def picture_grid(columns: dict[str, np.ndarray]) -> np.ndarray:
    """Arrange images side by side.

    Args:
        columns: images (n, h, w, c) in [-1, 1] by title, or points (n, 2). One column becomes a
            grid that is about square; several become a row an example under their titles.

    Returns:
        A uint8 picture (height, width, 3).
    """
    columns = {title: _as_images(values) for title, values in columns.items()}
    if len(columns) == 1:
        (images,) = columns.values()
        return _tile(images, math.ceil(math.sqrt(len(images))))
    count, _, width, _ = next(iter(columns.values())).shape
    rows = np.stack(list(columns.values()), axis=1).reshape(count * len(columns), -1, width, 3)
    grid = _tile(rows, len(columns))
    return np.concatenate([_titles(list(columns), grid.shape[1]), grid])


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
    """Draw points in [-1.25, 1.25] as dark pixels on white, the second coordinate upwards."""
    picture = np.full((CANVAS, CANVAS, 3), 255, "uint8")
    x, y = np.round((points.T * [[1], [-1]] / 2.5 + 0.5) * (CANVAS - 1)).astype("int64")
    inside = (x >= 0) & (x < CANVAS) & (y >= 0) & (y < CANVAS)
    picture[y[inside], x[inside]] = (31, 78, 160)
    return picture
