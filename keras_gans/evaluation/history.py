"""The file of a training's evaluations: one JSON object per line."""

import json
import math
import os
from pathlib import Path
from typing import Any

from keras_gans.errors import UserError
from keras_gans.files import atomic_write_text


class HistoryError(UserError):
    """A file of evaluations is damaged."""


def read_history(file: str | os.PathLike) -> list[dict[str, Any]]:
    """Return the evaluations, the first one first; none if there is no file.

    Raises:
        HistoryError: no training wrote the file so.
    """
    path = Path(file)
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [_evaluation(json.loads(line)) for line in lines]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise HistoryError(f"{path} is damaged: repair or delete it") from error


def write_history(file: str | os.PathLike, evaluations: list[dict[str, Any]]) -> None:
    """Write the evaluations. NaN and infinity, which JSON does not have, become null."""
    atomic_write_text(Path(file), "".join(map(_line, evaluations)))


def _evaluation(line: dict[str, Any]) -> dict[str, Any]:
    known = {name: math.nan if value is None else value for name, value in line.items()}
    if not isinstance(known["step"], int) or not isinstance(known["seconds"], int | float):
        raise ValueError("an evaluation has a step and seconds")
    return known


def _line(evaluation: dict[str, Any]) -> str:
    known = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in evaluation.items()
    }
    return json.dumps(known) + "\n"
