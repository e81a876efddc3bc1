"""A folder of decoded images that are kept between runs: several processes read and write it.

An entry is a folder, named by a key that says all that its content depends on. It is written under
another name and moved to its own in one step, so it is there whole or not at all. Its images are
files that are mapped into memory. Nothing in an entry is executed when it is read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import numpy as np

from keras_gans.data.entry_files import INFO, append, finish, images_file, read_entry, reserve
from keras_gans.data.errors import DataError
from keras_gans.data.in_use import HAS_LOCKS, InUse
from keras_gans.data.left_out import say
from keras_gans.errors import first_line
from keras_gans.files import ABANDONED, sync

SIZE_VARIABLE = "KERAS_GANS_CACHE_GB"
_PART = ".entry-"  # prefix of entries that are written or deleted; `keras_gans.files` has its own
_OVERHEAD = 16_384  # bytes on disk, about, of an entry beside its images
_NOTES_LAST = 365 * 24 * 60 * 60  # seconds that notes, which are small, stay longer than images
_LOCKS = 64

Append = Callable[[Sequence[np.ndarray]], None]


class CacheError(Exception):
    """The cache's folder cannot be used. The message says why."""


class TooLargeError(Exception):
    """Images do not fit the cache.

    Attributes:
        needed: how many bytes they have.
        most: how many bytes there is room for.
    """

    def __init__(self, needed: int, most: float):
        """Say how large they are."""
        super().__init__(f"there is room for {max(most, 0) / 1e9:,.1f} GB")
        self.needed, self.most = needed, most


@dataclass(frozen=True)
class Entry:
    """What is kept under a key.

    Attributes:
        arrays: images, uint8 (n, h, w, c), mapped; none for a note.
        info: what else there is to know of them, as JSON.
    """

    arrays: tuple[np.ndarray, ...]
    info: Any


@dataclass(frozen=True)
class Transient:
    """Info of what is used but not kept, because another time it may be another.

    Attributes:
        info: what else there is to know, as JSON.
        why: what went wrong.
    """

    info: Any
    why: str


