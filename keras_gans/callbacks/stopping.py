"""Reasons to stop: enough time, a signal, a term that is no number any more."""

import math
import signal
import time
from typing import Any

import keras

from keras_gans.callbacks.balance import LOWER_RATE, begin_again, write_text


class StopAfter(keras.callbacks.Callback):
    """Stop cleanly, at the end of a step, after some minutes of training.

    Args:
        minutes: counted from the first `fit` on.
    """

    def __init__(self, minutes: float):
        super().__init__()
        self.seconds = 60.0 * minutes
        self.started = None

    def on_train_begin(self, logs=None):
        """Start the clock, once."""
        self.started = self.started or time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        """Stop where the time is up."""
        if time.monotonic() - self.started >= self.seconds:
            self.model.stop_training = True


def stop_signals() -> list[signal.Signals]:
    """Return what asks to stop: Ctrl-C, SIGTERM, and the terminal's end, but not under nohup."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        numbers.append(signal.SIGHUP)  # Windows has none
    return numbers


class StopOnSignal(keras.callbacks.Callback):
    """Stop cleanly, at the end of a step, on one of `stop_signals`. A second one stops at once.

    Attributes:
        received: the signal's number; None while there was none.
    """

    def __init__(self):
        super().__init__()
        self.received = None

    def on_train_begin(self, logs=None):
        """Listen."""
        self._before = {number: signal.signal(number, self._note) for number in stop_signals()}

    def on_train_batch_end(self, batch, logs=None):
        """Stop where a signal came."""
        if self.received is not None:
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Listen no more."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number, frame):
        if self.received is not None:
            raise KeyboardInterrupt
        self.received = number


class DivergedError(RuntimeError):
    """A term of the loss, or a weight, is not finite any more. The message says what to try.

    Args:
        what: which one, and at which step.
    """

    def __init__(self, what: str):
        super().__init__(f"{what}. {begin_again(LOWER_RATE)}")


class StopOnDivergence(keras.callbacks.Callback):
    """Raise `DivergedError` at the first step with a term that is NaN or infinite, naming it.

    Put it before `Checkpoint`, so that the weights of such a step are not saved.

    Args:
        writer: a `tf.summary` writer for the error's message; None for none.
    """

    def __init__(self, writer: Any = None):
        super().__init__()
        self.writer = writer

    def on_train_batch_end(self, batch, logs=None):
        """Look at every term."""
        for name, value in (logs or {}).items():
            if not math.isfinite(value):
                step = int(self.model.steps)
                error = DivergedError(f"{name} became {value} at step {step}")
                if self.writer is not None:
                    write_text(self.writer, step, str(error))
                raise error
