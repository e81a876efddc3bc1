"""How far a long work on images is."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TypeVar

from tqdm import tqdm

from keras_gans.data.left_out import say

PATIENCE = 5.0  # seconds of work before a file has a line of it
_LINES = 60.0  # seconds between further lines
_BAR_DELAY = 1.0  # seconds before a terminal has a bar

Result = TypeVar("Result")


class Progress:
    """Says on stderr how much is done: a bar on a terminal, else a line now and then.

    Args:
        title: what is done: "reading horses".
        total: how many units of work it has.
        unit: their name.
    """

    def __init__(self, title: str, total: int, unit: str = "images"):
        self.title, self.total, self.unit, self.done = title, total, unit, 0
        self._began, self._next = time.monotonic(), PATIENCE
        self._terminal = sys.stderr.isatty()
        self._bar = tqdm(
            desc=title,
            total=total,
            unit=f" {unit}",
            delay=_BAR_DELAY,
            leave=False,
            ncols=shutil.get_terminal_size().columns - 1,  # as of other bars
            disable=not self._terminal,
        )

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_) -> None:
        self._bar.close()

    def after(self, result: Result) -> Result:
        """Count one unit of work; return its result, which is given."""
        self.add(1)
        return result

    def add(self, count: int) -> None:
        """Count units of work that are done."""
        self.done += count
        self._bar.update(count)
        seconds = time.monotonic() - self._began
        if not self._terminal and seconds >= self._next:
            so_far = f"{self.done:,} of {self.total:,} {self.unit} after {seconds:.0f} seconds"
            say(f"{self.title}: {so_far}")
            self._next = seconds + _LINES
