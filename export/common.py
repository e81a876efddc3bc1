"""What every export does: open a run, take its generators, prove the file that was written."""

import argparse
import json
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_gans.command_line import import_tensorflow_quietly

Inputs = dict[str, np.ndarray]  # of a generator, by name: as many rows in each
Picture = tuple[str, np.ndarray]  # a name, and uint8 (h, w, c)
BATCH = 64  # pictures made at once


class ExportError(Exception):
    """The export cannot be made as asked. The message says what to do about it."""


@dataclass(frozen=True)
class Generator:
    """A trained generator, in float32 with averaged weights where the run averages.

    Attributes:
        name: "generator", or a translator's direction: "a_to_b".
        network: the `keras.Model`. A translator takes any height and width.
        examples: real inputs by name: latents (n, d), and labels (n,) and codes (n, k) where it is
            told them; or images (n, h, w, c) in [-1, 1].
    """

    name: str
    network: Any
    examples: Inputs

    @property
    def translates(self) -> bool:
        """Whether it makes images from images, and not from latents."""
        return len(self.network.inputs[0].shape) == 4

    def make(self, inputs: Inputs) -> np.ndarray:
        """Return what it makes of inputs: images (n, h, w, c) in [-1, 1], or points (n, 2)."""
        from keras import tree

        values = tree.map_structure(lambda tensor: inputs[tensor.name], self.network.input)
        return np.asarray(self.network(values, training=False))

    def images(self, inputs: Inputs) -> Iterator[np.ndarray]:
        """Make an image (h, w, c) of each of the inputs, some at a time."""
        for start in range(0, rows(inputs), BATCH):
            yield from self.make(share(inputs, slice(start, start + BATCH)))


@dataclass(frozen=True)
class Run:
    """A run as its training left it.

    Attributes:
        folder: its directory.
        config: what its config.json says.
        model: the `AdversarialModel` of its newest checkpoint.
    """

    folder: Path
    config: dict[str, Any]
    model: Any

    def generators(self, direction: str = "both") -> list[Generator]:
        """Return the generators, or of two translators the one of a direction.

        Raises:
            ExportError: the run's examples cannot be read.
        """
        inputs = self.model.example_inputs(self._examples())
        names = [direction] if direction in inputs else list(inputs)
        with self.model.averaged():
            return [
                Generator(name, in_float32(network), by_name(network, inputs[name]))
                for name, network in self.model.generators.items()
                if name in names
            ]

    def label(self, text: str) -> int:
        """Return the label that the name or the number of a class means.

        Raises:
            ExportError: the generator has no such label, or none at all.
        """
        if self.model.classes is None:
            raise ExportError(f"{self.folder} makes pictures without labels: leave --labels out")
        numbers = [str(number) for number in range(self.model.classes)]
        return class_number(text, self.config["data"]["class_names"] or numbers)

    def labelled_data(self) -> Any:
        """Load the run's data set with labels.

        Raises:
            DataError: it has none, or is not there any more.
        """
        from keras_gans import data

        asked = ("name", "image_size", "data_dir")
        request = {name: self.config["data"][name] for name in asked}
        return data.load(**request, form="labelled", seed=self.config["settings"]["seed"])

    def _examples(self) -> Any:
        try:
            with np.load(self.folder / "examples.npz", allow_pickle=False) as arrays:
                batch = tuple(arrays.values())
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise ExportError(
                f"{self.folder}/examples.npz is damaged: the training command writes it again"
            ) from error
        return batch if len(batch) > 1 else batch[0]


