"""The page of a comparison: a table, curves and sample grids, in Markdown and in HTML."""

import html
import json
import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_gans.evaluation import CONDITIONS, comparable
from keras_gans.files import write_whole
from keras_gans.measures import order

NOT_MEASURED = ("step", "seconds", *CONDITIONS)
HPARAMS = ".hparams"  # how the event files of settings end
DASHES = ("none", "8 4", "2 3")  # the curves' once the colours are used up
COLOURS = (
    "#1f4ea0 #c23b22 #2e8b57 #8a4fbf #d98e04 #0c8599 #7a5230 #d6336c #5c677d #66a80f #111111"
).split()
WIDTH, HEIGHT, LEFT, BOTTOM = 530, 300, 60, 40  # of the curves and beside them, in pixels
LATE = 1.05  # an evaluation comes at the end of a step: at the same time is up to that much later
LINE, LETTER = 20, 8  # of the names beside the curves
STYLE = """body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem;
padding: 0 1rem; color: #111; background: #fff }
table { border-collapse: collapse } td, th { padding: .2rem .7rem; border: 1px solid #ccc }
td + td { text-align: right } figure { display: inline-block; margin: .5rem } code { color: #555 }
.scroll { overflow-x: auto } img { image-rendering: pixelated; max-width: 100% }"""


def write(folder: Path, trials: Sequence[Any], command: str) -> str:
    """Write README.md, index.html, curves.svg and what TensorBoard's HParams tab reads.

    Args:
        folder: where the runs are.
        trials: `train.common.trial.Trial`s that have been evaluated.
        command: that made them.

    Returns:
        The table in Markdown.
    """
    groups: dict[str, list[Any]] = {}
    for trial in trials:
        groups.setdefault(trial.title, []).append(trial)
    main, *rest = dict.fromkeys(name for trial in trials for name in _measured(trial.lines[-1]))
    ordered = sorted(groups, key=lambda name: _mean_order(groups[name], main))
    groups = {name: groups[name] for name in ordered}
    heads = ["variant", f"{main}, last", f"{main}, best", *rest, "steps", "steps a CPU second"]
    rows = [heads, *(_row(name, group, main, rest) for name, group in groups.items())]
    if len({_by(trial) for trial in trials}) > 1:  # figures that may not be compared
        rows[0].append("by")
        for row, group in zip(rows[1:], groups.values(), strict=True):
            row.append("; ".join(dict.fromkeys(map(_by, group))))
    table = _markdown(rows)
    grids = {name: _newest_grid(group[0].folder, folder) for name, group in groups.items()}
    grids = {name: path for name, path in grids.items() if path}
    about = _about(trials)
    pictures = "\n\n".join(f"**{name}**\n\n![{name}]({path})" for name, path in grids.items())
    curves = _curves(groups, main)
    write_whole(folder / "curves.svg", curves)
    write_whole(
        folder / "README.md",
        f"# {about}\n\n```sh\n{command}\n```\n\n{table}\n\n![{main}](curves.svg)\n\n{pictures}\n",
    )
    write_whole(folder / "index.html", _html(about, command, rows, curves, grids))
    for trial in trials:
        _hparams(trial, main)
    return table


def _measured(line: dict[str, Any]) -> list[str]:
    return [name for name in line if name not in NOT_MEASURED]


def _about(trials: Sequence[Any]) -> str:
    seeds = len({trial.seed for trial in trials})
    by = " or ".join(dict.fromkeys(map(_by, trials)))
    return f"{trials[0].minutes:g} CPU minutes each, {seeds} seed{'s' if seeds > 1 else ''}: {by}"


def _by(trial: Any) -> str:
    """Return what a training's figures depend on."""
    line = trial.lines[-1]
    samples = " and ".join(f"{count:,}" for count in line["samples"].values())
    features = f"{line['features']}, " if "features" in line else ""
    return f"{features}{samples} samples against {line['split']}"


def _mean_order(group: Sequence[Any], main: str) -> tuple[float, ...]:
    orders = [order(trial.lines[-1], main.rpartition("/")[2]) for trial in group]
    return tuple(map(statistics.fmean, zip(*orders, strict=True)))


def _row(name: str, group: Sequence[Any], main: str, rest: Sequence[str]) -> list[str]:
    last = [trial.lines[-1] for trial in group]
    monitor = main.rpartition("/")[2]
    best = [min(comparable(trial.lines), key=lambda line: order(line, monitor)) for trial in group]
    figures = [_spread(lines, n) for lines, n in ((last, main), (best, main))]
    figures += [_spread(last, n) for n in rest]
    steps = statistics.fmean(line["step"] for line in last)
    seconds = statistics.fmean(line["seconds"] for line in last)
    return [name, *figures, f"{steps:,.0f}", _number(steps / seconds) if seconds else ""]


