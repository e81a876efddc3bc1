"""Files that appear whole, or not at all."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to, which then takes the place of `path` in one move.

    It lies beside `path` and is called `.part-<name>`. It is deleted where the block raises.
    """
    part = path.with_name(f".part-{path.name}")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a text file that takes the place of an older one in one move."""
    with replacing(path) as part:
        part.write_text(text)
