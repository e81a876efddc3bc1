"""Keras callbacks for adversarial training."""

from keras_gans.callbacks.checkpoint import Checkpoint
from keras_gans.callbacks.cpu_timer import CpuTimer
from keras_gans.callbacks.evaluate import Evaluate
from keras_gans.callbacks.extra_steps import ExtraDiscriminatorSteps
from keras_gans.callbacks.progress import Progress
from keras_gans.callbacks.sample_grid import SampleGrid
from keras_gans.callbacks.scalars import Scalars
from keras_gans.callbacks.stopping import (
    DivergedError,
    StopAfter,
    StopOnDivergence,
    StopOnSignal,
    stop_signals,
)
from keras_gans.callbacks.training_monitor import TrainingMonitor

__all__ = [
    "Checkpoint",
    "CpuTimer",
    "DivergedError",
    "Evaluate",
    "ExtraDiscriminatorSteps",
    "Progress",
    "SampleGrid",
    "Scalars",
    "StopAfter",
    "StopOnDivergence",
    "StopOnSignal",
    "TrainingMonitor",
    "stop_signals",
]
