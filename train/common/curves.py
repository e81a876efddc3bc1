"""Curves of a metric over CPU time, one per variant."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from cycler import cycler
from matplotlib import color_sequences, rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

from keras_gans.evaluation.evaluator import comparable
from keras_gans.files import atomic_path
from train.common.training_job import TrainingJob

Curve = list[tuple[float, float]]  # seconds of CPU time, and the metric

# Forty different lines: the colors in turn, solid, then dashed, dotted and dash-dotted.
STYLES = cycler(linestyle=["-", "--", ":", "-."]) * cycler(color=color_sequences["tab10"])
WIDTH, HEIGHT = 7.0, 4.0  # of the axes, in inches
LEGEND_LINE = 0.2  # height of a line in the legend, in inches
# Evaluations come at the end of a step, so those planned for the same time differ by up to this.
TOLERANCE = 1.05


class PlainLogFormatter(LogFormatter):
    """Labels of a logarithmic axis as plain numbers: 0.6, not 6e-01."""

    def __call__(self, x, pos=None):
        """Return the label of a tick; "" if there would be too many labels."""
        return f"{x:g}" if super().__call__(x, pos) else ""


def mean_curve(jobs: Sequence[TrainingJob], metric: str) -> Curve:
    """Return the mean over seeds, up to the time that all seeds have reached.

    It has the first seed's times; the other seeds are interpolated linearly between their
    evaluations. Values that are not finite, or not comparable to the last ones, are left out.
    """
    curves = [
        [
            (evaluation["seconds"], evaluation[metric])
            for evaluation in comparable(job.evaluations)
            if math.isfinite(evaluation.get(metric, math.nan))
        ]
        for job in jobs
    ]
    if not all(curves):
        return []
    end = TOLERANCE * min(curve[-1][0] for curve in curves)
    times = [time for time, _ in curves[0] if time <= end]
    values = [np.interp(times, *np.transpose(curve)) for curve in curves]
    return list(zip(times, np.mean(values, axis=0).tolist(), strict=True))


def draw_curves(curves: Mapping[str, Curve], metric: str) -> Figure:
    """Return a figure with a line per variant; the scale is logarithmic if all values allow it.

    Args:
        curves: by the variant's title. One without values is in the legend only.
        metric: label of the vertical axis.
    """
    figure = Figure(figsize=(WIDTH, max(HEIGHT, LEGEND_LINE * (len(curves) + 2))))
    axes = figure.add_subplot(xlabel="CPU minutes", ylabel=metric)
    axes.set_prop_cycle(STYLES)
    lines = []
    for curve in curves.values():
        minutes = [seconds / 60.0 for seconds, _ in curve]
        lines += axes.plot(minutes, [value for _, value in curve], marker="o", markersize=3)
    values = [value for curve in curves.values() for _, value in curve]
    if values and min(values) > 0.0:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(PlainLogFormatter())
        axes.yaxis.set_minor_formatter(PlainLogFormatter(minor_thresholds=(2, 0.5)))
    axes.set_xlim(left=0.0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.3)
    legend = axes.legend(lines, curves, loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False)
    for text in legend.get_texts():
        text.set_parse_math(False)  # a "$" in a title is no formula
    return figure


def save_figure(figure: Figure, file: Path) -> None:
    """Write an SVG file, the same bytes for the same figure."""
    with atomic_path(file) as part, rc_context({"svg.hashsalt": "keras_gans"}):
        figure.savefig(part, format="svg", bbox_inches="tight", metadata={"Date": None})
