"""Sample grids, in TensorBoard and as PNG files."""

import os
from pathlib import Path
from typing import Any

import keras
from PIL import Image

from keras_gans.files import atomic_path
from keras_gans.visualization import image_grid


class SampleGrid(keras.callbacks.Callback):
    """Save the model's sample grid at the end of each epoch, always for the same examples.

    Args:
        examples: a batch for `AdversarialModel.sample_grid`. Averaged weights are used if there
            are any.
        folder: folder of the files `step-<n>.png`. It is created.
        writer: a `tf.summary` writer for the same images; None for PNG files only.
    """

    def __init__(self, examples: Any, folder: str | os.PathLike, writer: Any = None):
        super().__init__()
        self.examples = examples
        self.folder = Path(folder)
        self.writer = writer

    def on_epoch_end(self, epoch, logs=None):
        """Save the grid."""
        step = int(self.model.steps)
        with self.model.averaged():
            columns = self.model.sample_grid(self.examples)
        grid = image_grid({k: keras.ops.convert_to_numpy(v) for k, v in columns.items()})
        with atomic_path(self.folder / f"step-{step:08d}.png") as part:
            Image.fromarray(grid).save(part)
        if self.writer is not None:
            import tensorflow as tf

            with self.writer.as_default(step=step):
                tf.summary.image("samples", grid[None])
            self.writer.flush()
