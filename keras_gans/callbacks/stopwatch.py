"""How much processor time a run's steps took, over all the processes that went on with it."""

import json
import os
import time
from pathlib import Path

import keras

from keras_gans.callbacks.checkpoint import Checkpoint
from keras_gans.files import write_whole


class Stopwatch(keras.callbacks.Callback):
    """Count the processor seconds of the steps, all threads together.

    What other callbacks do does not count, nor does a process's first step, which is mostly
    TensorFlow's compilation of it. Put it before all others.

    Args:
        checkpoint: what saves the model: the seconds up to each state that it saves are noted.
        file: where. A run that goes on from a state goes on counting from there.
        minutes: stop cleanly after so much processor time; None for no end.
    """

    def __init__(
        self, checkpoint: Checkpoint, file: str | os.PathLike, minutes: float | None = None
    ):
        super().__init__()
        self.checkpoint, self.file = checkpoint, Path(file)
        self.limit = None if minutes is None else 60.0 * minutes
        self.seconds = 0.0
        self._noted: dict[int, float] = {}
        self._began = 0.0
        self._traced = False

    def on_train_begin(self, logs=None):
        """Go on from where the model stands."""
        if not self._noted:
            step = int(self.model.steps)
            noted = json.loads(self.file.read_text()) if self.file.exists() else {}
            self._noted = {int(at): value for at, value in noted.items() if int(at) <= step}
            self.seconds = max(self._noted.values(), default=0.0)

    def on_train_batch_begin(self, batch, logs=None):
        """Start; note the seconds of what has just been saved."""
        self.note()
        self._began = time.process_time()

    def on_train_batch_end(self, batch, logs=None):
        """Stop, and stop training where the time is up."""
        if self._traced:
            self.seconds += time.process_time() - self._began
        self._traced = True
        if self.limit is not None and self.seconds >= self.limit:
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Note the seconds of what was saved last."""
        self.note()

    def note(self) -> None:
        """Note the seconds of what was saved last, unless they are noted already."""
        saved = self.checkpoint.saved_step
        if saved not in self._noted:
            self._noted[saved] = self.seconds
            write_whole(self.file, json.dumps(self._noted))
