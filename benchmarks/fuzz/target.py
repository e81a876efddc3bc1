"""What a fuzzed entry point is: how its inputs are drawn and how it is called."""

import random
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keras_gans.errors import UserError


@dataclass(frozen=True)
class Input:
    """An input.

    Attributes:
        what: what is broken about it.
        files: their content, by their path in the target's folder. They replace what is there.
        options: how the entry point is called.
    """

    what: str
    files: dict[str, bytes]
    options: dict[str, Any] = field(default_factory=dict)


class Target(ABC):
    """An entry point that opens files, or answers requests, of others.

    Args:
        folder: where it may have files, which no call may change.
        base: folder of the runs in `RUNS`.
        marker: path of a file that inputs try to create by being executed.

    Attributes:
        refusals: the errors that mean that an input was refused as it should be. Commands print
            both of these as one line.
    """

    refusals: tuple[type[BaseException], ...] = (UserError, OSError)

    def __init__(self, folder: Path, base: Path, marker: Path):
        self.folder, self.base, self.marker = folder, base, marker

    @abstractmethod
    def fill(self) -> None:
        """Write the files that are there besides an input's."""

    @abstractmethod
    def draw(self, rng: random.Random) -> Input:
        """Return an input."""

    @abstractmethod
    def attempt(self, given: Input) -> None:
        """Call the entry point; the input's files are in the folder."""
