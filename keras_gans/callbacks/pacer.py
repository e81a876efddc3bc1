"""How often callbacks do what takes time, so that training takes most of it."""

import contextlib
import time
from collections.abc import Iterator


class Pacer:
    """Keeps what is done now and then to a small share of the time of training.

    Args:
        share: of the time, about, that it may take.
    """

    def __init__(self, share: float = 0.02):
        self.share = share
        self._cost = 0.0
        self._ended = time.monotonic()

    @property
    def pause(self) -> float:
        """Seconds since it was done."""
        return time.monotonic() - self._ended

    @property
    def due(self) -> bool:
        """Whether it was long enough ago for what it took then; at first it is due at once."""
        return self.pause >= self._cost / self.share

    @contextlib.contextmanager
    def measured(self) -> Iterator[None]:
        """Measure how long it takes."""
        started = time.monotonic()
        yield
        self._ended = time.monotonic()
        self._cost = self._ended - started
