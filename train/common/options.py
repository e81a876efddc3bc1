"""The options of a training: typed, checked, and the source of the flags and their help."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from keras_gans.cli.flags import flat
from keras_gans.configs import ModelConfig
from keras_gans.data.arrays import SUFFIXES
from keras_gans.data.config import DataConfig
from keras_gans.data.fitting import Fit
from keras_gans.data.images import MAX_PIXELS
from keras_gans.files import cache_folder
from keras_gans.validation import (
    Config,
    ImageSize,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SeedInt,
    UnitFloat,
)

CACHE_VARIABLE = "KERAS_GANS_CACHE"  # environment variable: what --cache is by default
Direction = Literal["a_to_b", "b_to_a"]
Precision = Literal["auto", "float32", "bfloat16", "float16"]


@dataclass(frozen=True, kw_only=True)
class CacheOptions(Config):
    """Where decoded images are kept.

    Args:
        cache: the folder that keeps decoded images between runs, or none; the platform's cache
            folder by default.
    """

    cache: str | None = None

    @property
    def image_cache(self) -> Path | None:
        """The folder that is meant; None for none."""
        cache = self.cache or os.environ.get(CACHE_VARIABLE)
        if cache == "none":
            return None
        return Path(cache).expanduser().absolute() if cache else cache_folder() / "images"


@dataclass(frozen=True, kw_only=True)
class RunOptions(CacheOptions):
    """Options of this call; the trained weights do not depend on them.

    Args:
        run_dir: where the run is kept; runs/<model>-<data> by default.
        restart: delete the run that is there and begin again.
        resume_with: resume with other learning rates, batch size, devices or data than the run was
            begun with; what changed, and when, is written into the run.
        minutes: stop after so many minutes of training. Resume: run the same command again.
        cpu_minutes: stop after so many minutes of the steps' processor time, over all calls; on
            GPUs, of their time by the clock.
        config: a YAML file of flags, such as RUN/config.yaml. Flags after it override it.
        dry_run: print the configuration and stop.
    """

    run_dir: str | None = None
    restart: bool = False
    resume_with: bool = False
    minutes: PositiveFloat | None = None
    cpu_minutes: PositiveFloat | None = None
    config: str | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class DataOptions(Config):
    """The data set.

    Args:
        data: a built-in data set, a TensorFlow Datasets name, or a folder of images.
        data_dir: where TensorFlow Datasets are prepared.
        image_size: side of the images, or HEIGHTxWIDTH; the data set's own by default, 64 for a
            folder.
        channels: 1 for grayscale, 3 for color; the data set's own by default, 3 for a folder.
        fit: how images of other proportions are made to fit: crop keeps the center, pad adds
            black, squeeze distorts.
        value_range: of images of more than eight bits, the values of black and white; by default
            found in the training images.
        max_pixels: images of more pixels are left out.
    """

    data: str
    data_dir: str | None = None
    image_size: ImageSize | None = None
    channels: Literal[1, 3] | None = None
    fit: Fit = "crop"
    value_range: tuple[float, float] | None = None
    max_pixels: PositiveInt = MAX_PIXELS

    @property
    def short_name(self) -> str:
        """The last part of a path, or the data set's name."""
        path = Path(os.path.abspath(os.path.expanduser(self.data)))
        name = path.stem if path.suffix in SUFFIXES else path.name
        return re.sub("[\ud800-\udfff]", "_", name)  # bytes that are not UTF-8

    def data_config(self, task: str, direction: str = "a_to_b") -> DataConfig:
        """Return what `keras_gans.data` loads for a task, with absolute paths."""
        from keras_gans.data import full_name

        directory = self.data_dir and os.path.abspath(os.path.expanduser(self.data_dir))
        return DataConfig(
            full_name(self.data),
            task,
            image_size=None if self.image_size is None else self.image_size.sides,
            channels=self.channels,
            data_dir=directory,
            direction=direction,
            fit=self.fit,
            value_range=self.value_range,
            max_pixels=self.max_pixels,
        )


@dataclass(frozen=True)
class DirectedDataOptions(DataOptions):
    """The data set of a model that translates in one direction.

    Args:
        direction: b_to_a makes the first image of a pair from the second, or images of the first
            domain from those of the second.
    """

    direction: Direction = "a_to_b"

    def data_config(self, task: str, direction: str = "a_to_b") -> DataConfig:
        """Return what `keras_gans.data` loads for a task, with absolute paths."""
        return super().data_config(task, self.direction)


