"""Sample grids, in TensorBoard and as PNG files."""

import os
from pathlib import Path
from typing import Any

import keras
from PIL import Image

from keras_gans.callbacks.pacer import Pacer
from keras_gans.files import atomic_path
from keras_gans.step_files import step_files, step_of, step_path
from keras_gans.visualization import sample_image

FIRST = 10  # grids after the first epochs, however short they are
GROWTH = 1.1  # from a grid's step to the next one's, where epochs are short
MINUTES = 5.0  # after which the next epoch has a grid in any case


class SampleGrid(keras.callbacks.Callback):
    """Save the model's sample grid at the ends of epochs, always for the same examples.

    Each of the first epochs has one, and each that is minutes long. Of many short ones, those have
    one that are a tenth more steps from the beginning, if drawing takes no more than about a
    fiftieth of the time. There is always one of the last step.

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
        self._pacer = Pacer()

    def on_train_begin(self, logs=None):
        """Look which grids there are."""
        found = step_files(self.folder, ".png")
        self._count = len(found)
        self._last_step = step_of(found[-1]) if found else 0

    def on_epoch_end(self, epoch, logs=None):
        """Save the grid, if it is due; that of the last step before its checkpoint is saved."""
        last = self.model.stop_training or epoch + 1 == (self.params or {}).get("epochs")
        far = self.model.step >= GROWTH * self._last_step and self._pacer.due
        if last or self._count < FIRST or far or self._pacer.pause > 60.0 * MINUTES:
            self.save()

    def on_train_end(self, logs=None):
        """Save the grid."""
        self.save()

    def save(self) -> None:
        """Save the grid now, unless there is one of this step."""
        step = self.model.step
        if step != self._last_step:
            with self._pacer.measured():
                self._draw(step)
            self._count, self._last_step = self._count + 1, step

    def _draw(self, step: int) -> None:
        grid = sample_image(self.model, self.examples)
        with atomic_path(step_path(self.folder, step, ".png")) as part:
            Image.fromarray(grid).save(part)
        if self.writer is not None:
            import tensorflow as tf

            with self.writer.as_default(step=step):
                tf.summary.image("samples", grid[None])
            self.writer.flush()
