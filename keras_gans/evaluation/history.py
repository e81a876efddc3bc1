"""The file of a training's evaluations: one JSON object per line."""

import json
import math
import os
from pathlib import Path
from typing import Any

from keras_gans.errors import UserError
from keras_gans.files import atomic_write_text


def read_history(file: str | os.PathLike) -> list[dict[str, Any]]:
    """Return the evaluations, the first one first; none if there is no file.

    Raises:
        UserError: the file is damaged.
    """
    path = Path(file)
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [_evaluation(line) for line in lines]
    except (ValueError, AttributeError, TypeError) as error:
        raise UserError(f"{path} is damaged: move it away to begin it again") from error


def _evaluation(line: str) -> dict[str, Any]:
    found = {name: math.nan if value is None else value for name, value in json.loads(line).items()}
    if not isinstance(found.get("step"), int):
        raise ValueError("there is no step")
    return found


def write_history(file: str | os.PathLike, evaluations: list[dict[str, Any]]) -> None:
    """Write the evaluations. NaN and infinity, which JSON does not have, become null."""
    atomic_write_text(Path(file), "".join(map(_line, evaluations)))


def _line(evaluation: dict[str, Any]) -> str:
    known = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in evaluation.items()
    }
    return json.dumps(known) + "\n"
