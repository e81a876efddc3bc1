"""A line on the console."""

import shutil
import sys
import time
from typing import TextIO

import keras

TERMINAL_SECONDS = 0.2  # between two rewrites of the line on a terminal
FILE_SECONDS = 30.0  # between two lines in a file


class Progress(keras.callbacks.Callback):
    """Say the epoch, the step, the time left and the terms' means over the epoch so far.

    On a terminal one line is rewritten; in a file or pipe a line comes at most twice a minute and
    at the end of each epoch.

    Args:
        epochs: the run's last epoch.
        steps: steps an epoch.
        stream: where to write; None for stdout.
    """

    def __init__(self, epochs: int, steps: int, stream: TextIO | None = None):
        super().__init__()
        self.epochs, self.steps = epochs, steps
        self.stream = stream or sys.stdout
        self.terminal = self.stream.isatty()

    def on_train_begin(self, logs=None):
        """Start the clocks."""
        self._first, self._began = int(self.model.steps), time.monotonic()
        self._said = self._began

    def on_train_batch_end(self, batch, logs=None):
        """Say how far it is, not too often."""
        pause = TERMINAL_SECONDS if self.terminal else FILE_SECONDS
        if time.monotonic() - self._said >= pause:
            self._say(end="" if self.terminal else "\n")

    def on_epoch_end(self, epoch, logs=None):
        """Say how the epoch ended."""
        self._say(end="\n")

    def _say(self, end: str) -> None:
        self._said = time.monotonic()
        line = self._line()
        if self.terminal:  # a line that wraps could not be rewritten
            line = f"\r{line[: shutil.get_terminal_size().columns - 1]}\033[K"
        print(line, end=end, file=self.stream, flush=True)

    def _line(self) -> str:
        done = int(self.model.steps)
        epoch, step = divmod(done - 1, self.steps)
        rate = (done - self._first) / max(time.monotonic() - self._began, 1e-9)
        left = (self.epochs * self.steps - done) / rate if rate else 0.0
        means = self.model.get_metrics_result()
        terms = "  ".join(f"{name} {float(mean):.3f}" for name, mean in means.items())
        return (
            f"epoch {epoch + 1}/{self.epochs}  step {step + 1}/{self.steps}  "
            f"{1000.0 / rate if rate else 0.0:.0f} ms/step  {_duration(left)} left  {terms}"
        )


def _duration(seconds: float) -> str:
    hours, rest = divmod(int(seconds), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
