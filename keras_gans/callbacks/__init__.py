"""What happens around training: pictures, scalars, checkpoints, a word on the console."""

from keras_gans.callbacks.balance import WatchBalance
from keras_gans.callbacks.checkpoint import Checkpoint, DamagedError, newest_checkpoint
from keras_gans.callbacks.extra_steps import ExtraDiscriminatorSteps
from keras_gans.callbacks.progress import Progress
from keras_gans.callbacks.sample_grid import SampleGrid, picture_grid
from keras_gans.callbacks.scalars import Scalars
from keras_gans.callbacks.stopping import DivergedError, StopAfter, StopOnDivergence, StopOnSignal

__all__ = [
    "Checkpoint",
    "DamagedError",
    "DivergedError",
    "ExtraDiscriminatorSteps",
    "Progress",
    "SampleGrid",
    "Scalars",
    "StopAfter",
    "StopOnDivergence",
    "StopOnSignal",
    "WatchBalance",
    "newest_checkpoint",
    "picture_grid",
]
