"""`python -m train.evaluate RUN`: how good a run's generators are, compared with real images.

Prints a table and writes it to RUN/evaluation.md. Values can be compared if their features, their
number of samples and their split are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from keras_gans.cli.evaluations import write_evaluation
from keras_gans.cli.main import import_tensorflow_quietly, parse_and_run
from keras_gans.cli.trained import open_directory
from keras_gans.errors import UserError
from train.common.options import CacheOptions, MetricOptions


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions(MetricOptions, CacheOptions):
    """What to evaluate, and how.

    Args:
        run: a run's directory, such as runs/dcgan-mnist, or a preset: a folder, a name or hf://...
        best: the best model of the run's evaluations, not the last one.
        model: the run's model, if it is of your own: my_gan:MyGAN. It is imported.
        split: of the real images.
        data: where the run's data are now, if they have moved.
        data_dir: where its TensorFlow Datasets are prepared now.
    """

    run: Positional[str]
    best: bool = False
    model: str | None = None
    split: Literal["train", "val", "test"] = "test"
    data: str | None = None
    data_dir: Path | None = None


def evaluate(options: EvaluateOptions) -> str:
    """Return the table of a run, which is written into it.

    Raises:
        UserError: it cannot be made.
    """
    import_tensorflow_quietly()
    from keras_gans import data
    from keras_gans.cli.custom_model import import_model_of_run
    from keras_gans.evaluation.table import evaluation_table
    from train.common.evaluation import make_evaluator

    run = open_directory(options.run)
    info = run.read().with_data(options.data, options.data_dir)
    import_model_of_run(run.folder, info.model, options.model)
    seed = info.config["seed"]
    with data.shared_decoding(options.image_cache):
        try:
            trained_on = data.load_config(replace(info.data, seed=seed))
        except data.DataError as error:
            raise info.without_data(error) from error
        if trained_on.class_names != info.class_names:
            classes = ", ".join(info.class_names or ()) or "none"
            raise UserError(
                f"{trained_on.name} has other classes than when {run.folder} was trained, "
                f"which had: {classes}"
            )
        evaluator = make_evaluator(
            info.data,
            trained_on,
            features=options.features,
            domain_classifier=options.domain_classifier,
            metrics=options.metric_names,
            samples=options.samples,
            split=options.split,
            seed=seed,
        )
        model = run.load_model(best=options.best)
        values, conditions = evaluator(model), evaluator.conditions(model)
    title = f"{info.model} on {Path(info.data.name).name}"
    return write_evaluation(run, title, model.step, evaluation_table(values, conditions))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parse_and_run(
        EvaluateOptions,
        lambda options: print(evaluate(options)),
        name="train.evaluate",
        description=__doc__,
        arguments=arguments,
    )


if __name__ == "__main__":
    main()
