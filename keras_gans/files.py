"""Files that appear whole, or not at all, and are fetched once."""

import contextlib
import fcntl
import os
import tempfile
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


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Keep this user's other processes out of such blocks: of downloads into the same place."""
    with open(Path(tempfile.gettempdir()) / f"keras_gans-{os.getuid()}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write_whole(path: Path, text: str) -> None:
    """Write a text file that takes the place of an older one in one move."""
    with replacing(path) as part:
        part.write_text(text)
