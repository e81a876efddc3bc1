"""`python -m train.evaluate RUN`: how good a run's generators are, against real pictures.

Prints a table and writes it to RUN/evaluation.md. Figures may be compared where their features,
their number of samples and their split are the same.
"""

import argparse
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_gans.command_line import import_tensorflow_quietly


def evaluate(options: argparse.Namespace) -> str:
    """Return the table of a run, which is written into it.

    Raises:
        UsageError, DataError: it cannot be made.
    """
    from keras_gans import callbacks, data
    from keras_gans.files import write_whole
    from train.common.errors import UsageError
    from train.common.evaluating import evaluation
    from train.common.run import Run

    run = Run(options.run)
    variant, request, seed, classes = _read(run)
    with contextlib.closing(run), data.decoded_once():
        trained_on = data.load(**request, seed=seed)
        if list(trained_on.class_names or ()) != classes:
            now = f"{trained_on.name} has other classes than when {run.folder} was trained"
            raise UsageError(f"{now}, which had: {', '.join(classes) or 'none'}")
        measures = evaluation(
            request,
            trained_on,
            features=options.features,
            metrics=options.metrics,
            samples=options.samples,
            split=options.split,
            seed=seed,
        )
        try:
            model = callbacks.load_model(run.best_file if options.best else run.checkpoints)
        except callbacks.CheckpointError as error:
            hint = ": training with --evaluate-every keeps it" if options.best else ""
            raise UsageError(f"{error}{hint}") from error
        values, conditions = measures(model), measures.conditions(model)
    title = f"{variant} on {Path(request['name']).name}, step {int(model.steps):,}"
    text = f"{title}\n\n{table(values, conditions)}\n"
    write_whole(run.folder / "evaluation.md", text)
    return text


def _read(run: Any) -> tuple[str, dict[str, Any], int, list[str]]:
    """Return a run's variant, the call that loads its data, its seed, and its classes."""
    from keras_gans import data
    from train.common.errors import UsageError

    try:
        config = run.read_config()
        if config is None:
            made = "a directory that python -m train.* made"
            raise UsageError(f"{run.folder} is no run: give {made}")
        request = data.recorded(config["data"])
        classes = config["data"]["class_names"] or []
        return config["variant"], request, config["settings"]["seed"], classes
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{run.config_file} is damaged: no training wrote it so") from error


def table(values: dict[str, float], conditions: dict[str, Any]) -> str:
    """Return a Markdown table of values, each with what it depends on."""
    rows = ["| measure | value | by |", "|---|---|---|"]
    rows += [f"| {name} | {value:.4g} | {by(name, conditions)} |" for name, value in values.items()]
    return "\n".join(rows)


def by(name: str, conditions: dict[str, Any]) -> str:
    """Return what a value depends on: "digits features, 10,000 samples against test"."""
    from keras_gans.measures import giving

    generator, _, value = name.rpartition("/")
    measure, samples = giving(value), conditions["samples"]
    count = samples.get(generator) or next(iter(samples.values()))
    text = f"{min(count, measure.compared or count):,} samples"
    if measure.real is not None:
        text += f" against {conditions['split'] if measure.real == 'test' else measure.real}"
    elif "errors" in measure.looks_at:
        text += f" of {conditions['split']}"
    if measure.looks_at in (("points",), ("errors",)):
        return text
    return f"{conditions['features']}, {text}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    import_tensorflow_quietly()
    from keras_gans.data import DataError
    from keras_gans.data.request import SPLITS
    from train.common.errors import UsageError
    from train.common.flags import add_measures

    parser = argparse.ArgumentParser(
        prog="python -m train.evaluate", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("run", metavar="RUN", help="a run's directory, such as runs/dcgan-mnist")
    add_measures(parser)
    parser.add_argument("--split", choices=SPLITS, default="test", help="default test")
    parser.add_argument("--best", action="store_true", help="the best model, not the last one")
    options = parser.parse_args(arguments)

    try:
        print(evaluate(options))
    except (UsageError, DataError, OSError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
