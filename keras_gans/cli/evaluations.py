"""What is known of how good a run's model is."""

from typing import Any

from keras_gans.cli.run_directory import RunDirectory
from keras_gans.files import atomic_write_text


def write_evaluation(directory: RunDirectory, title: str, step: int, table: str) -> str:
    """Write an evaluation for `evaluation_text`, and return its text.

    Args:
        directory: of the run.
        title: the model and its data.
        step: of the model.
        table: of the values, in Markdown.
    """
    text = f"{title}, {_at(step)}\n\n{table}\n"
    atomic_write_text(directory.evaluation_file, text)
    return text


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
    if written.partition("\n")[0].endswith(f", {_at(step)}"):
        return written
    evaluations = [x for x in read_history(directory.history_file) if x["step"] == step]
    return _table(evaluations[-1]) if evaluations else ""


def _at(step: int) -> str:
    return f"step {step:,}"


def _table(evaluation: dict[str, Any]) -> str:
    from keras_gans.evaluation.table import evaluation_table

    names = [name for name, value in evaluation.items() if isinstance(value, float)]
    return evaluation_table({x: evaluation[x] for x in names if x != "seconds"}, evaluation)
