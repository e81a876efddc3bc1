"""What all commands share: a quiet start, and kinds of numbers for their flags."""

import argparse
import contextlib
import math
import os
import sys
import tempfile
from collections.abc import Iterator


def import_tensorflow_quietly() -> None:
    """Import TensorFlow without the lines that it writes to stderr whatever its log level.

    Call this before anything imports Keras.
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with hidden_stderr():
        import tensorflow as tf

        tf.config.get_visible_devices()  # what looking for a GPU has to say comes here


@contextlib.contextmanager
def hidden_stderr() -> Iterator[None]:
    """Hide what libraries write to stderr, also from C++; show it after all where they raise."""
    with tempfile.TemporaryFile() as hidden:
        sys.stderr.flush()
        stderr = os.dup(2)
        os.dup2(hidden.fileno(), 2)
        try:
            yield
        except BaseException:
            hidden.seek(0)
            os.write(stderr, hidden.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def positive(text: str) -> int:
    """Return a whole number from 1 on, for argparse."""
    return _number(text, int, 1, math.inf, "a whole number, 1 or more")


def seed(text: str) -> int:
    """Return a seed, for argparse."""
    return _number(text, int, 0, 2**32 - 1, "a whole number from 0 to 4294967295")


def count(text: str) -> int:
    """Return a whole number from 0 on, for argparse."""
    return _number(text, int, 0, math.inf, "a whole number, 0 or more")


def weight(text: str) -> float:
    """Return a finite number from 0 on, for argparse."""
    return _number(text, float, 0.0, sys.float_info.max, "a number, 0 or more")


def positive_number(text: str) -> float:
    """Return a finite number over 0, for argparse."""
    return _number(text, float, sys.float_info.min, sys.float_info.max, "a number over 0")


def momentum(text: str) -> float:
    """Return a number from 0 to just under 1, for argparse."""
    return _number(text, float, 0.0, math.nextafter(1.0, 0.0), "a number from 0 to under 1")


def interval(text: str) -> tuple[float, bool]:
    """Return a number of steps, or of seconds, and whether it is seconds; for argparse."""
    if text.endswith("s"):
        return positive_number(text[:-1]), True
    return positive(text), False


def _number(text: str, kind: type, least: float, most: float, what: str):
    try:
        value = kind(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"must be {what}, not {text!r}")
    return value
