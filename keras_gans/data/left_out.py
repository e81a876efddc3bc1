"""What of a data set is not used, and why: said in one line, and listed whole."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

_NAMED = 3  # files of each reason, at most, in the line


@dataclass(frozen=True)
class LeftOut:
    """A file that is not used.

    Attributes:
        path: the file.
        reason: "no image", "damaged", "no label" and the like.
        detail: what is wrong with this one, or how to convert it; empty if there is no more to say.
    """

    path: Path
    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" + (f" ({self.detail})" if self.detail else "")


def summary(left_out: Iterable[LeftOut]) -> str:
    """Return what is left out in a line: how many files for each reason, and some of them."""
    groups: dict[str, list[LeftOut]] = {}
    for each in left_out:
        groups.setdefault(each.reason, []).append(each)
    return ", ".join(f"{len(group):,} {_group(reason, group)}" for reason, group in groups.items())


def _group(reason: str, group: Sequence[LeftOut]) -> str:
    details = {each.detail for each in group if each.detail}
    names = [each.path.name for each in group[:_NAMED]] + ["..."] * (len(group) > _NAMED)
    if len(details) == 1:
        return f"{reason} ({', '.join(names)}: {details.pop()})"
    if details and len(group) <= _NAMED:
        return f"{reason} ({', '.join(f'{each.path.name}: {each.detail}' for each in group)})"
    return f"{reason} ({', '.join(names)})"


_said: ContextVar[set[str] | None] = ContextVar("_said", default=None)


@contextmanager
def saying_once() -> Iterator[None]:
    """Let `say` print each line only once within."""
    token = _said.set(set())
    try:
        yield
    finally:
        _said.reset(token)


def say(line: str) -> None:
    """Print a line on stderr; within `saying_once`, the same line only once."""
    said = _said.get()
    if said is None or line not in said:
        print(line, file=sys.stderr)
        if said is not None:
            said.add(line)
