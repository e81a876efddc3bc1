"""Files that appear whole or not at all, and the error of those that cannot."""

import os
import shutil
import tempfile
from pathlib import Path


class ExportError(Exception):
    """The export cannot be made as asked. The message says what to do about it."""


class MissingError(ExportError):
    """The export needs what is not here: a package, a network, or pictures to show."""


class Place:
    """A file or folder that appears whole, or not at all.

    Use in a `with` statement: gives a path to write to, which is moved to `path` at the end where
    nothing was raised, and deleted else.
    """

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self) -> Path:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.folder = Path(tempfile.mkdtemp(prefix=".part-", dir=self.path.parent))
        except OSError as error:
            reason = error.strerror
            raise ExportError(f"{self.path.parent} cannot be written ({reason})") from error
        return self.folder / self.path.name

    def __exit__(self, kind, error, traceback) -> None:
        try:
            if error is None:
                os.replace(self.folder / self.path.name, self.path)
        except OSError as failure:
            raise ExportError(f"{self.path} is in the way ({failure.strerror})") from failure
        finally:
            shutil.rmtree(self.folder)
