"""A run with its trained model: what every export starts from."""

import dataclasses
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from export.common.errors import ExportError
from export.common.generator import (
    Generator,
    Inputs,
    clone_with_dtype,
    downsampling_factor,
    inputs_by_name,
    rounded_to_uint8,
)
from export.common.options import FormatOptions, RunOptions
from keras_gans.cli.main import import_tensorflow_quietly
from keras_gans.cli.run_directory import RunDirectory, RunInfo
from keras_gans.cli.trained import open_directory, without_folders
from keras_gans.files import printable

STATISTICS_SAMPLES = 500  # samples for the Frechet distance
CALIBRATION_SAMPLES = 32  # samples that show int8 the ranges of all values

AnyFormatOptions = TypeVar("AnyFormatOptions", bound=FormatOptions)


@dataclass(frozen=True)
class TrainedRun:
    """A run with its trained model.

    Attributes:
        directory: where the run is.
        info: what it was trained with and on.
        model: the trained `AdversarialModel`.
    """

    directory: RunDirectory
    info: RunInfo
    model: Any

    def generators(self, direction: str = "both") -> list[Generator]:
        """Return all generators, or of CycleGAN's two the one of a direction.

        Raises:
            UserError: none is of that direction, or the run's examples cannot be read.
        """
        examples = self.directory.read_examples()
        try:
            inputs = {
                name: inputs_by_name(self.model.generators[name], values)
                for name, values in self.model.example_inputs(examples).items()
            }
        except (ValueError, TypeError, IndexError) as error:  # of another model, or no numbers
            raise self.directory.damaged_examples() from error
        if direction not in ("both", *inputs, self.info.data.direction):
            raise ExportError(f"{self.directory.folder} has no generator {direction}")
        names = [direction] if direction in inputs else list(inputs)
        with self.model.averaged():
            return [
                self._generator(name, network, inputs[name])
                for name, network in self.model.generators.items()
                if name in names
            ]

    def _generator(self, name: str, network: Any, examples: Inputs) -> Generator:
        for x in network.inputs:
            given = examples[x.name]
            alike = (given.ndim, given.shape[1:]) == (len(x.shape), x.shape[1:])
            if not (alike and given.size and np.can_cast(given.dtype, x.dtype)):
                raise self.directory.damaged_examples()
        clone = clone_with_dtype(network, "float32")
        if len(network.input_shape) == 4:
            examples = {name: rounded_to_uint8(images) for name, images in examples.items()}
            return Generator(name, clone, examples, examples, downsampling_factor(network, clone))
        samples = self.model.sampling_inputs(STATISTICS_SAMPLES, seed=1)
        return Generator(name, clone, examples, samples)

    def calibration_inputs(self, generator: Generator) -> Inputs:
        """Return inputs that show int8 the ranges of all values: latents, or training images.

        Raises:
            RunError: the run's data set cannot be loaded any more.
        """
        if not generator.is_translator:
            return self.model.sampling_inputs(CALIBRATION_SAMPLES, seed=2)
        examples = self.load_data(self.info.data.task).examples(CALIBRATION_SAMPLES)
        inputs = self.model.example_inputs(examples)
        return inputs_by_name(generator.network, inputs[generator.name])

    def load_data(self, task: str) -> Any:
        """Load the run's training data for a task, without random crops.

        Raises:
            RunError: the data set has no such data, or cannot be loaded any more.
        """
        from keras_gans import data

        try:
            return data.load_config(dataclasses.replace(self.info.data, task=task, jitter=False))
        except data.DataError as error:
            raise self.info.without_data(error) from error

    @property
    def title(self) -> str:
        """The model and its data: "DCGAN on mnist"."""
        return f"{type(self.model).__name__} on {Path(self.data_name).name}"

    @property
    def data_name(self) -> str:
        """The name of its data, or of their folder, as text that can be written as UTF-8."""
        return printable(without_folders(self.info).data.name)

    @property
    def class_names(self) -> Sequence[str] | None:
        """The name of each label, or None if the generator is not class-conditional."""
        classes = getattr(self.model, "classes", None)  # translators have none
        if classes is None:
            return None
        names = self.info.class_names or [str(number) for number in range(classes)]
        return [printable(name) for name in names]

    def label(self, text: str) -> int:
        """Return the label of a class, given by its name or number.

        Raises:
            ExportError: there is no such class, or the generator is not class-conditional.
        """
        if self.class_names is None:
            raise ExportError(
                f"{self.directory.folder} is not class-conditional: leave --labels out"
            )
        return class_number(text, self.class_names)


def open_run(
    folder: str | os.PathLike, *, best: bool = False, model: str | None = None
) -> TrainedRun:
    """Open a run with its newest checkpoint. No code that the run holds or names is executed.

    Args:
        folder: the run's directory, or a preset.
        best: open the best model that was evaluated in training instead.
        model: "module:Class" to import, which must be the run's model; None for a model of
            keras_gans.

    Raises:
        UserError: it is no run, is not trained yet, or cannot be opened.
    """
    import_tensorflow_quietly()
    from keras_gans.cli.custom_model import import_model_of_run

    directory = open_directory(folder)
    info = directory.read()
    import_model_of_run(directory.folder, info.model, model)
    return TrainedRun(directory, info, directory.load_model(best=best))


def open_run_of(options: RunOptions) -> TrainedRun:
    """Open the run that the options name.

    Raises:
        UserError: it is no run, is not trained yet, or cannot be opened.
    """
    run = open_run(options.run, best=options.best, model=options.model)
    info = run.info.with_data(options.data, options.data_dir)
    return dataclasses.replace(run, info=info)


def for_each_generator(
    export: Callable[[TrainedRun, Generator, AnyFormatOptions], None],
) -> Callable[[AnyFormatOptions], None]:
    """Return a command that exports each generator of the options' run and direction."""

    def command(options: AnyFormatOptions) -> None:
        run = open_run_of(options)
        for generator in run.generators(options.direction):
            export(run, generator, options)

    return command


def class_number(text: str, names: Sequence[str]) -> int:
    """Return the label of a class, given by its name or number.

    Raises:
        ExportError: there is no such class.
    """
    if printable(text) in names:
        return list(names).index(printable(text))
    if text.isdecimal() and int(text) < len(names):
        return int(text)
    raise ExportError(
        f"there is no class {text!r}: give 0 to {len(names) - 1}, or a name: {', '.join(names)}"
    )
