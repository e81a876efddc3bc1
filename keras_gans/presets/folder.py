"""The folder of a preset: its files, and what is checked before any of them is read."""

import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from keras_gans.errors import UserError
from keras_gans.files import atomic_path, set_aside
from keras_gans.npz import read_arrays

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
CARD, EXAMPLES, SAMPLES = "README.md", "examples.npz", "samples.png"
NEEDED = (CONFIG, WEIGHTS)
MAX_BYTES = {  # larger files were made to fill the memory
    CONFIG: 8 * 2**20,
    METADATA: 2**20,
    WEIGHTS: 4 * 2**30,
    CARD: 2**20,
    EXAMPLES: 256 * 2**20,
    SAMPLES: 64 * 2**20,
}
MAX_STEPS = 2**63 - 1  # what a model's counter holds
FILES = tuple(MAX_BYTES)  # all that belongs to a preset: others are not read, nor published


class PresetError(UserError):
    """A preset cannot be found, opened, written or published. The message says why."""


@dataclass(frozen=True)
class PresetFolder:
    """A preset on disk. Its files are checked against metadata.json before they are read.

    Attributes:
        path: the folder.
        name: for messages, and for the folder of what commands write.
        swapped: whether a translator's domains a and b are to be swapped.
    """

    path: Path
    name: str
    swapped: bool = False

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What metadata.json says.

        Raises:
            PresetError: there is none, or `save_to_preset` did not write it so.
        """
        content = self._json(METADATA)
        files, networks = content.get("files"), content.get("networks")
        if not isinstance(files, dict) or not isinstance(networks, list):
            raise self.damaged(METADATA, "it lists no files and no networks")
        if not set(NEEDED) <= set(files) <= set(FILES) - {METADATA}:
            raise self.damaged(METADATA, "it lists other files than those of a preset")
        if not all(map(_is_listed, files.values())):
            raise self.damaged(METADATA, "it has no sizes and hashes")
        steps, data = content.get("steps", 0), content.get("data", "")
        if not isinstance(steps, int) or not 0 <= steps <= MAX_STEPS or not isinstance(data, str):
            raise self.damaged(METADATA, "its steps are no number, or its data have no name")
        return content

    @property
    def config(self) -> dict[str, Any]:
        """What config.json says: the serialized model."""
        self.check(CONFIG)
        return self._json(CONFIG)

    @property
    def networks(self) -> list[str]:
        """The names of the networks whose weights it holds."""
        return list(map(str, self.metadata["networks"]))

    def check_all(self) -> None:
        """Check every file.

        Raises:
            PresetError: one is missing, or is not the one that was saved.
        """
        for name in self.metadata["files"]:
            self.check(name)

    def copy_to(self, folder: str | os.PathLike) -> None:
        """Copy the preset's files, after all have been checked, and nothing else that is there.

        Args:
            folder: the copy. A preset that is there is replaced.

        Raises:
            PresetError: a file is damaged, or the folder holds something else.
        """
        self.check_all()
        with new_preset(Path(folder).expanduser()) as part:
            for name in (*self.metadata["files"], METADATA):
                shutil.copy(self.path / name, part / name)

    def check(self, name: str) -> Path:
        """Return the path of a file whose size and hash are those in metadata.json.

        Raises:
            PresetError: they are not, or there is no such file.
        """
        listed = self.metadata["files"].get(name)
        if listed is None:
            raise self.damaged(METADATA, f"it does not list {name}")
        path = self.path / name
        size = self._size(name)
        if size != listed["size"]:
            raise self.damaged(name, f"it has {size:,} bytes, not {listed['size']:,}")
        if sha256(path) != listed["sha256"]:
            raise self.damaged(name, "its content is not what was saved")
        return path

    def read_examples(self) -> Any:
        """Return the batch of examples, images in [-1, 1]; None if the preset has none.

        Raises:
            PresetError: the file is damaged.
        """
        from keras_gans.pixels import from_pixels

        if EXAMPLES not in self.metadata["files"]:
            return None
        path = self.check(EXAMPLES)
        try:
            arrays = read_arrays(path, MAX_BYTES[EXAMPLES])
            batch = tuple(from_pixels(x) if x.dtype == "uint8" else x for x in arrays)
        except Exception as error:  # of a damaged file, nearly any
            raise self.damaged(EXAMPLES, "it cannot be read") from error
        batch = batch[::-1] if self.swapped else batch
        return batch if len(batch) > 1 else batch[0]

    def damaged(self, name: str, why: str) -> PresetError:
        """Return the error of a file that is not what was saved."""
        return PresetError(
            f"{self.path / name} is damaged: {why}\nDelete it, and get the preset anew"
        )

    def _json(self, name: str) -> dict[str, Any]:
        self._size(name)
        try:
            content = json.loads((self.path / name).read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise self.damaged(name, "it is not JSON") from error
        if not isinstance(content, dict):
            raise self.damaged(name, "it is no mapping")
        return content

    def _size(self, name: str) -> int:
        path = self.path / name
        try:
            size = path.stat().st_size
        except OSError as error:
            missing = f"{self.name} is no preset: {path} is missing"
            raise PresetError(missing) from error
        if not path.is_file() or size > MAX_BYTES[name]:
            raise self.damaged(name, f"it may have {MAX_BYTES[name]:,} bytes at most, not {size:,}")
        return size


def is_preset(folder: Path) -> bool:
    """Return whether a folder holds a preset, damaged or not."""
    return (folder / METADATA).is_file() and (folder / WEIGHTS).is_file()


@contextlib.contextmanager
def new_preset(folder: Path) -> Iterator[Path]:
    """Yield an empty temporary folder that becomes a preset as a whole, or not at all.

    A preset that is there is replaced.

    Raises:
        PresetError: the folder holds something else, or more than a preset.
    """
    is_empty = folder.is_dir() and not any(folder.iterdir())
    if folder.exists() and not (is_preset(folder) or is_empty):
        raise PresetError(f"{folder} is no preset, and would be replaced: give another folder")
    if others := [path.name for path in folder.glob("*") if path.name not in FILES]:
        names = ", ".join(sorted(others)[:3])
        raise PresetError(f"{folder} holds more than a preset ({names}): give another folder")
    with atomic_path(folder) as part:
        part.mkdir()
        yield part
        if folder.exists():
            set_aside(folder, part)


def sha256(path: Path) -> str:
    """Return the SHA-256 hash of a file's content, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_listed(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    size, digest = entry.get("size"), entry.get("sha256")
    return isinstance(size, int) and bool(re.fullmatch("[0-9a-f]{64}", str(digest)))
