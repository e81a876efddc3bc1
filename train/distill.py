"""Distillation: a small translator for phones, learnt from a trained one: train.distill RUN.

RUN is a run or a preset of CycleGAN, CUT or pix2pix. Data, image size and direction are the
teacher's by default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_gans.cli.run_directory import RunDirectory
from keras_gans.cli.run_info import RunInfo
from keras_gans.cli.trained import PresetDirectory, open_directory
from keras_gans.distillation_config import DistillationConfig
from keras_gans.errors import UserError
from train.common.command import main
from train.common.options import DirectedDataOptions, DistillationOptions, TrainOptions
from train.common.recipe import Recipe, directed_options

if TYPE_CHECKING:  # the rest needs no TensorFlow
    from keras_gans.data import Dataset
    from keras_gans.training.adversarial_model import AdversarialModel
    from keras_gans.training.teacher import Teacher

MODELS = {"unpaired": "DistilledTranslator", "paired": "DistilledPix2Pix"}  # by the teacher's task


@dataclass(frozen=True)
class DistillationRecipe(Recipe):
    """A recipe whose data and model are those of a teacher.

    Args:
        info: what the teacher was trained with and on; None while it is not known.
    """

    info: RunInfo | None = None

    @property
    def defaults(self) -> TrainOptions:
        """The options of a call without flags: the teacher's data."""
        found = super().defaults
        if self.info is None:
            return found
        return replace(found, data=directed_options(self.info.data))

    def suited_to(self, options: TrainOptions) -> Recipe:
        """Return the recipe for the teacher that the options name."""
        name, _ = _teacher_and_direction(options)
        if not name:
            raise UserError("which teacher? Give a run or a preset: python -m train.distill RUN")
        info = _open(name).read()
        if info.data.task not in MODELS:
            raise UserError(f"{name} is a {info.model}, which translates no images")
        return replace(self, info=info, task=info.data.task, model=MODELS[info.data.task])

    def run_directory(self, options: TrainOptions) -> RunDirectory:
        """Return where the student is kept, which is not where its teacher is.

        Raises:
            UserError: it would be.
        """
        run = super().run_directory(options)
        name, _ = _teacher_and_direction(options)
        if run.folder.resolve() == _open(name).folder.resolve():
            raise UserError(f"{run.folder} is the teacher's: give the student another --run-dir")
        return run

    def create_model(
        self,
        dataset: "Dataset",
        options: TrainOptions,
        hyperparameters: Mapping[str, Any],
        checkpoint: Path | None,
    ) -> "AdversarialModel":
        """Return a student of the teacher that the options name."""
        from train.common.cluster import find_cluster
        from train.common.workers import check_agreement

        name, direction = _teacher_and_direction(options)
        teacher = open_teacher(name, direction)
        check_agreement(find_cluster(), teacher=teacher.sha256)
        if checkpoint is not None:
            _refuse_other_teacher(name, teacher, checkpoint)
        if teacher.discriminator is None:
            weight = hyperparameters["discriminator_feature_weight"]
            without = ["no features in it are compared"] if weight else []
            new = ["the student's is new"] if hyperparameters["adversarial_weight"] else []
            if said := ", and ".join([*new, *without]):
                print(f"{name} has no discriminator: {said}", flush=True)
        given = {**hyperparameters, "teacher": teacher}
        return super().create_model(dataset, options, given, checkpoint)


def _teacher_and_direction(options: TrainOptions) -> tuple[str, str]:
    training, data = options.training, options.data
    assert isinstance(training, DistillationOptions) and isinstance(data, DirectedDataOptions)
    return training.teacher, data.direction


def _open(name: str) -> RunDirectory:
    directory = open_directory(name)
    if not directory.exists():
        raise UserError(f"the teacher {name} is not there: give its run or preset first")
    return directory


def open_teacher(name: str, direction: str) -> "Teacher":
    """Open a run or a preset as a teacher.

    Args:
        name: of the run or the preset.
        direction: that the student is to translate in.

    Raises:
        UserError: it cannot be opened, or does not translate in that direction.
    """
    from keras_gans.cli.custom_model import import_model_of_run
    from keras_gans.training.teacher import Teacher

    directory = _open(name)
    info = directory.read()
    import_model_of_run(directory.folder, info.model, None)
    model = directory.load_model()
    trained = set(model.discriminators)
    if isinstance(directory, PresetDirectory):
        held = directory.preset.networks
        trained = {x for x in trained if x in held or f"discriminator_{x}" in held}
    teacher = Teacher.of(model, info.data.domains_of(direction), trained)
    if teacher is None:
        other = f"--direction {info.data.direction}"
        raise UserError(f"{name} does not translate {direction}: give {other}")
    return teacher


def _refuse_other_teacher(name: str, teacher: "Teacher", checkpoint: Path) -> None:
    from keras_gans.training.saving import saved_arguments

    if saved_arguments(checkpoint).get("teacher_sha256") != teacher.sha256:
        raise UserError(
            f"the teacher {name} has other weights than when the student's training began\n"
            "Give that teacher's place first, or --restart"
        )


RECIPE = DistillationRecipe(
    "distill",
    "DistilledTranslator",
    DistillationConfig,
    DistillationOptions(batch_size=1, epochs=200),
    task="unpaired",
    directed=True,
    jitter=True,
    summary=__doc__.partition("\n")[0],
    first_flag="--teacher",
)

if __name__ == "__main__":
    main(RECIPE)
