"""What is known of how good a run's model is."""

from typing import Any

from keras_gans.cli.run_directory import RunDirectory


def evaluation_text(directory: RunDirectory, step: int) -> str:
    """Return what was measured at a step, as Markdown; "" for nothing.

    It is what `train.evaluate` wrote, or else an evaluation in training.

    Args:
        directory: of the run.
        step: of the model; evaluations of other steps are of other weights.

    Raises:
        HistoryError: the file of the evaluations is damaged.
    """
    from keras_gans.evaluation.history import read_history

    file = directory.evaluation_file
    written = file.read_text(encoding="utf-8").strip() if file.is_file() else ""
    if written.partition("\n")[0].endswith(f"step {step:,}"):
        return written
    evaluations = [x for x in read_history(directory.history_file) if x["step"] == step]
    return _table(evaluations[-1]) if evaluations else ""


def _table(evaluation: dict[str, Any]) -> str:
    from keras_gans.evaluation.table import evaluation_table

    names = [name for name, value in evaluation.items() if isinstance(value, float)]
    return evaluation_table({x: evaluation[x] for x in names if x != "seconds"}, evaluation)
