"""What a run was begun with, and what it may be resumed with."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_gans.cli.commit import commit
from keras_gans.cli.run_directory import RunDirectory
from keras_gans.cli.run_info import Change, RunInfo, differences_between
from keras_gans.errors import UserError
from keras_gans.step_files import step_of
from keras_gans.training.adversarial_model import AdversarialModel
from keras_gans.training.saving import CheckpointError, newest_checkpoint, restore
from train.common.options import TrainOptions

RESUME_WITH = {  # what --resume-with lets differ
    *("learning_rate", "generator_learning_rate", "discriminator_learning_rate", "batch_size"),
    "devices",
    *("data", "data_dir", "fit", "value_range", "max_pixels", "fingerprint"),
}


def begin(
    run: RunDirectory,
    info: RunInfo,
    examples: Sequence[np.ndarray],
    earlier: RunInfo | None,
    checkpoint: Path | None,
    options: TrainOptions,
) -> None:
    """Write what the run is trained with, unless what was there before forbids it.

    Args:
        run: where.
        info: of this training.
        examples: the arrays of a batch for sample grids.
        earlier: the run that is resumed; None for a new one.
        checkpoint: that it is resumed from.
        options: of this training.
    """
    # Of these, what matters is compared: fingerprints of data, and a teacher's weights.
    may_change = {"data", "data_dir", "teacher", *asdict(options.evaluation)}
    if options.run.resume_with:
        may_change |= RESUME_WITH
    if earlier is not None:
        info = replace(info, changes=(*earlier.changes, *_changes(earlier, info, checkpoint)))
    run.begin(info, examples, earlier=earlier, may_change=may_change)


def _changes(earlier: RunInfo, now: RunInfo, checkpoint: Path | None) -> list[Change]:
    """Return what the run is resumed with that was different, if that is anything."""
    found = differences_between(earlier, now, set(now.config) - RESUME_WITH)
    if not found:
        return []
    step = 0 if checkpoint is None else step_of(checkpoint)
    return [Change(step, f"{datetime.date.today()}", found)]


def with_defaults(earlier: RunInfo, hyperparameters: Mapping[str, Any]) -> RunInfo:
    """Return an earlier run whose settings have values: version 0.1.0 left defaults out."""
    known = {name: value for name, value in earlier.config.items() if value is not None}
    defaults = {"deterministic": False, **hyperparameters}
    return replace(earlier, config={**earlier.config, **defaults, **known})


def newest_of(run: RunDirectory) -> Path | None:
    """Return the newest checkpoint of a run that is not damaged; None if it has none.

    Raises:
        UserError: all of them are damaged.
    """
    try:
        return newest_checkpoint(run.checkpoints)
    except CheckpointError as error:
        raise UserError(f"{error}: --restart begins again") from error


def restore_checkpoint(model: AdversarialModel, file: Path) -> None:
    """Load a checkpoint into a compiled model.

    Raises:
        UserError: it cannot be loaded.
    """
    try:
        restore(model, file)
    except CheckpointError as error:
        raise UserError(f"{error}: --restart begins again") from error


def versions() -> dict[str, str]:
    """Return the versions of what a run is trained with."""
    import tensorflow as tf

    import keras_gans

    found = {module.__name__: module.__version__ for module in (keras_gans, keras, tf)}
    return found | ({"commit": known} if (known := commit()) else {})
