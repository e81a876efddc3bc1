"""Which commit of this library is running."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def commit() -> str:
    """Return the commit's short hash, with "+" if files were changed since; "" if it is not known.

    It is known in a checkout of the repository, where git is installed.
    """
    if not (ROOT / ".git").exists():
        return ""
    try:
        return _git("rev-parse", "--short", "HEAD") + (
            "+" if _git("diff", "HEAD", "--stat") else ""
        )
    except (OSError, subprocess.CalledProcessError):
        return ""


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
