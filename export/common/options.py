"""The command-line options that exports share. Importing this is quick: it needs no TensorFlow."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import FlagCreatePairsOff, Positional, arg

from keras_gans.validation import Config

MAX_REQUEST_PIXELS = 2048 * 2048  # of the images in a request: memory grows with them

RunPath = Annotated[Positional[str], arg(metavar="RUN")]


@dataclass(frozen=True)
class RunOptions(Config):
    """Which model to export.

    Args:
        run: directory of a run, such as runs/dcgan-mnist, or a preset: a folder, a name or hf://...
        best: export the best model that training evaluated, instead of the last one
        model: class of the run's model, if it is your own, such as my_gan:MyGAN
        data: where the run's data are now, if they have moved
        data_dir: where its TensorFlow Datasets are prepared now
    """

    run: RunPath
    best: FlagCreatePairsOff[bool] = False
    model: Annotated[str | None, arg(metavar="MODULE:CLASS")] = None
    data: Annotated[str | None, arg(metavar="DATA")] = None
    data_dir: Annotated[Path | None, arg(metavar="DIR")] = None


@dataclass(frozen=True)
class FormatOptions(RunOptions):
    """Which generators to export, and where to.

    Args:
        output: folder to write to; None for the format's folder in RUN/export
        direction: which generators to export if there are two, as in CycleGAN
    """

    output: Annotated[Path | None, arg(metavar="DIR")] = None
    direction: Literal["both", "a_to_b", "b_to_a"] = "both"
