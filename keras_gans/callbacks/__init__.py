"""What happens around training: pictures, scalars, checkpoints, a word on the console."""

from keras_gans.callbacks.balance import WatchBalance
from keras_gans.callbacks.checkpoint import (
    Checkpoint,
    CheckpointError,
    DamagedError,
    OtherGameError,
    load_model,
    newest_checkpoint,
    restore,
)
from keras_gans.callbacks.evaluate import Evaluate, read_lines
from keras_gans.callbacks.extra_steps import ExtraDiscriminatorSteps
from keras_gans.callbacks.progress import Progress
from keras_gans.callbacks.sample_grid import SampleGrid, picture_grid
from keras_gans.callbacks.scalars import Scalars
from keras_gans.callbacks.stopping import (
    DivergedError,
    StopAfter,
    StopOnDivergence,
    StopOnSignal,
    stop_signals,
)
from keras_gans.callbacks.stopwatch import Stopwatch

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "DamagedError",
    "DivergedError",
    "Evaluate",
    "ExtraDiscriminatorSteps",
    "OtherGameError",
    "Progress",
    "SampleGrid",
    "Scalars",
    "StopAfter",
    "StopOnDivergence",
    "StopOnSignal",
    "Stopwatch",
    "WatchBalance",
    "load_model",
    "newest_checkpoint",
    "picture_grid",
    "read_lines",
    "restore",
    "stop_signals",
]
