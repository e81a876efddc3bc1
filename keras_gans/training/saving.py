"""Saving and loading of models: atomic, and safe for files from others."""

import json
import os
import sys
import warnings
import zipfile
from pathlib import Path
from textwrap import shorten
from typing import Any

import keras

from keras_gans.errors import UserError, first_line
from keras_gans.files import atomic_path
from keras_gans.step_files import step_files
from keras_gans.training.adversarial_model import AdversarialModel

# Keras does not compress what it saves. A file that is smaller than its content by more than this
# factor was made to fill the memory.
MAX_COMPRESSION = 100


class CheckpointError(UserError):
    """No checkpoint can be loaded. The message says why."""


class DamagedCheckpointError(CheckpointError):
    """All checkpoints are damaged."""


class DifferentModelError(CheckpointError):
    """The checkpoint is of a model with other networks or arguments."""


def save_atomically(model: keras.Model, path: Path) -> None:
    """Save a model to a `.keras` file that replaces an older file in one move."""
    with atomic_path(path) as part:
        model.save(part)


def load_model(path: str | os.PathLike) -> AdversarialModel:
    """Load a model, compiled as it was saved. No code in the file is executed.

    Args:
        path: a `.keras` file, or a folder of checkpoints, of which the newest is loaded.

    Raises:
        CheckpointError: there is no such file, it is damaged, or it holds other classes than those
            of this library and registered ones.
    """
    import keras_gans.models  # noqa: F401  registers the classes

    path = Path(path)
    file = newest_checkpoint(path) if path.suffix != ".keras" else _existing(path)
    if file is None:
        raise CheckpointError(
            f"{path} holds no checkpoint: give a .keras file, or the folder checkpoints of a run"
        )
    try:
        model = keras.saving.load_model(file, safe_mode=True)
    except Exception as error:  # Keras and HDF5 raise nearly everything over damaged files
        why = shorten(first_line(error), 120)  # Keras quotes whole configurations
        raise CheckpointError(
            f"{file} cannot be loaded: it is damaged, or holds classes that are not registered "
            f"({why})"
        ) from error
    if not isinstance(model, AdversarialModel):
        raise CheckpointError(f"{file} is a {type(model).__name__}, not an AdversarialModel")
    return model


def restore(model: AdversarialModel, path: str | os.PathLike) -> None:
    """Load a checkpoint into a compiled model.

    Args:
        model: the model.
        path: a `.keras` file, or a folder of checkpoints, of which the newest is loaded, if any.

    Raises:
        CheckpointError: there is no such file.
        DamagedCheckpointError: it is damaged, or all checkpoints are.
        DifferentModelError: the checkpoint is of a model with other networks or arguments.
    """
    path = Path(path)
    file = newest_checkpoint(path) if path.suffix != ".keras" else _existing(path)
    if file is None:
        return
    if differing := _differing_arguments(model, file):
        raise DifferentModelError(f"{file} is of a model with other {', '.join(differing)}")
    try:
        with warnings.catch_warnings():
            # Keras only warns of layers that it could not load.
            warnings.simplefilter("error", UserWarning)
            model.load_weights(file)
    except (ValueError, UserWarning) as error:
        raise DifferentModelError(f"{file} is of a model with other networks") from error
    except Exception as error:  # HDF5 raises nearly everything over damaged files
        why = shorten(first_line(error), 120)
        raise CheckpointError(f"{file} is damaged: its weights cannot be read ({why})") from error


def newest_first(folder: Path) -> list[Path]:
    """Return the checkpoints of a folder, the newest first. They may be damaged."""
    return step_files(folder, ".keras")[::-1]


def newest_checkpoint(folder: str | os.PathLike) -> Path | None:
    """Return the newest checkpoint that is not damaged; None for a folder without checkpoints.

    A damaged one is reported on stderr, and the one before it is tried.

    Raises:
        DamagedCheckpointError: all checkpoints are damaged.
    """
    paths = newest_first(Path(folder))
    for path in paths:
        if _is_whole(path):
            return path
        print(f"{path} is damaged: trying the checkpoint before it", file=sys.stderr)
    if paths:
        raise DamagedCheckpointError(f"every checkpoint in {folder} is damaged")
    return None


def saved_arguments(path: Path) -> dict[str, Any]:
    """Return the constructor arguments of a saved model, serialized.

    Raises:
        CheckpointError: the file is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return dict(json.loads(archive.read("config.json"))["config"])
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        RecursionError,
        zipfile.BadZipFile,
    ) as error:
        raise CheckpointError(f"{path} is damaged: its configuration cannot be read") from error


def _differing_arguments(model: AdversarialModel, path: Path) -> list[str]:
    """Return the constructor arguments, without networks, that differ in a saved model."""
    saved = saved_arguments(path)
    given = json.loads(json.dumps(model.get_config()))
    networks = {name for name in given if isinstance(getattr(model, name, None), keras.Model)}
    compared = (given.keys() & saved.keys()) - networks - {"name", "dtype"}
    return sorted(name for name in compared if given[name] != saved[name])


def _existing(file: Path) -> Path:
    if not file.exists():
        raise CheckpointError(f"there is no {file}")
    if not _is_whole(file):
        raise DamagedCheckpointError(f"{file} is damaged")
    return file


def _is_whole(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > MAX_COMPRESSION * path.stat().st_size:
                return False
            return archive.testzip() is None  # reads every byte against its checksum
    except (zipfile.BadZipFile, EOFError, OSError):
        return False
