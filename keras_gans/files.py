"""Atomic writing of files, and locks."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import filelock
import platformdirs

PART = ".part-"  # prefix of temporary folders
_EARLIER = "earlier"  # in one of them: what `set_aside` moved out of the way
MOVED = 10.0  # seconds after which a living process has made both moves of a replacement
ABANDONED = 24 * 60 * 60.0  # seconds after which nobody writes to one any more


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path for a file or folder that replaces `path` in one move.

    The temporary path has the same name, in a new folder beside `path`. If the block raises, it is
    deleted, and `path` is unchanged. A file's content is on the disk before the move. Parent
    folders are created. What a killed process was writing there is deleted after a day, and what it
    had set aside is put back after ten seconds.

    A folder that exists is not replaced, unless the block ends with `set_aside`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _tidy(path.parent)
    folder = Path(tempfile.mkdtemp(prefix=PART, dir=path.parent))
    try:
        part = folder / path.name
        yield part
        if part.is_file():  # else the move may survive a power failure that the content does not
            with open(part, "r+b") as file:  # Windows syncs no file that is only read
                os.fsync(file.fileno())
        os.replace(part, path)
        sync(path.parent)
    finally:
        with contextlib.suppress(OSError):
            _put_back(folder)
            shutil.rmtree(folder, ignore_errors=True)


def set_aside(path: Path, part: Path) -> None:
    """Make way for a folder: move the one that exists away from its path.

    Where the new one does not get there, the folder is moved back: at once if that fails; if the
    process is killed, by what writes beside it next, ten seconds later or more.

    Args:
        path: the folder that is replaced.
        part: the temporary path that `atomic_path(path)` yielded, complete.
    """
    earlier = part.parent / _EARLIER
    earlier.mkdir()
    path.rename(earlier / path.name)


def _put_back(part: Path) -> None:
    """Move what was set aside back, unless the new one is there."""
    for earlier in part.glob(f"{_EARLIER}/*"):
        if not (part.parent / earlier.name).exists():
            earlier.rename(part.parent / earlier.name)


def atomic_write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file that replaces an older one in one move; see `printable`."""
    with atomic_path(path) as part:
        part.write_text(printable(text), encoding="utf-8")


def printable(text: str) -> str:
    r"""Return text that is UTF-8: bytes of a name in another encoding become \x94 and the like."""
    raw = text.encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "backslashreplace")


def delete_parts(folder: Path) -> None:
    """Delete the temporary folders that killed processes left in a folder."""
    for part in folder.glob(f"{PART}*"):
        _put_back(part)
        shutil.rmtree(part) if part.is_dir() else part.unlink()


def _tidy(folder: Path) -> None:
    """Put back what killed processes set aside, and delete what they left a day ago.

    What was set aside a moment ago may be a living process's, whose new folder needs the place.
    """
    for part in folder.glob(f"{PART}*"):
        with contextlib.suppress(OSError):  # its own process may delete it too
            age = time.time() - part.stat().st_mtime
            if age > MOVED:
                _put_back(part)
            if age > ABANDONED:
                shutil.rmtree(part)


def cache_folder() -> Path:
    """Return the platform's folder for downloads of this library."""
    return Path(platformdirs.user_cache_dir("keras_gans", appauthor=False))


@contextlib.contextmanager
def download_lock() -> Iterator[None]:
    """Hold a lock, so that only one process of this user downloads at a time."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(cache_folder() / "download.lock"):
        yield


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold a lock on a file, for one process at a time; none where the file system has no locks."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(file) if has_locks(file) else contextlib.nullcontext():
        yield


def has_locks(file: Path) -> bool:
    """Return whether a file's system has locks: if not, no lock says that a file is in use."""
    try:
        import fcntl
    except ImportError:  # Windows, which has them everywhere
        return True
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def sync(folder: Path) -> None:
    """Write a folder's entries to disk, so that a move survives a power failure."""
    if hasattr(os, "O_DIRECTORY"):  # Windows has no such flag
        descriptor = os.open(folder, os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
