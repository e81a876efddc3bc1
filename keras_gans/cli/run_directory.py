"""A run's directory: where a training keeps its state, and what exports and evaluations read."""

import contextlib
import errno
import shutil
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import filelock
import numpy as np

from keras_gans.cli.run_info import (
    CONFIG,
    EARLIER_CONFIG,
    METADATA,
    NotARunError,
    RunError,
    RunInfo,
    differences_between,
    has_info,
    read_info,
)
from keras_gans.data.left_out import LeftOut
from keras_gans.files import atomic_path, atomic_write_text, delete_parts, has_locks, printable
from keras_gans.npz import read_arrays
from keras_gans.step_files import step_files

# What a file system says that has no locks, such as some network's.
WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)
EARLIER_SECONDS = "seconds.json"  # of version 0.1.0
# What a training writes, and --restart deletes in this order, and nothing else that is there:
# without the configuration, no run could resume from the checkpoints of other settings.
PARTS = (
    "checkpoints",
    "cpu_seconds.json",
    EARLIER_SECONDS,
    "model.keras",
    "best.keras",
    "metrics.jsonl",
    "evaluation.md",
    "examples.npz",
    "left_out.txt",
    "samples",
    "logs",
    METADATA,
    CONFIG,
    EARLIER_CONFIG,
)


