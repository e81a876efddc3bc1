"""The report of a comparison: table, curves and sample grids, in Markdown and in HTML."""

import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from keras_gans.cli.run_directory import RunDirectory
from keras_gans.evaluation.evaluator import CONDITIONS, comparable
from keras_gans.evaluation.metric_specs import sort_key
from keras_gans.evaluation.table import named_with
from keras_gans.files import atomic_write_text
from keras_gans.tables import markdown_table
from train.common.curves import draw_curves, mean_curve, save_figure
from train.common.training_job import TrainingJob

Evaluation = dict[str, Any]

NOT_METRICS = ("step", "seconds", *CONDITIONS)
CURVES = "curves.svg"
TEMPLATE = "report.html.jinja"
HPARAMS = ".hparams"  # suffix of the event files with hyperparameters


def write_report(folder: Path, jobs: Sequence[TrainingJob], command: str) -> str:
    """Write README.md, index.html, curves.svg and the files of TensorBoard's HParams tab.

    Args:
        folder: the comparison's folder, which has the run directories.
        jobs: trainings that have been evaluated.
        command: the command of the comparison.

    Returns:
        The table in Markdown.
    """
    metric, *others = dict.fromkeys(
        name for job in jobs for name in job.evaluations[-1] if name not in NOT_METRICS
    )
    variants = _best_first(jobs, metric)
    headers = ["variant", f"{metric}, last", f"{metric}, best", *others]
    headers += ["steps", "steps per CPU second"]
    rows = [_row(title, group, metric, others) for title, group in variants.items()]
    if len({_conditions(job) for job in jobs}) > 1:  # the metrics may not be compared
        headers.append("evaluated with")
        for row, group in zip(rows, variants.values(), strict=True):
            row.append("; ".join(dict.fromkeys(map(_conditions, group))))
    table = markdown_table(headers, rows)
    grids = {title: _newest_grid(group[0], folder) for title, group in variants.items()}
    grids = {title: grid for title, grid in grids.items() if grid}
    title = _title(jobs)

    curves = {title: mean_curve(group, metric) for title, group in variants.items()}
    save_figure(draw_curves(curves, metric), folder / CURVES)
    atomic_write_text(folder / "README.md", _markdown(title, command, table, metric, grids))
    html = _template().render(
        title=title,
        command=command,
        headers=headers,
        rows=rows,
        curves=CURVES,
        metric=metric,
        grids=grids,
    )
    atomic_write_text(folder / "index.html", html)
    for job in jobs:
        _write_hparams(job, metric)
    return table


def _best_first(jobs: Sequence[TrainingJob], metric: str) -> dict[str, list[TrainingJob]]:
    """Return the trainings by the title of their variant, the best variant first."""
    variants: dict[str, list[TrainingJob]] = {}
    for job in jobs:
        variants.setdefault(job.title, []).append(job)

    def mean_key(title: str) -> tuple[float, ...]:
        keys = [sort_key(job.evaluations[-1], _value(metric)) for job in variants[title]]
        return tuple(map(statistics.fmean, zip(*keys, strict=True)))

    return {title: variants[title] for title in sorted(variants, key=mean_key)}


def _value(metric: str) -> str:
    """Return a metric's name without the generator's: "fid" for "a_to_b/fid"."""
    return metric.rpartition("/")[2]


def _title(jobs: Sequence[TrainingJob]) -> str:
    seeds = len({job.seed for job in jobs})
    conditions = " or ".join(dict.fromkeys(map(_conditions, jobs)))
    plural = "s" if seeds > 1 else ""
    return f"{jobs[0].minutes:g} CPU minutes each, {seeds} seed{plural}: {conditions}"


def _conditions(job: TrainingJob) -> str:
    """Return in words what the metrics of a training depend on."""
    last = job.evaluations[-1]
    samples = " and ".join(f"{count:,}" for count in last["samples"].values())
    features = f"{named_with(last, 'features', 'extractor')}, " if "features" in last else ""
    return f"{features}{samples} samples against {named_with(last, 'split', 'examples')}"


def _row(title: str, jobs: Sequence[TrainingJob], metric: str, others: Sequence[str]) -> list[str]:
    last = [job.evaluations[-1] for job in jobs]
    best = [
        min(comparable(job.evaluations), key=lambda found: sort_key(found, _value(metric)))
        for job in jobs
    ]
    cells = [_mean_and_range(last, metric), _mean_and_range(best, metric)]
    cells += [_mean_and_range(last, name) for name in others]
    steps = statistics.fmean(evaluation["step"] for evaluation in last)
    seconds = statistics.fmean(evaluation["seconds"] for evaluation in last)
    return [title, *cells, f"{steps:,.0f}", _number(steps / seconds) if seconds else ""]


def _mean_and_range(evaluations: Sequence[Evaluation], name: str) -> str:
    """Return a metric's mean, then its smallest and largest value in parentheses.

    It is empty if there are none: only class-conditional models have a class accuracy.
    """
    values = [evaluation[name] for evaluation in evaluations if name in evaluation]
    if not values:
        return ""
    mean = _number(statistics.fmean(values))
    if len(values) == 1 or math.isnan(sum(values)):
        return mean
    return f"{mean} ({_number(min(values))} to {_number(max(values))})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if 1000 <= abs(value) < math.inf else f"{value:.3g}"


def _newest_grid(job: TrainingJob, folder: Path) -> str:
    """Return the path of the newest sample grid, relative to the report; "" if there is none."""
    grids = sorted(RunDirectory(job.folder).samples.glob("*.png"))
    return grids[-1].relative_to(folder).as_posix() if grids else ""


def _markdown(title: str, command: str, table: str, metric: str, grids: Mapping[str, str]) -> str:
    parts = [f"# {title}", f"```sh\n{command}\n```", table, f"![{metric}]({CURVES})"]
    parts += [f"**{name}**\n\n![{name}]({grid})" for name, grid in grids.items()]
    return "\n\n".join(parts) + "\n"


def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(TEMPLATE)


def _write_hparams(job: TrainingJob, metric: str) -> None:
    """Write the hyperparameters for TensorBoard's HParams tab, if they are not there yet."""
    import tensorflow as tf
    from tensorboard.plugins.hparams import api

    run = RunDirectory(job.folder)
    if any(run.logs.glob(f"*{HPARAMS}")):
        return
    values = {
        name: value if isinstance(value, str | int | float) else str(value)
        for name, value in run.read().config.items()
        if value is not None
    }
    values["variant"] = job.title
    # Its values are the scalars that the training has logged.
    shown = api.Metric(f"metrics/{metric}", display_name=metric)
    writer = tf.summary.create_file_writer(str(run.logs), filename_suffix=HPARAMS)
    with writer.as_default():
        api.hparams_config(hparams=[api.HParam(name) for name in values], metrics=[shown])
        api.hparams(values, trial_id=job.folder.name)
