"""Typed configurations that check their values. Importing this is quick: it needs no TensorFlow."""

import dataclasses
import math
import re
import types
import typing
from dataclasses import dataclass
from typing import Annotated, Any


@dataclass(frozen=True)
class Range:
    """The values that a number may have.

    Args:
        least: the smallest.
        below: all are smaller than this.
        text: says so in a message.
    """

    least: float
    below: float
    text: str

    def __contains__(self, value: float) -> bool:
        return self.least <= value < self.below


POSITIVE = math.ulp(0.0)  # the smallest float over 0

PositiveInt = Annotated[int, Range(1, math.inf, "a whole number, 1 or more")]
NonNegativeInt = Annotated[int, Range(0, math.inf, "a whole number, 0 or more")]
SeedInt = Annotated[int, Range(0, 2**32, "a whole number from 0 to 4294967295")]
PositiveFloat = Annotated[float, Range(POSITIVE, math.inf, "a number over 0")]
NonNegativeFloat = Annotated[float, Range(0.0, math.inf, "a number, 0 or more")]
UnitFloat = Annotated[float, Range(0.0, 1.0, "a number from 0 to under 1")]


class ImageSize(str):
    """The size of images as text: "128" for squares, "128x256" for height and width.

    Raises:
        ValueError: it is neither; the message completes "must be".
    """

    def __new__(cls, text: str | int):
        """Check the text."""
        found = re.fullmatch(r"([1-9]\d*)(?:x([1-9]\d*))?", str(text))
        if not found:
            raise ValueError(f"a size such as 128 or 128x256 (height x width), not {text!r}")
        height, width = found[1], found[2] or found[1]
        return super().__new__(cls, height if height == width else f"{height}x{width}")

    @property
    def sides(self) -> tuple[int, int]:
        """Height and width."""
        height, _, width = self.partition("x")
        return int(height), int(width or height)


class Config:
    """Base of dataclasses whose fields are checked against the ranges in their types.

    Raises:
        ValueError: a value is out of its range, or none of the choices of a `Literal`.
    """

    def __post_init__(self):
        hints = typing.get_type_hints(type(self), include_extras=True)
        for field in dataclasses.fields(typing.cast(Any, self)):
            _check(field.name, getattr(self, field.name), hints[field.name])


def _check(name: str, value: Any, hint: Any) -> None:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        options = typing.get_args(hint)
        literals = [choice for option in options for choice in _choices(option)]
        if value is None or value in literals:
            return
        ranges = [option for option in options if typing.get_origin(option) is Annotated]
        if ranges:
            _check(name, value, ranges[0])
        elif literals:
            raise ValueError(f"{name} must be one of {', '.join(map(str, literals))}, not {value}")
        return
    if typing.get_origin(hint) is Annotated and not _ranges(hint):
        _check(name, value, typing.get_args(hint)[0])  # what it is annotated with is not ours
    elif choices := _choices(hint):
        if value not in choices:
            raise ValueError(f"{name} must be one of {', '.join(map(str, choices))}, not {value}")
    elif any(value not in each for each in _ranges(hint)):
        raise ValueError(f"{name} must be {_ranges(hint)[0].text}, not {value}")


def _ranges(hint: Any) -> list[Range]:
    return [extra for extra in typing.get_args(hint) if isinstance(extra, Range)]


def _choices(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) is typing.Literal else ()
