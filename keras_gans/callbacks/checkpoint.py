"""Checkpoints that a killed process cannot leave half written, and the way back from them."""

import json
import os
import sys
import time
import warnings
import zipfile
from pathlib import Path
from textwrap import shorten

import keras
from keras import ops

from keras_gans.adversarial import AdversarialModel
from keras_gans.callbacks.stopping import DivergedError
from keras_gans.data.errors import first_line
from keras_gans.files import replacing

KEPT = 2  # the newest, and one to fall back to


class CheckpointError(RuntimeError):
    """There is no checkpoint that can be opened. The message says why."""


class DamagedError(CheckpointError):
    """There are checkpoints, and none of them is whole."""


class OtherGameError(CheckpointError):
    """The checkpoint is of a game that goes on otherwise, as of other defaults it would."""


class Checkpoint(keras.callbacks.Callback):
    """Save the whole model as `step-<n>.keras`, at the end of each epoch and every few minutes.

    The file is written beside its place and moved there in one step. It holds everything that the
    next step depends on: networks, optimizers, averages, pools, random states, the step count.

    Args:
        folder: where checkpoints go; made where it does not exist. The newest two are kept.
        minutes: longest time between two saves within an epoch.
    """

    def __init__(self, folder: str | os.PathLike, minutes: float = 5.0):
        super().__init__()
        self.folder = Path(folder)
        self.seconds = 60.0 * minutes

    def on_train_begin(self, logs=None):
        """Start the clock; sweep up what a killed process left half written."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for leftover in self.folder.glob(".part-*"):
            leftover.unlink()
        for path in _newest_first(self.folder):
            if path > self._path(int(self.model.steps)):  # damaged, or training had not come here
                path.rename(path.with_suffix(".damaged"))
        self.saved_at = time.monotonic()
        self.saved_step = int(self.model.steps)

    def on_train_batch_end(self, batch, logs=None):
        """Save where the last one is too long ago."""
        if time.monotonic() - self.saved_at > self.seconds:
            self.save()

    def on_epoch_end(self, epoch, logs=None):
        """Save."""
        self.save()

    def save(self) -> None:
        """Save now, unless this step is saved already.

        Raises:
            DivergedError: a weight is not finite. Nothing is saved.
        """
        step = int(self.model.steps)
        if step == self.saved_step:
            return
        for weight in self.model.trainable_variables:
            if not bool(ops.all(ops.isfinite(weight))):
                raise DivergedError(f"{weight.path} became NaN or infinite by step {step}")
        save_atomically(self.model, self._path(step))
        self.saved_at, self.saved_step = time.monotonic(), step
        for old in _newest_first(self.folder)[KEPT:]:
            old.unlink()

    def _path(self, step: int) -> Path:
        return self.folder / f"step-{step:08d}.keras"


def save_atomically(model: keras.Model, path: Path) -> None:
    """Save `model` as a `.keras` file that replaces an older one whole, or not at all."""
    with replacing(path) as part:
        model.save(part)
        with open(part, "rb") as file:
            os.fsync(file.fileno())


def newest_checkpoint(folder: str | os.PathLike) -> Path | None:
    """Return the newest undamaged checkpoint of a folder, None where there is none.

    A damaged one is named on stderr and passed over for the one before it.

    Raises:
        DamagedError: all are.
    """
    paths = _newest_first(Path(folder))
    for path in paths:
        if _is_whole(path):
            return path
        print(f"{path} is damaged: looking for the checkpoint before it", file=sys.stderr)
    if paths:
        raise DamagedError(f"every checkpoint in {folder} is damaged")
    return None


def restore(model: AdversarialModel, folder: str | os.PathLike) -> None:
    """Let a compiled model go on from the newest checkpoint of a folder, if there is one.

    Raises:
        DamagedError: none of them is whole.
        OtherGameError: it is of a game with other networks or arguments.
    """
    path = newest_checkpoint(folder)
    if path is None:
        return
    if differing := _differing(model, path):
        raise OtherGameError(f"{path} is of a game with other {', '.join(differing)}")
    try:
        with warnings.catch_warnings():
            # Keras only warns of layers that it leaves as they were.
            warnings.simplefilter("error", UserWarning)
            model.load_weights(path)
    except (ValueError, UserWarning) as error:
        raise OtherGameError(f"{path} is of a game with other networks") from error


def load_model(path: str | os.PathLike) -> AdversarialModel:
    """Load a model as its training saved it. Nothing that the file holds is executed.

    Args:
        path: a `.keras` file, or a folder of checkpoints, of which the newest is taken.

    Raises:
        CheckpointError: there is none, it is damaged, or it holds what training does not write.
    """
    import keras_gans.models  # noqa: F401  the classes that a checkpoint names

    path = Path(path)
    file = newest_checkpoint(path) if path.suffix != ".keras" else _existing(path)
    if file is None:
        raise CheckpointError(f"{path.parent} is not trained yet: it holds no {path.name}")
    try:
        model = keras.saving.load_model(file, safe_mode=True)
    except (ValueError, TypeError, KeyError) as error:
        why = shorten(first_line(error), 120)  # Keras quotes whole configurations
        raise CheckpointError(
            f"{file} is not opened: it holds what this library does not write ({why})"
        ) from error
    if not isinstance(model, AdversarialModel):
        raise CheckpointError(f"{file} is a {type(model).__name__}, and no game of this library")
    return model


def _differing(model: AdversarialModel, path: Path) -> list[str]:
    """Return by which constructor arguments, but for the networks, a checkpoint's game differs."""
    with zipfile.ZipFile(path) as archive:
        saved = json.loads(archive.read("config.json"))["config"]
    given = json.loads(json.dumps(model.get_config()))
    networks = {name for name in given if isinstance(getattr(model, name, None), keras.Model)}
    compared = given.keys() - networks - {"name", "dtype"}
    return sorted(name for name in compared if given[name] != saved.get(name))


def _existing(file: Path) -> Path:
    if not file.exists():
        raise CheckpointError(f"there is no {file}")
    if not _is_whole(file):
        raise DamagedError(f"{file} is damaged")
    return file


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*.keras"), reverse=True)


def _is_whole(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None  # reads every byte against its checksum
    except (zipfile.BadZipFile, EOFError, OSError):
        return False