@dataclass(frozen=True)
class TrainingOptions(Config):
    """How the model is trained.

    Args:
        batch_size: real examples per discriminator update.
        epochs: epochs in all.
        steps_per_epoch: training steps per epoch; by default a pass over the data, at least 100.
        learning_rate: of both optimizers; "paper" is the paper's.
        generator_learning_rate: of the generators' optimizer; that of --learning-rate by default.
        discriminator_learning_rate: of the discriminators' optimizer; that of --learning-rate by
            default.
        ema: momentum of the moving average of the generator's weights; 0 for none.
        seed: random seed.
        precision: of computation; auto is bfloat16 if the hardware multiplies it.
        devices: that train together: a number of GPUs, all of them, or cpu:2 for two parts of the
            CPU; auto is all GPUs, or one CPU. On several machines, those of each.
        deterministic: choose operations that compute the same every time, even if they are slower.
            It is for GPUs: a CPU computes the same anyway.
        init: a run or a preset whose weights the training begins from, of a model with the same
            networks; other data, sizes of images and classes will do.
        freeze_discriminator: first layers of the discriminators that are not trained, as FreezeD
            does for few images.
    """

    batch_size: PositiveInt = 64
    epochs: PositiveInt = 50
    steps_per_epoch: PositiveInt | None = None
    learning_rate: PositiveFloat | Literal["paper"] = "paper"
    generator_learning_rate: PositiveFloat | None = None
    discriminator_learning_rate: PositiveFloat | None = None
    ema: UnitFloat = 0.0
    seed: SeedInt = 0
    precision: Precision = "auto"
    devices: str = "auto"
    deterministic: bool = False
    init: str | None = None
    freeze_discriminator: NonNegativeInt = 0


@dataclass(frozen=True)
class DistillationOptions(TrainingOptions):
    """How a student is trained.

    Args:
        teacher: the run or the preset that it learns from.
    """

    teacher: str = ""


@dataclass(frozen=True, kw_only=True)
class MetricOptions(Config):
    """What is evaluated, in training and afterwards.

    Args:
        metrics: names with commas: fid, kid, precision_recall, density_coverage, authenticity,
            diversity, classes, class_accuracy, intra_class_fid, modes, reconstruction, ssim, psnr,
            perceptual, structure, target_share. By default those that the data allow; in training,
            the quick ones of them.
        features: digits, stacked_digits, inception, random, or a .keras file or SavedModel of your
            own, which can run any TensorFlow operation. By default digits for MNIST's, else
            inception, whose weights Keras downloads once.
        domain_classifier: for target_share, a file of train.domain_classifier, or a .keras file or
            SavedModel of your own.
        samples: how many images are generated; as many as there are real ones by default.
    """

    metrics: str | None = None
    features: str | None = None
    domain_classifier: str | None = None
    samples: PositiveInt | None = None

    @property
    def metric_names(self) -> list[str] | None:
        """The names of the metrics; None for the default ones."""
        return None if self.metrics is None else [x.strip() for x in self.metrics.split(",")]


@dataclass(frozen=True, kw_only=True)
class EvaluationOptions(MetricOptions):
    """Evaluation during training; none by default.

    Args:
        evaluate_every: evaluate every N steps; with Ns, every N seconds of processor time.
        monitor: the value that says which model is best, such as fid; the first one by default.
        patience: stop after so many evaluations without a better one.
    """

    evaluate_every: str | None = None
    monitor: str | None = None
    patience: PositiveInt | None = None

    def __post_init__(self):
        super().__post_init__()
        if self.evaluate_every is None:
            given = [name for name in vars(self) if getattr(self, name) is not None]
            if given:
                flags = ", ".join(f"--{name.replace('_', '-')}" for name in given)
                raise ValueError(f"{flags}: give --evaluate-every N too, such as 1000")
        elif not self.interval > 0:
            text = f"a number of steps, or of seconds such as 60s, not {self.evaluate_every}"
            raise ValueError(f"evaluate_every must be {text}")

    @property
    def timed(self) -> bool:
        """Whether evaluations are so many seconds apart, and not steps."""
        return (self.evaluate_every or "").endswith("s")

    @property
    def interval(self) -> float:
        """Steps or seconds between two evaluations; NaN if it is no number."""
        try:
            text = self.evaluate_every or ""
            return float(text[:-1]) if self.timed else int(text)
        except ValueError:
            return float("nan")


@dataclass(frozen=True)
class TrainOptions:
    """All options of a training.

    Args:
        run: of this call.
        data: the data set.
        training: how the model is trained.
        evaluation: evaluation during training.
        model: the model's hyperparameters.
    """

    run: RunOptions
    data: DataOptions
    training: TrainingOptions
    evaluation: EvaluationOptions
    model: ModelConfig

    @property
    def settings(self) -> dict[str, Any]:
        """All of them by name but those of the call: what a configuration file holds."""
        values = {name: value for name, value in flat(self).items() if name not in vars(self.run)}
        return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    """Return a value as it stands in a configuration file."""
    if isinstance(value, ImageSize):
        height, width = value.sides
        return height if height == width else str(value)
    return list(value) if isinstance(value, tuple) else value