def command(
    name: str,
    description: str | None,
    export: Callable,
    add_flags: Callable,
    arguments: Sequence[str] | None = None,
) -> None:
    """Run an export's command line, and exit with a message where it cannot be done.

    Args:
        name: of the export.
        description: for --help.
        export: called with the parsed options.
        add_flags: called with the parser, to add the export's own flags.
        arguments: the command line's; None takes the process's own.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m export.{name}", description=description, allow_abbrev=False
    )
    parser.add_argument("run", metavar="RUN", help="a run's directory, such as runs/dcgan-mnist")
    add_flags(parser)
    options = parser.parse_args(arguments)
    import_tensorflow_quietly()
    from keras_gans.data import DataError

    try:
        export(options)
    except (ExportError, DataError, OSError) as error:
        sys.exit(f"error: {error}")


def open_run(directory: str | os.PathLike) -> Run:
    """Open a run at its newest checkpoint.

    Raises:
        ExportError: it is no run, or holds no checkpoint yet.
    """
    folder = Path(directory)
    if not (folder / "config.json").is_file():
        raise ExportError(f"{folder} is no run: give a directory that python -m train.* has made")
    config = json.loads((folder / "config.json").read_text())
    return Run(folder, config, _load_newest(folder))


def _load_newest(folder: Path) -> Any:
    import keras

    import keras_gans.models  # noqa: F401  the classes that the checkpoint names
    from keras_gans.callbacks import DamagedError, newest_checkpoint

    try:
        checkpoint = newest_checkpoint(folder / "checkpoints")
    except DamagedError as error:
        raise ExportError(str(error)) from error
    if checkpoint is None:
        raise ExportError(f"{folder} is not trained yet: it holds no checkpoint to export")
    return keras.saving.load_model(checkpoint)


def class_number(text: str, names: Sequence[str]) -> int:
    """Return the label that the name or the number of a class means.

    Raises:
        ExportError: there is no such class.
    """
    if text in names:
        return list(names).index(text)
    if text.isdecimal() and int(text) < len(names):
        return int(text)
    raise ExportError(
        f"there is no class {text!r}: give 0 to {len(names) - 1}, or a name: {', '.join(names)}"
    )


def by_name(network: Any, values: Any) -> Inputs:
    """Name a network's inputs, given as a tensor or as a list in the network's order."""
    from keras import tree

    tensors = zip(network.inputs, tree.flatten(values), strict=True)
    return {tensor.name: np.asarray(value) for tensor, value in tensors}


def rows(inputs: Inputs) -> int:
    """Return how many examples there are."""
    return len(next(iter(inputs.values())))


def share(inputs: Inputs, which: Any) -> Inputs:
    """Return the examples of a slice, or of an array of indices."""
    return {name: values[which] for name, values in inputs.items()}


def in_float32(network: Any) -> Any:
    """Copy a network for inference: float32 whatever it was trained in, any size of image."""
    import keras

    def entrance(tensor):
        images = len(tensor.shape) == 4
        shape = (None, None, tensor.shape[-1]) if images else tensor.shape[1:]
        return keras.Input(shape, dtype=tensor.dtype, name=tensor.name)

    def clone(layer):
        return layer.__class__.from_config({**layer.get_config(), "dtype": "float32"})

    inputs = keras.tree.map_structure(entrance, network.input)
    copy = keras.models.clone_model(network, inputs, clone_function=clone, recursive=True)
    copy.set_weights(network.get_weights())
    return copy


def signature(network: Any, shapes: dict[str, tuple[int | None, ...]]) -> list:
    """Return what `keras.export` is told of a network's inputs: shapes by name, types, names."""
    import keras

    def spec(tensor):
        return keras.InputSpec(shape=shapes[tensor.name], dtype=tensor.dtype, name=tensor.name)

    return [keras.tree.map_structure(spec, network.input)]


def prove(what: str, generator: Generator, outputs: np.ndarray, tolerance: float) -> None:
    """Compare what an exported file made of the examples with what Keras makes of them.

    Raises:
        ExportError: they differ by more than `tolerance`, in units of the images' [-1, 1].
    """
    expected = generator.make(share(generator.examples, slice(len(outputs))))
    difference = float(np.max(np.abs(outputs - expected)))
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
    """Add `--direction`; the first choice is the default."""
    parser.add_argument(
        "--direction",
        choices=choices,
        default=choices[0],
        help=f"of a run with two translators (default {choices[0]})",
    )
