"""What every export does: open a run, take its generators, prove the file that was written."""

import argparse
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_gans.command_line import import_tensorflow_quietly


class ExportError(Exception):
    """The export cannot be made as asked. The message says what to do about it."""


@dataclass(frozen=True)
class Generator:
    """A trained generator, in float32 with averaged weights where the run averages.

    Attributes:
        name: "generator", or a translator's direction: "a_to_b".
        network: the `keras.Model`. A translator takes any height and width.
        examples: real inputs: latents (n, d), or images (n, h, w, c) in [-1, 1].
    """

    name: str
    network: Any
    examples: np.ndarray

    @property
    def translates(self) -> bool:
        """Whether it makes images from images, and not from latents."""
        return self.examples.ndim == 4


def main(description: str, export: Callable, add_flags: Callable) -> None:
    """Run an export's command line, and exit with a message where it cannot be done.

    Args:
        description: for --help.
        export: called with the parsed options.
        add_flags: called with the parser, to add the export's own flags.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m export.{Path(sys.argv[0]).stem}",
        description=description,
        allow_abbrev=False,
    )
    parser.add_argument("run", metavar="RUN", help="a run's directory, such as runs/dcgan-mnist")
    add_flags(parser)
    options = parser.parse_args()
    import_tensorflow_quietly()
    from keras_gans.data import DataError

    try:
        export(options)
    except (ExportError, DataError, OSError) as error:
        sys.exit(f"error: {error}")


def open_generators(run: str | os.PathLike, only: str = "both") -> list[Generator]:
    """Load a run's generators from its newest checkpoint.

    Args:
        run: the run's directory.
        only: the name of one generator, or "both" for all there are.

    Raises:
        ExportError: it is no run, holds no checkpoint yet, or has no generator of that name.
    """
    from keras import tree

    import keras_gans.models  # noqa: F401  the classes that the checkpoint names

    folder = Path(run)
    if not (folder / "config.json").is_file():
        raise ExportError(f"{folder} is no run: give a directory that python -m train.* has made")
    model = _load_newest(folder)
    try:
        with np.load(folder / "examples.npz", allow_pickle=False) as arrays:
            batch = tuple(arrays.values())
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ExportError(
            f"{folder}/examples.npz is damaged: the training command writes it again"
        ) from error
    inputs = model.example_inputs(batch if len(batch) > 1 else batch[0])
    if only != "both" and only not in inputs:
        raise ExportError(f"{folder} has no {only!r}; it has {', '.join(inputs)}")
    with model.averaged():
        return [
            Generator(
                name, _in_float32(model.generators[name]), np.asarray(tree.flatten(inputs[name])[0])
            )
            for name in inputs
            if only in ("both", name)
        ]


def _load_newest(folder: Path) -> Any:
    import keras

    from keras_gans.callbacks import DamagedError, newest_checkpoint

    try:
        checkpoint = newest_checkpoint(folder / "checkpoints")
    except DamagedError as error:
        raise ExportError(str(error)) from error
    if checkpoint is None:
        raise ExportError(f"{folder} is not trained yet: it holds no checkpoint to export")
    return keras.saving.load_model(checkpoint)


def _in_float32(network: Any) -> Any:
    """Copy a network for inference: float32 whatever it was trained in, any size of image."""
    import keras

    def clone(layer):
        return layer.__class__.from_config({**layer.get_config(), "dtype": "float32"})

    shape = network.input_shape[1:]
    if len(shape) == 3:
        shape = (None, None, shape[-1])
    inputs = keras.Input(shape, name=network.inputs[0].name)
    copy = keras.models.clone_model(network, input_tensors=inputs, clone_function=clone)
    copy.set_weights(network.get_weights())
    return copy


def prove(what: str, generator: Generator, outputs: np.ndarray, tolerance: float) -> None:
    """Compare what an exported file made of the examples with what Keras makes of them.

    Raises:
        ExportError: they differ by more than `tolerance`, in units of the images' [-1, 1].
    """
    expected = generator.network(generator.examples[: len(outputs)], training=False)
    difference = float(np.max(np.abs(outputs - np.asarray(expected))))
    if not difference <= tolerance:
        raise ExportError(
            f"the {what} of {generator.name} is {difference:.2g} off Keras, more than "
            f"{tolerance:.2g}: that file is not kept"
        )
    print(
        f"{what} {generator.name}: within {difference:.2g} of Keras on {len(outputs)} real inputs"
    )


class Place:
    """A file or folder that appears whole, or not at all.

    Use in a `with` statement: gives a path to write to, which is moved to `path` at the end where
    nothing was raised, and deleted else.
    """

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self) -> Path:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.folder = Path(tempfile.mkdtemp(prefix=".part-", dir=self.path.parent))
        except OSError as error:
            reason = error.strerror
            raise ExportError(f"{self.path.parent} cannot be written ({reason})") from error
        return self.folder / self.path.name

    def __exit__(self, kind, error, traceback) -> None:
        try:
            if error is None:
                os.replace(self.folder / self.path.name, self.path)
        except OSError as failure:
            raise ExportError(f"{self.path} is in the way ({failure.strerror})") from failure
        finally:
            shutil.rmtree(self.folder)


def add_output(parser: argparse.ArgumentParser, what: str) -> None:
    """Add `--output`."""
    parser.add_argument("--output", metavar="DIR", type=Path, help=f"default RUN/export/{what}")


def add_direction(parser: argparse.ArgumentParser, choices: tuple[str, ...]) -> None:
    """Add `--direction`, for runs with two translators; the first choice is the default."""
    parser.add_argument(
        "--direction",
        choices=choices,
        default=choices[0],
        help=f"of a translator (default {choices[0]})",
    )
