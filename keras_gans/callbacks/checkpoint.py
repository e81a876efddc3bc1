"""Checkpoints, which are written atomically."""

import os
from pathlib import Path

import keras
from keras import ops

from keras_gans.callbacks.pacer import Pacer
from keras_gans.callbacks.stopping import DivergedError
from keras_gans.files import delete_parts
from keras_gans.step_files import step_of, step_path
from keras_gans.training.distribution import PeriodicGather, any_worker
from keras_gans.training.saving import newest_first, save_atomically

KEPT = 2  # the newest, and one in case that is damaged


class Checkpoint(keras.callbacks.Callback):
    """Save the whole model as `step-<n>.keras`, at the ends of epochs and every few minutes.

    Where epochs are so short that saving would take more than about a fiftieth of the time, it is
    saved after some of them only; always at the end of training.

    A checkpoint holds everything that the next step depends on: networks, optimizers, averaged
    weights, image pools, random states and the step. A killed process leaves no partial checkpoint.

    Args:
        folder: folder of the checkpoints, of which the newest two are kept. It is created.
        minutes: maximum time between two checkpoints within an epoch.
    """

    def __init__(self, folder: str | os.PathLike, minutes: float = 5.0):
        super().__init__()
        self.folder = Path(folder)
        self.seconds = 60.0 * minutes
        self._pacer = Pacer()
        self._gather = PeriodicGather()

    def on_train_begin(self, logs=None):
        """Start the clock; delete partial files, and set aside checkpoints that are not used."""
        self.folder.mkdir(parents=True, exist_ok=True)
        delete_parts(self.folder)
        step = self.model.step
        for path in newest_first(self.folder):
            if step_of(path) > step:  # damaged, or of a later step
                path.rename(path.with_suffix(".damaged"))
        self.saved_step = step

    def on_train_batch_end(self, batch, logs=None):
        """Save if the last checkpoint is more than `minutes` old."""
        if self._gather.any(self._pacer.pause > self.seconds):
            self.save()

    def on_epoch_end(self, epoch, logs=None):
        """Save, if the last time is long enough ago."""
        if any_worker(self._pacer.due):
            self.save()

    def on_train_end(self, logs=None):
        """Save."""
        self.save()

    def save(self) -> None:
        """Save now, unless this step is saved already.

        Raises:
            DivergedError: a weight is NaN or infinite. Nothing is saved.
        """
        step = self.model.step
        if step == self.saved_step:
            return
        for weight in self.model.trainable_variables:
            if not bool(ops.all(ops.isfinite(weight))):
                raise DivergedError(f"{weight.path} became NaN or infinite by step {step}")
        with self._pacer.measured():
            save_atomically(self.model, step_path(self.folder, step, ".keras"))
        self.saved_step = step
        for old in newest_first(self.folder)[KEPT:]:
            old.unlink()