def key_of(**parts: Any) -> str:
    """Return a key: a hash of everything that an entry depends on, as JSON."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Cache:
    """Entries in a folder, of which the least recently used are deleted to make room.

    Together they take at most half of the disk that would be free without them, or as many
    gigabytes as the environment variable KERAS_GANS_CACHE_GB says. Those that a process uses stay.

    Args:
        folder: where they are.
    """

    folder: Path

    def find(self, key: str) -> Entry | None:
        """Return an entry, which is in use until its arrays are gone; None if there is none.

        One that is damaged is deleted.
        """
        folder = self.folder / key
        if not os.path.isdir(folder):  # False too where it cannot be told
            return None
        try:
            in_use = InUse(folder)
        except OSError:  # it is being deleted
            return None
        try:
            arrays, info = read_entry(folder)
            in_use.keep_with(arrays)
        except (OSError, ValueError, KeyError, TypeError) as error:
            in_use.end()
            if self._delete(folder):
                say(f"{folder} was damaged ({error}), and is deleted")
            return None
        finally:
            in_use.end()
        with contextlib.suppress(OSError):  # a folder that is only read
            os.utime(folder / INFO)
        return Entry(arrays, info)

    @contextlib.contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """Let one process at a time make an entry, so that the others find it.

        Raises:
            CacheError: the folder cannot be written.
        """
        locks = self.folder / "locks"
        with _cache_errors():
            locks.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(locks / f"{int(key, 16) % _LOCKS}.lock")
            try:
                lock.acquire(timeout=0)
            except filelock.Timeout:
                say("waiting for another process that decodes the same images")
                lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def write(
        self, key: str, shapes: Sequence[tuple[int, ...]], produce: Callable[[Append], Any]
    ) -> Entry:
        """Make an entry, and return it.

        Args:
            key: its name.
            shapes: of the arrays, or of larger ones: (n, h, w, c).
            produce: is called with a function that appends images (k, h, w, c) to each array, and
                returns the entry's info. If that is transient, the entry is never found.

        Raises:
            TooLargeError: there is no room for the arrays.
            CacheError: they cannot be written. Errors of `produce` itself pass as they are.
        """
        with contextlib.ExitStack() as held:
            with _cache_errors():
                part, files = self._begin(shapes, held)

            def append_to_files(images: Sequence[np.ndarray]) -> None:
                with _cache_errors():
                    append(files, images)

            info = produce(append_to_files)
            with _cache_errors():
                if isinstance(info, Transient):
                    finish(part, files, shapes, info.info)
                    # Its files are deleted now, and their bytes stay as long as they are mapped.
                    return Entry(read_entry(part)[0], info)
                finish(part, files, shapes, info)
                with contextlib.suppress(OSError):  # another process, which did not wait, was first
                    os.rename(part, self.folder / key)
                sync(self.folder)
        entry = self.find(key)
        if entry is None:
            raise CacheError(f"{self.folder / key} is gone")
        return entry

    def _begin(
        self, shapes: Sequence[tuple[int, ...]], held: contextlib.ExitStack
    ) -> tuple[Path, list[Any]]:
        """Make the folder and the files of an entry; `held` closes and deletes what is left."""
        self.folder.mkdir(parents=True, exist_ok=True)
        sizes = [math.prod(shape) for shape in shapes]
        with filelock.FileLock(self.folder / "room.lock"):
            if sizes:
                self._make_room(sum(sizes))
            part = Path(tempfile.mkdtemp(prefix=_PART, dir=self.folder))
            held.callback(shutil.rmtree, part, ignore_errors=True)
            held.callback(InUse(part).end)
            files: list[Any] = []
            for number, size in enumerate(sizes):
                files.append(held.enter_context(open(images_file(part, number), "w+b")))
                reserve(files[-1], size)
        return part, files

    def remember(self, key: str, compute: Callable[[], Any]) -> Any:
        """Return what `compute` returned under this key before, or compute and keep it: JSON."""
        found = self.find(key)
        if found is not None:
            return found.info
        info = compute()
        if isinstance(info, Transient):
            return info
        with contextlib.suppress(CacheError):
            self.write(key, (), lambda _: info)
        return info

    def _make_room(self, needed: int) -> None:
        """Delete what was not used for the longest time, until there is room.

        Raises:
            TooLargeError: there would not be enough room without all that is not in use.
        """
        entries = sorted(filter(None, map(_size_and_age, self.folder.iterdir())))
        free, used = shutil.disk_usage(self.folder).free, sum(size for _, size, _ in entries)
        limit = _limit()
        most = (free + used) / 2 if limit is None else min(limit, free + used)
        if needed > most:
            raise TooLargeError(needed, most)
        for last_used, size, folder in entries:
            if last_used and used + needed <= most:
                return
            if self._delete(folder):
                used -= size
        if used + needed > most:
            raise TooLargeError(needed, most - used)

    def _delete(self, folder: Path) -> bool:
        """Delete an entry, unless it is in use; return whether it was."""
        try:
            alone = InUse(folder, alone=True)
        except OSError:
            return False
        try:
            doomed = Path(tempfile.mkdtemp(prefix=_PART, dir=self.folder))
            os.rename(folder, doomed / folder.name)  # in one step: nobody reads half of it
        except OSError:
            return False
        finally:
            alone.end()
        shutil.rmtree(doomed, ignore_errors=True)
        return True


@contextlib.contextmanager
def _cache_errors() -> Iterator[None]:
    """Tell errors of the cache's folder from those of the data, which may be on another disk."""
    try:
        yield
    except OSError as error:
        raise CacheError(first_line(error)) from error


def _limit() -> float | None:
    """Bytes that all entries may have, if somebody has set that."""
    text = os.environ.get(SIZE_VARIABLE)
    if text is None:
        return None
    with contextlib.suppress(ValueError):
        if 0 <= float(text) < math.inf:
            return float(text) * 1e9
    raise DataError(f"{SIZE_VARIABLE} is {text}: give a number of gigabytes, or 0 for none")


def _size_and_age(folder: Path) -> tuple[float, int, Path] | None:
    """When an entry was used last, its bytes, and itself; what a killed process left is oldest.

    Notes count as used later than they were.
    """
    try:
        if not folder.is_dir() or folder.name == "locks":
            return None
        size = _OVERHEAD + sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        if not folder.name.startswith(_PART):
            bonus = 0 if (images_file(folder, 0)).exists() else _NOTES_LAST
            return bonus + (folder / INFO).stat().st_mtime, size, folder
        changed = folder.stat().st_mtime
        abandoned = HAS_LOCKS or time.time() - changed > ABANDONED
        return 0.0 if abandoned else math.inf, size, folder
    except OSError:  # deleted at this moment, or not to be read
        return None
