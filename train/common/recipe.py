"""A model's recipe: the defaults of its training."""

import importlib
import typing
from collections.abc import Mapping
from dataclasses import dataclass, make_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import tyro

from keras_gans.cli.run_directory import RunDirectory
from keras_gans.configs import ModelConfig
from keras_gans.data.config import DataConfig
from keras_gans.errors import UserError
from keras_gans.validation import ImageSize
from train.common.options import (
    DataOptions,
    DirectedDataOptions,
    Direction,
    EvaluationOptions,
    RunOptions,
    TrainingOptions,
    TrainOptions,
)

if TYPE_CHECKING:  # the rest needs no TensorFlow
    from keras_gans.data import Dataset
    from keras_gans.training.adversarial_model import AdversarialModel

DEFAULT_DATA = {
    "images": "shapes",
    "labelled": "shapes",
    "unpaired": "stripes",
    "paired": "outlines",
}


@dataclass(frozen=True)
class Recipe:
    """A model's command, and the defaults of its training.

    Args:
        name: of the command, "dcgan"; of a model outside of `keras_gans.models`, "module:Class".
        model: the class, in `keras_gans.models` or in the module of `name`.
        config: the class of its hyperparameters.
        training: the defaults of its training.
        task: of its data.
        directed: whether it translates from one domain to the other only.
        jitter: whether the paper crops and mirrors the images at random.
        data: the default data set; by default a built-in one for the task.
        module: what `python -m` runs; `train` or `train.<name>` by default.
        summary: a line for --help.
        first_flag: whose value may come first in the command, without the flag.
    """

    name: str
    model: str
    config: type[ModelConfig]
    training: TrainingOptions
    task: str = "images"
    directed: bool = False
    jitter: bool = False
    data: str | None = None
    module: str = ""
    summary: str | None = None
    first_flag: str | None = None

    def suited_to(self, options: TrainOptions) -> "Recipe":
        """Return the recipe with the defaults that follow from the options of a call.

        Raises:
            UserError: none do.
        """
        return self

    def create_model(
        self,
        dataset: "Dataset",
        options: TrainOptions,
        hyperparameters: Mapping[str, Any],
        checkpoint: Path | None,
    ) -> "AdversarialModel":
        """Return a new model for a data set.

        Args:
            dataset: what it will be trained on.
            options: of the training.
            hyperparameters: of the model.
            checkpoint: that will be restored; None in a new training.

        Raises:
            UserError: it cannot be made of them.
        """
        classes = None if dataset.class_names is None else len(dataset.class_names)
        try:
            return self.model_class.create(
                dataset.image_shape, classes=classes, seed=options.training.seed, **hyperparameters
            )
        except ValueError as error:  # sizes and settings that do not fit: the message says which
            raise UserError(str(error)) from error

    @property
    def defaults(self) -> TrainOptions:
        """The options of a call without flags."""
        kind = DirectedDataOptions if self.directed else DataOptions
        data = kind(self.data or DEFAULT_DATA[self.task])
        return TrainOptions(
            RunOptions(), data, self.training, EvaluationOptions(), with_default_hints(self.config)
        )

    def run_directory(self, options: TrainOptions) -> RunDirectory:
        """Return where a training is kept.

        Raises:
            UserError: it must not be kept there.
        """
        name = f"{self.run_name}-{options.data.short_name}"
        return RunDirectory(options.run.run_dir or Path("runs", name))

    @property
    def command(self) -> list[str]:
        """The command, as the user types it, without its flags."""
        if ":" in self.name and not self.module:
            return ["python", "-m", "train", "--model", self.name]
        return ["python", "-m", self.module or f"train.{self.name}"]

    @property
    def model_class(self) -> Any:
        """The model's class."""
        module, _, _ = self.name.rpartition(":")
        return getattr(importlib.import_module(module or "keras_gans.models"), self.model)

    @property
    def run_name(self) -> str:
        """How the names of its runs begin."""
        return self.name.rpartition(":")[2].lower()


def with_default_hints(config: type[ModelConfig]) -> ModelConfig:
    """Return a model's default hyperparameters, with those of each kind of data in their --help."""
    points = config.point_defaults
    types = typing.get_type_hints(config, include_extras=True)
    hinted: list[Any] = []
    for name, image in config.image_defaults.items():
        other = f"; for 2-D points {points[name]}" if points[name] != image else ""
        hint = tyro.conf.arg(help_behavior_hint=f"(default: {image}{other})")
        hinted.append((name, Annotated[types[name], hint], None))
    found = make_dataclass(config.__name__, hinted, bases=(config,), frozen=True)
    found.__doc__ = config.__doc__
    return found()


def directed_options(config: DataConfig) -> DirectedDataOptions:
    """Return the options that load the data of a configuration, in its direction."""
    size = None if config.image_size is None else "x".join(map(str, config.output_sides(0)))
    return DirectedDataOptions(
        data=config.name,
        data_dir=config.data_dir,
        image_size=None if size is None else ImageSize(size),
        channels=cast(Literal[1, 3] | None, config.channels),
        fit=config.fit,
        value_range=config.value_range,
        max_pixels=config.max_pixels,
        direction=cast(Direction, config.direction),
    )


def recipe_of(name: str, model: Any) -> Recipe:
    """Return the recipe of a model class of the user's own."""
    image_to_image = model.task in ("unpaired", "paired")
    training = TrainingOptions(batch_size=1, epochs=200) if image_to_image else TrainingOptions()
    return Recipe(
        name,
        model.__name__,
        model.config_class,
        training,
        task=model.task,
        directed=image_to_image and len(model.generator_domains) == 1,
        jitter=image_to_image,
        summary=(model.__doc__ or "").partition("\n")[0],
    )
