"""Callbacks that stop training: after some time, on a signal, on divergence."""

import math
import signal
import time
from typing import Any

import keras
import numpy as np

from keras_gans.callbacks.console import write_text
from keras_gans.diagnostics import LOWER_RATE
from keras_gans.errors import UserError
from keras_gans.training.distribution import PeriodicGather, gather_from_workers


class StopAfter(keras.callbacks.Callback):
    """Stop at the end of a step, after some minutes of training.

    Args:
        minutes: minutes since the first `fit` began.
    """

    def __init__(self, minutes: float):
        super().__init__()
        self.seconds = 60.0 * minutes
        self.started = None
        self._gather = PeriodicGather()

    def on_train_begin(self, logs=None):
        """Start the clock, once."""
        self.started = self.started or time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        """Stop if the time is up, on any worker."""
        if self._gather.any(time.monotonic() - self.started >= self.seconds):
            self.model.stop_training = True


def stop_signals() -> list[signal.Signals]:
    """Return SIGINT, SIGTERM and, unless it is ignored as under nohup, SIGHUP."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        numbers.append(signal.SIGHUP)  # Windows has none
    return numbers


class StopOnSignal(keras.callbacks.Callback):
    """Stop at the end of a step, on one of `stop_signals`. A second signal stops immediately.

    Attributes:
        received: number of the signal, to whichever worker; None if there was none.
    """

    def __init__(self):
        super().__init__()
        self.received = None
        self._own = None  # what this process received
        self._gather = PeriodicGather()

    def on_train_begin(self, logs=None):
        """Install the signal handlers."""
        self._previous = {number: signal.signal(number, self._handle) for number in stop_signals()}

    def on_train_batch_end(self, batch, logs=None):
        """Stop if there was a signal, on any worker."""
        if self._hear(self._gather([self._own or 0])):
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Restore the previous signal handlers."""
        self._hear(gather_from_workers([self._own or 0]))  # one since the workers last asked
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _hear(self, numbers: np.ndarray | None) -> bool:
        """Return whether a worker has received a signal, given each one's number or 0."""
        if numbers is None or not numbers.any():
            return False
        self.received = int(numbers.max())
        return True

    def _handle(self, number, frame):
        if self._own is not None:
            raise KeyboardInterrupt
        self._own = number


class DivergedError(UserError):
    """A loss or a weight has become NaN or infinite.

    Args:
        what: says which one, and at which step.
    """

    def __init__(self, what: str):
        super().__init__(f"{what}. Try {LOWER_RATE}")


class StopOnDivergence(keras.callbacks.Callback):
    """Raise `DivergedError` at the first step with a loss that is NaN or infinite.

    Put it before `Checkpoint`, so that the weights of such a step are not saved.

    Args:
        writer: a `tf.summary` writer for the error's message; None for none.
    """

    def __init__(self, writer: Any = None):
        super().__init__()
        self.writer = writer

    def on_train_batch_end(self, batch, logs=None):
        """Check every loss."""
        for name, value in (logs or {}).items():
            if not math.isfinite(value):
                step = self.model.step
                error = DivergedError(f"{name} became {value} at step {step}")
                if self.writer is not None:
                    write_text(self.writer, step, str(error))
                raise error
