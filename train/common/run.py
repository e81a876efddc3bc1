"""A run's directory: its settings, its state, and what may be continued."""

import fcntl
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from keras_gans.files import replacing, write_whole
from train.common.errors import UsageError

# What a run writes. `--restart` deletes these in this order, and nothing else that is there:
# without the config, no run could go on from other settings' checkpoints.
PARTS = (
    "checkpoints",
    "seconds.json",
    "model.keras",
    "best.keras",
    "metrics.jsonl",
    "evaluation.md",
    "examples.npz",
    "samples",
    "logs",
    "config.json",
)
NEEDED = {"epochs", "precision"}  # of the settings, to go on with a run


class ForeignError(UsageError):
    """A directory is somebody else's."""


class Run:
    """A run directory. Nothing is written before `begin`.

    Args:
        folder: the directory.
    """

    def __init__(self, folder: str | os.PathLike):
        self.folder = Path(folder)
        self._lock: TextIO | None = None
        self._lock_file = self.folder / ".lock"  # of every run, from its beginning
        self.config_file = self.folder / "config.json"
        self.examples_file = self.folder / "examples.npz"
        self.model_file = self.folder / "model.keras"
        self.best_file = self.folder / "best.keras"
        self.metrics_file = self.folder / "metrics.jsonl"
        self.seconds_file = self.folder / "seconds.json"
        self.logs = self.folder / "logs"
        self.samples = self.folder / "samples"
        self.checkpoints = self.folder / "checkpoints"

    def read_config(self) -> dict[str, Any] | None:
        """Return what `config.json` says; None where there is none.

        Raises:
            UsageError: the file cannot be read.
        """
        try:
            config = json.loads(self.config_file.read_text())
            if not isinstance(config, dict) or not {"variant", "settings", "data"} <= config.keys():
                raise self._foreign()
            if not (NEEDED <= set(config["settings"]) and "fingerprint" in config["data"]):
                raise ValueError("settings or data are not whole")
            return config
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            reason = error.strerror
            raise UsageError(f"{self.config_file} cannot be read ({reason})") from error
        except (ValueError, TypeError) as error:
            raise UsageError(f"{self.config_file} is damaged: --restart begins again") from error

    def before(self, restart: bool) -> dict[str, Any] | None:
        """Return the config to go on with; None where a run begins, or begins again.

        Raises:
            UsageError: the file cannot be read and it is no restart, or what is there is no run's.
        """
        try:
            config = self.read_config()
        except UsageError as error:
            if not restart or isinstance(error, ForeignError):
                raise
            config = None
        if not restart:
            return config
        if config is None and not self._lock_file.exists() and self._parts():
            raise self._foreign()  # it is called like a part of a run, and no run was ever here
        return None

    def begin(
        self, config: dict[str, Any], examples: Sequence[np.ndarray], *, restart: bool = False
    ) -> None:
        """Take the directory for this process and write its config and examples.

        Args:
            config: with "variant", "settings" and "data".
            examples: the arrays of a batch that previews and exports are made with.
            restart: delete what an earlier run left, instead of going on with it.

        Raises:
            UsageError: the directory cannot be written, is in use, or holds a run with settings
                other than these; nothing has been changed then. Only `epochs` may grow.
        """
        before = self.before(restart)
        if before is not None:
            self._refuse_differences(before, config)
        elif not restart and any(self.checkpoints.glob("*")):
            raise UsageError(f"{self.checkpoints} belongs to no known run: --restart deletes it")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = open(self._lock_file, "w")
        except OSError as error:
            reason = error.strerror or error
            raise UsageError(
                f"{self.folder} cannot be written ({reason}): choose another --run-dir"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(f"{self.folder} is in use: another training writes there") from error
        if restart:
            self._delete()
        with replacing(self.examples_file) as part:
            np.savez(part, *examples)
        write_whole(self.config_file, json.dumps(config, indent=2) + "\n")

    def close(self) -> None:
        """Let others have the directory."""
        if self._lock is not None:
            self._lock.close()

    def _foreign(self) -> ForeignError:
        return ForeignError(f"{self.folder} holds no run: choose another --run-dir")

    def _parts(self) -> list[Path]:
        return [self.folder / name for name in PARTS if (self.folder / name).exists()]

    def _delete(self) -> None:
        for part in self._parts():
            if part.is_dir():
                shutil.rmtree(part)
            else:
                part.unlink()

    def _refuse_differences(self, before: dict[str, Any], now: dict[str, Any]) -> None:
        old, new = _comparable(before), _comparable(now)
        differences = [
            f"{name} was {old.get(name)}, now {new.get(name)}"
            for name in sorted(old.keys() | new.keys())
            if old.get(name) != new.get(name)
        ]
        if differences:
            raise UsageError(
                f"{self.folder} was begun with other settings: {'; '.join(differences)}\n"
                "Give the same ones to go on, another --run-dir, or --restart to begin again"
            )
        epochs = before["settings"]["epochs"]
        if now["settings"]["epochs"] < epochs:
            raise UsageError(
                f"{self.folder} was begun with {epochs} epochs, which may grow but not shrink\n"
                "--minutes stops early"
            )


def _comparable(config: dict[str, Any]) -> dict[str, Any]:
    flags = {f"--{name.replace('_', '-')}": value for name, value in config["settings"].items()}
    del flags["--epochs"]
    return {
        "the variant": config["variant"],
        "the data's fingerprint": config["data"]["fingerprint"],
        **flags,
    }