def _spread(lines: Sequence[dict[str, Any]], name: str) -> str:
    """Return the mean of a figure, and in brackets the least and the most; "" where there is none.

    Not all variants give the same figures: only those with labels can be right about them.
    """
    values = [line[name] for line in lines if name in line]
    if not values:
        return ""
    mean = _number(statistics.fmean(values))
    if len(values) == 1 or math.isnan(sum(values)):
        return mean
    return f"{mean} ({_number(min(values))} to {_number(max(values))})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if 1000 <= abs(value) < math.inf else f"{value:.3g}"


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


def _newest_grid(run: Path, folder: Path) -> str:
    grids = sorted((run / "samples").glob("*.png"))
    return str(grids[-1].relative_to(folder)) if grids else ""


def _html(about: str, command: str, rows: Sequence[Sequence[str]], curves: str, grids: dict) -> str:
    def cells(row: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(x)}</{tag}>" for x in row) + "</tr>"

    body = cells(rows[0], "th") + "".join(cells(row, "td") for row in rows[1:])
    figures = "".join(
        f'<figure><img src="{html.escape(path)}" alt="samples of {html.escape(name)}">'
        f"<figcaption>{html.escape(name)}</figcaption></figure>"
        for name, path in grids.items()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(about)}</title><style>{STYLE}</style><h1>{html.escape(about)}</h1>"
        f'<p><code>{html.escape(command)}</code></p><div class="scroll"><table>{body}</table></div>'
        f'<div class="scroll">{curves}</div>{figures}</html>\n'
    )


def _curves(groups: dict[str, list[Any]], main: str) -> str:
    """Draw the mean over seeds against processor time, on a logarithmic scale where it can be."""
    series = {name: _mean_curve(group, main) for name, group in groups.items()}
    points = [point for curve in series.values() for point in curve]
    most = max((seconds for seconds, _ in points), default=0.0) or 1.0
    values = [value for _, value in points] or [0.0]
    low, high = min(values), max(values)
    logarithmic = low > 0.0

    right, base = LEFT + WIDTH, LINE + max(HEIGHT, LINE * len(series))

    def at(seconds: float, value: float) -> str:
        scale = math.log if logarithmic else float
        share = (scale(value) - scale(low)) / ((scale(high) - scale(low)) or 1.0)
        x = LEFT + seconds / most * WIDTH
        return f"{x:.1f},{base - share * (base - LINE):.1f}"

    parts = []
    for index, (name, curve) in enumerate(series.items()):
        colour, y = COLOURS[index % len(COLOURS)], LINE + LINE * index
        path = " ".join(at(*point) for point in curve)
        dashes = DASHES[index // len(COLOURS) % len(DASHES)]
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dashes}"/>'
        )
        parts.append(f'<text x="{right + 10}" y="{y}" fill="{colour}">{html.escape(name)}</text>')
    parts += [
        f'<path d="M{LEFT} {LINE}V{base}H{right}" fill="none" stroke="#888"/>',
        f'<text x="{LEFT - 6}" y="{LINE + 6}" text-anchor="end">{high:.3g}</text>',
        f'<text x="{LEFT - 6}" y="{base}" text-anchor="end">{low:.3g}</text>',
        f'<text x="{LEFT}" y="{base + 25}">{html.escape(main)}, over CPU minutes 0 to '
        f"{most / 60:.3g}{', logarithmic' if logarithmic else ''}</text>",
    ]
    width = right + 20 + LETTER * max(map(len, series), default=0)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{base + BOTTOM}" '
        f'font-family="sans-serif" font-size="13">{"".join(parts)}</svg>'
    )


def _mean_curve(group: Sequence[Any], main: str) -> list[tuple[float, float]]:
    """Return seconds and the mean over seeds, as far as there are figures of all of them.

    Seeds may have been evaluated at other times: between two evaluations is a straight line.
    """
    curves = [
        [
            (line["seconds"], line[main])
            for line in comparable(trial.lines)
            if _finite(line.get(main))
        ]
        for trial in group
    ]
    if not all(curves):
        return []
    until = LATE * min(curve[-1][0] for curve in curves)
    seconds = [at for at, _ in curves[0] if at <= until]
    between = [np.interp(seconds, *np.transpose(curve)) for curve in curves]
    return list(zip(seconds, np.mean(between, axis=0).tolist(), strict=True))


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _hparams(trial: Any, main: str) -> None:
    """Tell TensorBoard's HParams tab the settings, once; its scalars are in the run's logs."""
    import tensorflow as tf
    from tensorboard.plugins.hparams import api

    if any((trial.folder / "logs").glob(f"*{HPARAMS}")):
        return
    settings = json.loads((trial.folder / "config.json").read_text())["settings"]
    known = {name: value for name, value in settings.items() if value is not None}
    values = {"variant": trial.title, **known}
    metric = api.Metric(f"metrics/{main}", display_name=main)
    logs = str(trial.folder / "logs")
    with tf.summary.create_file_writer(logs, filename_suffix=HPARAMS).as_default():
        api.hparams_config(hparams=[api.HParam(name) for name in values], metrics=[metric])
        api.hparams(values, trial_id=trial.folder.name)
