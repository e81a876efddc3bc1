"""A quiet start for commands."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator


def import_tensorflow_quietly() -> None:
    """Import TensorFlow without the lines that it writes to stderr whatever its log level.

    Call this before anything imports Keras.
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
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