class RunDirectory:
    """A run's directory. Nothing is written before `lock`.

    Args:
        folder: the directory.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder).expanduser()
        self.config_file = self.folder / CONFIG
        self.metadata_file = self.folder / METADATA
        self.examples_file = self.folder / "examples.npz"
        self.model_file = self.folder / "model.keras"
        self.best_file = self.folder / "best.keras"
        self.history_file = self.folder / "metrics.jsonl"
        self.evaluation_file = self.folder / "evaluation.md"
        self.cpu_seconds_file = self.folder / "cpu_seconds.json"
        self.left_out_file = self.folder / "left_out.txt"
        self.logs = self.folder / "logs"
        self.samples = self.folder / "samples"
        self.checkpoints = self.folder / "checkpoints"
        self.exports = self.folder / "export"
        self._lock_file = self.folder / ".lock"  # of every run, from its beginning
        self._lock = filelock.FileLock(self._lock_file, timeout=0)
        self._made: list[Path] = []  # folders that were not there before

    # Reading -------------------------------------------------------------------------------------

    def exists(self) -> bool:
        """Return whether there is a run."""
        return has_info(self.folder)

    def read(self) -> RunInfo:
        """Return what the run was trained with and on.

        Raises:
            RunError: there is no run, or its files are damaged.
        """
        return read_info(self.folder)

    def read_examples(self) -> Any:
        """Return the batch that sample grids and exports are made with.

        Raises:
            RunError: the file is damaged.
        """
        try:
            # Trainings do not compress it: if it is smaller than its content, none wrote it.
            batch = read_arrays(self.examples_file, self.examples_file.stat().st_size)
        except Exception as error:  # of a damaged file, nearly any
            raise self.damaged_examples() from error
        return batch if len(batch) > 1 else batch[0]

    def damaged_examples(self) -> RunError:
        """Return the error of examples that no training wrote."""
        return RunError(f"{self.examples_file} is damaged: the training command writes it again")

    def load_model(self, *, best: bool = False) -> Any:
        """Return the model of the newest checkpoint, or the best one.

        Raises:
            CheckpointError: there is none, or it cannot be opened.
        """
        from keras_gans.training.saving import CheckpointError, load_model, newest_first

        if best and not self.best_file.exists():
            raise CheckpointError(
                f"there is no {self.best_file}: training with --evaluate-every keeps it"
            )
        if not best and not newest_first(self.checkpoints):
            raise CheckpointError(f"{self.folder} is not trained yet: it holds no checkpoints")
        return load_model(self.best_file if best else self.checkpoints)

    # Training ------------------------------------------------------------------------------------

    def find(self, *, restart: bool = False) -> RunInfo | None:
        """Return the run to resume; None for a new one. Nothing is written.

        Args:
            restart: begin again: what is there is to be deleted.

        Raises:
            RunError: the directory holds no run but something else, or a damaged run.
        """
        foreign = NotARunError(f"{self.folder} holds no run: choose another --run-dir")
        if not self.exists():
            if not self._was_run and any(map(_holds_anything, self._parts())):
                raise foreign  # it is called like a part of a run, and no run was ever here
            if not restart and any(self.checkpoints.glob("*")):
                raise RunError(f"{self.checkpoints} belongs to no run: --restart deletes it")
            return None
        try:
            earlier = self.read()
        except NotARunError as error:
            raise foreign from error
        except RunError as error:
            if not self._was_run:
                raise foreign from error
            if not restart:
                raise RunError(f"{error}: --restart begins again") from error
            return None
        return None if restart else earlier

    def lock(self, *, restart: bool = False) -> RunInfo | None:
        """Reserve the directory for this process; return the run to resume, None for a new one.

        Raises:
            RunError: it is in use, cannot be written, or holds no run but something else.
        """
        if printable(str(self.folder)) != str(self.folder):
            raise RunError(
                f"{printable(str(self.folder))} is not UTF-8, as TensorFlow needs it: give another "
                "--run-dir"
            )
        earlier = self.find(restart=restart)
        missing = [path for path in (self.folder, *self.folder.parents) if not path.exists()]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._made = missing
            self._lock.acquire()
        except filelock.Timeout as error:
            if has_locks(self._lock_file):
                raise RunError(f"{self.folder} is in use: another training writes there") from error
            self._say_without_locks()
        except NotImplementedError:
            self._say_without_locks()
        except OSError as error:
            if error.errno in WITHOUT_LOCKS:
                self._say_without_locks()
                return earlier
            reason = error.strerror or error
            raise RunError(
                f"{self.folder} cannot be written ({reason}): choose another --run-dir"
            ) from error
        return earlier

    def begin(
        self,
        info: RunInfo,
        examples: Sequence[np.ndarray],
        *,
        earlier: RunInfo | None,
        may_change: Collection[str],
    ) -> None:
        """Write the run's configuration and examples. The directory must be locked.

        Args:
            info: of this training.
            examples: the arrays of a batch.
            earlier: the run to resume; None for a new one: what is there is deleted.
            may_change: flags, and "fingerprint" for that of the data, that may differ from the
                earlier run's. Epochs may grow.

        Raises:
            RunError: the earlier run had other settings. Nothing has been changed then.
        """
        if earlier is None:
            for part in self._parts():
                _delete(part)
        else:
            self._refuse_differences(earlier, info, may_change)
            if (self.folder / EARLIER_SECONDS).exists():
                (self.folder / EARLIER_SECONDS).rename(self.cpu_seconds_file)
        self._made = []
        for folder in (self.folder, self.samples):
            delete_parts(folder)
        with atomic_path(self.examples_file) as file:
            np.savez(file, *examples)
        info.write(self.folder)

    def write_left_out(self, left_out: Sequence[LeftOut]) -> None:
        """List the files of the data that are not used. The directory must be locked."""
        if left_out:
            atomic_write_text(self.left_out_file, "".join(f"{each}\n" for each in left_out))
        else:
            self.left_out_file.unlink(missing_ok=True)

    def close(self) -> None:
        """Give the directory up for others; delete it if it is new and nothing was written."""
        self._lock.release()
        if self._made and {path.name for path in self.folder.iterdir()} <= {".lock"}:
            self._lock_file.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # by now another run is in a folder above
                for folder in self._made:
                    folder.rmdir()

    def _say_without_locks(self) -> None:
        print(
            f"warning: the file system of {self.folder} has no locks: train there once at a time",
            file=sys.stderr,
        )

    @property
    def _was_run(self) -> bool:
        """Whether a run was ever here. Copies often lack files whose names begin with a dot."""
        return self._lock_file.exists() or bool(step_files(self.checkpoints, ".keras"))

    def _parts(self) -> list[Path]:
        return [self.folder / name for name in PARTS if (self.folder / name).exists()]

    def _refuse_differences(
        self, earlier: RunInfo, now: RunInfo, may_change: Collection[str]
    ) -> None:
        other = earlier.fingerprint != now.fingerprint and "fingerprint" not in may_change
        if other and earlier.data.name != now.data.name:
            raise RunError(
                f"{self.folder} was begun with the data {earlier.data.name}, not {now.data.name}\n"
                "Give another --run-dir for these"
            )
        differences = [
            f"{name} was {old}, now {new}"
            for name, (old, new) in differences_between(earlier, now, may_change).items()
        ]
        if differences:
            raise RunError(
                f"{self.folder} was begun with other settings: {'; '.join(differences)}\n"
                "Give the same ones to resume, or --resume-with; or another --run-dir, or --restart"
            )
        epochs = earlier.config["epochs"]
        if now.config["epochs"] < epochs:
            raise RunError(
                f"{self.folder} was begun with {epochs} epochs, which may grow but not shrink\n"
                "--minutes stops early"
            )


def _holds_anything(part: Path) -> bool:
    """Return whether a part of a run holds what `_delete` would delete."""
    if not part.is_dir():
        return True
    return any(not (part.is_symlink() and path.is_dir()) for path in part.iterdir())


def _delete(part: Path) -> None:
    """Delete a part of a run; of a link to a folder, as on a larger disk, the files in it."""
    if not part.is_dir():
        part.unlink()
    elif not part.is_symlink():
        shutil.rmtree(part)
    else:
        for path in part.iterdir():
            if not path.is_dir():
                path.unlink()
