"""The CPU time of training steps, across resumed runs."""

import json
import os
import time
from pathlib import Path

import keras
import numpy as np

from keras_gans.callbacks.checkpoint import Checkpoint
from keras_gans.errors import UserError
from keras_gans.files import atomic_write_text
from keras_gans.layers.hardware import trains_on_gpu
from keras_gans.training.distribution import PeriodicGather, gather_from_workers, of_chief

STEPS = 8  # in the file: those of the checkpoints that are kept, and some more


class CpuTimer(keras.callbacks.Callback):
    """Measure the CPU time of the training steps, in seconds, over all threads and workers.

    On GPUs it is the time by the clock, as the CPU waits for them.
    It leaves out other callbacks and the first step of a process, which TensorFlow traces. Put it
    before all other callbacks.

    Args:
        checkpoint: saves the model. The time up to each checkpoint is written to the file.
        file: JSON, seconds by step. A resumed run continues from the time of its checkpoint.
        minutes: stop training after so much CPU time, at the end of a step; None for no limit.

    Attributes:
        seconds: the CPU time so far.
    """

    def __init__(
        self, checkpoint: Checkpoint, file: str | os.PathLike, minutes: float | None = None
    ):
        super().__init__()
        self.checkpoint, self.file = checkpoint, Path(file)
        self.limit = None if minutes is None else 60.0 * minutes
        self.seconds = 0.0
        self._begun = False
        self._written: dict[int, float] = {}
        self._started = 0.0
        self._traced = False
        self._own = 0.0  # of this worker, and not among the seconds yet
        self._gather = PeriodicGather()
        self._clock = time.monotonic if trains_on_gpu() else time.process_time

    def on_train_begin(self, logs=None):
        """Read the time up to the model's step, unless it has been read.

        Raises:
            UserError: the file is damaged.
        """
        if not self._begun:
            self.begin(self.model.step)

    def begin(self, step: int) -> None:
        """Read the time up to a step, which says before training whether the limit is reached.

        Several workers all have to do it.

        Args:
            step: the model's.

        Raises:
            UserError: the file is damaged.
        """
        self._begun = True
        self._written = _read(self.file, step)
        (self.seconds,) = of_chief([max(self._written.values(), default=0.0)])

    def on_train_batch_begin(self, batch, logs=None):
        """Start the timer; write the time of the last checkpoint."""
        self.write()
        self._started = self._clock()

    def on_train_batch_end(self, batch, logs=None):
        """Stop the timer, and the training if it has reached its limit."""
        if self._traced:
            self._own += self._clock() - self._started
        self._traced = True
        self._add(self._gather([self._own]))
        if self.is_over:
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Write the time of the last checkpoint, which is saved first if need be."""
        self.checkpoint.save()
        self.write()

    @property
    def is_over(self) -> bool:
        """Whether the limit is reached."""
        return self.limit is not None and self.seconds >= self.limit

    def write(self) -> None:
        """Write the time of the last checkpoint, unless it has been written."""
        saved = self.checkpoint.saved_step
        if saved not in self._written:
            self._add(gather_from_workers([self._own]))
            self._written[saved] = self.seconds
            for step in sorted(self._written)[:-STEPS]:
                del self._written[step]
            atomic_write_text(self.file, json.dumps(self._written))

    def _add(self, seconds: np.ndarray | None) -> None:
        """Add the seconds of all workers, if they were gathered."""
        if seconds is not None:
            self.seconds += float(seconds.sum())
            self._own = 0.0


def _read(file: Path, step: int) -> dict[int, float]:
    """Return the seconds at the checkpoints up to a step."""
    try:
        written = json.loads(file.read_text()) if file.exists() else {}
        times = {int(at): float(seconds) for at, seconds in written.items()}
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"{file} is damaged: delete it to count processor time from 0") from error
    return {at: seconds for at, seconds in times.items() if at <= step}
