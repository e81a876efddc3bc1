"""Scalars for TensorBoard: losses, learning rates and speed."""

import time
from typing import Any

import keras

from keras_gans.training.gradients import without_loss_scaling

FLUSH_SECONDS = 5.0  # after which TensorBoard is to see what is written
WRITTEN = 500  # times, while the number of steps grows by its e-fold


class Scalars(keras.callbacks.Callback):
    """Write the mean losses of the last steps, both learning rates and the steps per second.

    Args:
        writer: a `tf.summary` writer.
        every: steps between two writes, at least. In long runs they are rarer, so that the logs
            stay small: a 500th of the steps so far. The last steps are written too.
    """

    def __init__(self, writer: Any, every: int = 50):
        super().__init__()
        self.writer = writer
        self.every = every
        self._flushed = time.monotonic()

    def on_train_begin(self, logs=None):
        """Reset the means."""
        self._reset()

    def on_train_batch_end(self, batch, logs=None):
        """Add the step's losses."""
        self._count += 1
        for name, value in (logs or {}).items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        if self._count >= max(self.every, self.model.step // WRITTEN):
            self._write()

    def on_train_end(self, logs=None):
        """Write the means of the remaining steps."""
        if self._count:
            self._write()
        self.writer.flush()

    def _reset(self):
        self._sums, self._count, self._started = {}, 0, time.monotonic()

    def _write(self):
        import tensorflow as tf

        scalars = {name: total / self._count for name, total in self._sums.items()}
        scalars["generator/learning_rate"] = _rate(self.model.generator_optimizer)
        scalars["discriminator/learning_rate"] = _rate(self.model.discriminator_optimizer)
        scalars["steps_per_second"] = self._count / (time.monotonic() - self._started)
        with self.writer.as_default(step=self.model.step):
            for name, value in scalars.items():
                tf.summary.scalar(name, value)
        if time.monotonic() - self._flushed > FLUSH_SECONDS:
            self.writer.flush()
            self._flushed = time.monotonic()
        self._reset()


def _rate(optimizer: keras.Optimizer) -> float:
    return float(keras.ops.convert_to_numpy(without_loss_scaling(optimizer).learning_rate))
