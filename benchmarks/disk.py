"""A disk of its own that can be full or read-only at any moment: a tmpfs, which root can mount."""

import contextlib
import ctypes
import os
import subprocess
import sys
from pathlib import Path

CLONE_NEWNS = 0x00020000  # of unshare(2): mounts of this process and its children alone
MEGABYTES = 128


def can_mount() -> bool:
    """Return whether this process can mount; its mounts are from now on unseen by others.

    They vanish with the process, however it ends.
    """
    if sys.platform != "linux" or ctypes.CDLL(None).unshare(CLONE_NEWNS):
        return False
    return _run("mount", "--make-rprivate", "/")


class Disk:
    """A folder, which is a small disk of its own if that can be mounted.

    Args:
        folder: where it is.
        mounted: whether to mount it. If not, `fill` and `freeze` cannot be called.
    """

    def __init__(self, folder: Path, mounted: bool):
        self.folder, self.mounted = folder, mounted
        self._filler, self._frozen = folder / "filler", False
        folder.mkdir()
        if mounted and not _run(
            "mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", folder
        ):
            raise OSError(f"a tmpfs cannot be mounted at {folder}")

    def fill(self) -> None:
        """Leave no byte free."""
        block = bytes(2**20)
        with open(self._filler, "ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(block)

    def freeze(self) -> None:
        """Refuse every write but to files that are open already, as a disk mounted read-only does.

        A disk with open files cannot be mounted again as it is, so a second mount covers it.
        """
        if not _run("mount", "--bind", "-o", "ro", self.folder, self.folder):
            raise OSError(f"{self.folder} cannot be mounted read-only")
        self._frozen = True

    def mend(self) -> None:
        """Give the disk back as it was before `fill` or `freeze`."""
        if self._frozen:
            _run("umount", "--lazy", self.folder)
            self._frozen = False
        self._filler.unlink(missing_ok=True)

    def close(self) -> None:
        """Unmount it."""
        self.mend()
        if self.mounted:
            _run("umount", "--lazy", self.folder)


def _run(*command: str | os.PathLike) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0
