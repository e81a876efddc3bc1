"""Lines on the console and in TensorBoard."""

import sys
from typing import Any, TextIO


def print_line(text: str, stream: TextIO | None = None) -> None:
    """Print a line. On a terminal, it replaces the progress bar, which is drawn again below it."""
    stream = stream or sys.stdout
    start = "\r\033[K" if stream.isatty() else ""
    print(f"{start}{text}", file=stream, flush=True)


def write_text(writer: Any, step: int, text: str) -> None:
    """Write a text to TensorBoard, with the tag "training_monitor"."""
    import tensorflow as tf

    with writer.as_default(step=step):
        tf.summary.text("training_monitor", text)
    writer.flush()
