"""What is known of how good a run's model is."""

from keras_gans.cli.run_directory import RunDirectory


def evaluation_text(directory: RunDirectory) -> str:
    """Return what `train.evaluate` wrote, or else the last evaluation in training; "" for none.

    Raises:
        HistoryError: the file of the evaluations is damaged.
    """
    from keras_gans.evaluation.history import read_history
    from keras_gans.presets.card import table

    if directory.evaluation_file.is_file():
        return directory.evaluation_file.read_text(encoding="utf-8").strip()
    evaluations = read_history(directory.history_file)
    if not evaluations:
        return ""
    return table(
        {
            name: f"{value:.4g}" if isinstance(value, float) else value
            for name, value in evaluations[-1].items()
        }
    )
