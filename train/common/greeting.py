"""What a training prints first."""

import shlex

from keras_gans import data
from keras_gans.cli.run_directory import RunDirectory
from train.common.options import TrainOptions
from train.common.recipe import Recipe

NAMED = 10  # classes, at most


def greeting(
    recipe: Recipe, dataset: data.Dataset, options: TrainOptions, run: RunDirectory
) -> str:
    """Return two lines: what is trained on what, and where it can be watched."""
    shape = "x".join(map(str, dataset.image_shape))
    training = options.training
    return (
        f"{recipe.name} on {dataset.name}: {len(dataset):,} examples of {shape}"
        f"{_classes(dataset)}, {training.devices}, {training.precision}, seed {training.seed}\n"
        f"configuration: {run.config_file}   "
        f"TensorBoard: {shlex.join(['tensorboard', '--logdir', str(run.folder.parent)])}"
    )


def _classes(dataset: data.Dataset) -> str:
    names = dataset.class_names or ()
    if not names:
        return ""
    further = ", ..." if len(names) > NAMED else ""
    return f", {len(names):,} classes ({', '.join(names[:NAMED])}{further})"
