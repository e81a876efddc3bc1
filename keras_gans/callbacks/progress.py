"""Training progress: a progress bar on a terminal, a line now and then in a file."""

import shutil
import sys
import time
from typing import TextIO

import keras
from tqdm import tqdm

TERMINAL_SECONDS = 0.2  # between two updates of the bar
FILE_SECONDS = 30.0  # between two lines in a file
EPOCH_SECONDS = 5.0  # epochs that are shorter share a line
FIRST = 10  # lines in a file, however short the epochs are


class Progress(keras.callbacks.Callback):
    """Show the epoch, the step, the time left and the mean losses of the epoch so far.

    On a terminal it is a tqdm bar per epoch, of which those of short epochs do not stay. In a file
    or pipe, it is a line at the ends of epochs, rarer where they are short, and at most two per
    minute within one.

    Args:
        epochs: number of the last epoch.
        steps: steps per epoch.
        stream: where to write; None for stdout.
        minutes: after which training stops before its last epoch, if it does.
    """

    def __init__(
        self, epochs: int, steps: int, stream: TextIO | None = None, minutes: float | None = None
    ):
        super().__init__()
        self.epochs, self.steps = epochs, steps
        self.seconds = None if minutes is None else 60.0 * minutes
        self.stream = stream or sys.stdout
        self.terminal = self.stream.isatty()
        self._bar: tqdm | None = None

    def on_train_begin(self, logs=None):
        """Start to measure time."""
        self._first_step, self._started = self.model.step, time.monotonic()
        self._shown, self._lines, self._unseen = self._started, 0, False

    def on_epoch_begin(self, epoch, logs=None):
        """Open the epoch's bar."""
        self._epoch_began = time.monotonic()
        if self.terminal:
            epoch, step = divmod(self.model.step, self.steps)
            self._bar = tqdm(
                bar_format=f"epoch {epoch + 1}/{self.epochs} |{{bar:10}}| "
                "step {n_fmt}/{total_fmt}{postfix}",
                initial=step,
                total=self.steps,
                file=self.stream,
                ncols=_columns(),
            )

    def on_train_batch_end(self, batch, logs=None):
        """Show the progress, if the last time is long enough ago."""
        self._unseen = True
        pause = TERMINAL_SECONDS if self.terminal else FILE_SECONDS
        if time.monotonic() - self._shown >= pause:
            self._show()

    def on_epoch_end(self, epoch, logs=None):
        """Show how the epoch ended, if it was long, or the last time is long enough ago."""
        now = time.monotonic()
        if self._bar is not None:
            self._bar.leave = self._last_epoch or now - self._epoch_began > EPOCH_SECONDS
            self._show()
            self._bar.close()
            self._bar = None
        elif self._lines < FIRST or now - self._shown > EPOCH_SECONDS:
            self._show()

    def on_train_end(self, logs=None):
        """Show how the training ended."""
        if self._unseen and not self.terminal:
            self._show()

    @property
    def _last_epoch(self) -> bool:
        return self.model.step >= self.epochs * self.steps or self.model.stop_training

    def _show(self) -> None:
        self._shown, self._unseen = time.monotonic(), False
        self._lines += 1
        done = self.model.step
        epoch, step = divmod(done - 1, self.steps)
        if self._bar is not None:
            self._bar.n, self._bar.ncols = step + 1, _columns()
            self._bar.set_postfix_str(", ".join(self._status(done)))
        else:
            line = [f"epoch {epoch + 1}/{self.epochs}", f"step {step + 1}/{self.steps}"]
            print("  ".join(line + self._status(done)), file=self.stream, flush=True)

    def _status(self, done: int) -> list[str]:
        passed = time.monotonic() - self._started
        rate = (done - self._first_step) / max(passed, 1e-9)
        left = (self.epochs * self.steps - done) / rate if rate else 0.0
        if self.seconds is not None:
            left = min(left, max(self.seconds - passed, 0.0))
        means = self.model.get_metrics_result()
        return [
            f"{1000.0 / rate if rate else 0.0:.0f} ms/step",
            f"{tqdm.format_interval(left)} left",
            *(f"{name} {float(mean):.3f}" for name, mean in means.items()),
        ]


def _columns() -> int:
    return shutil.get_terminal_size().columns - 1  # a line that wraps could not be rewritten
