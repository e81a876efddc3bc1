"""Files of a run that are named after a step: checkpoints and sample grids."""

import re
from pathlib import Path

_NAME = re.compile("step-([0-9]{8}|[1-9][0-9]{8,})")


def step_path(folder: Path, step: int, suffix: str) -> Path:
    """Return the path of a step's file; `suffix` is ".keras" or ".png"."""
    return folder / f"step-{step:08d}{suffix}"


def step_of(file: Path) -> int:
    """Return the step that a file is named after."""
    return int(file.stem.partition("-")[2])


def step_files(folder: Path, suffix: str) -> list[Path]:
    """Return the files of all steps, the first step first.

    Files that others put there, such as copies with other names, are left alone.
    """
    found = (path for path in folder.glob(f"step-*{suffix}") if _NAME.fullmatch(path.stem))
    return sorted(found, key=step_of)
