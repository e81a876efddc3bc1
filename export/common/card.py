"""The model card: what a run's exports are, in a file that travels with them."""

import inspect
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from export.common import report
from export.common.files import Place
from export.common.runs import Generator, Run

DRIFT = (
    "Drift is the Frechet distance of the pictures from those of Keras in float32, in features of "
    "a random network, as a share of the distance that blurring those over 3x3 pixels makes."
)
SHOWN = 32  # pictures in the sample grid
PAPER = re.compile(r"\[[^\]]+\]\(https://[^)]+\)")


def write(run: Run, generators: Sequence[Generator]) -> Path:
    """Write RUN/export/MODEL_CARD.md, and the sample grid that it shows; return its path."""
    folder = run.folder / "export"
    for generator in generators:
        _write_grid(generator, folder / f"samples-{generator.name}.png")
    with Place(folder / "MODEL_CARD.md") as part:
        part.write_text(text(run))
    return folder / "MODEL_CARD.md"


def text(run: Run) -> str:
    """Return the card in Markdown."""
    from keras import ops

    data, versions = run.config["data"], run.config["versions"]
    steps = int(ops.convert_to_numpy(run.model.steps))
    classes = ", ".join(data["class_names"] or []) or "none"
    rows = report.rows_of(run.folder)
    grids = sorted(path.name for path in (run.folder / "export").glob("samples-*.png"))
    parts = [
        f"# {run.title}",
        _summary(run),
        *(f"![{name}]({name})" for name in grids),
        "## Training",
        _table(
            {
                "data": f"{data['name']}, fingerprint {data['fingerprint']}",
                "classes": classes,
                "steps": f"{steps:,}",
                "versions": ", ".join(f"{name} {number}" for name, number in versions.items()),
                **run.config["settings"],
            }
        ),
        *_measured(run.folder),
        "## Terms at the end",
        _table({name: f"{value:.4g}" for name, value in last_terms(run.folder).items()}),
        "## Files",
        report.table(rows),
        DRIFT,
        "## Loading them",
        *(_loading(row) for row in rows),
    ]
    return "\n\n".join(parts) + "\n"


def last_terms(folder: Path) -> dict[str, float]:
    """Return the newest point of each term in a run's TensorBoard logs, if they are there."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    if not (folder / "logs").is_dir():
        return {}
    logs = EventAccumulator(str(folder / "logs"), size_guidance={"tensors": 1})
    logs.Reload()
    tags = [
        tag for tag in logs.Tags()["tensors"] if tag.startswith(("generator/", "discriminator/"))
    ]
    return {tag: float(make_ndarray(logs.Tensors(tag)[-1].tensor_proto)) for tag in sorted(tags)}


def _measured(folder: Path) -> list[str]:
    """Return what `train.evaluate` wrote, or what training measured last; nothing without."""
    from keras_gans.callbacks import read_lines

    evaluated = folder / "evaluation.md"
    if evaluated.is_file():
        return ["## Measured quality", evaluated.read_text().strip()]
    *_, last = read_lines(folder / "metrics.jsonl") or [{}]
    shown = {name: _shown(value) for name, value in last.items()}
    return ["## Measured quality", _table(shown)] if shown else []


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _summary(run: Run) -> str:
    """Say what it is, by whose paper, and what it is not to be taken for."""
    said = inspect.getdoc(type(run.model)) or ""
    title, papers = said.split(".")[0], PAPER.findall(said)
    return (
        f"{title}, after {', '.join(papers)}, trained with keras_gans. It makes pictures like its "
        "training data, with their gaps and biases: what they show is no evidence of anything. "
        "What they may be used for follows from the terms of that data."
    )


def _table(values: dict[str, Any]) -> str:
    rows = (
        f"| {name} | {'default' if value is None else value} |" for name, value in values.items()
    )
    return "\n".join(["| | |", "|---|---|", *rows])


def _loading(row: dict[str, Any]) -> str:
    return f"{row['file']}, from the run's directory:\n\n```python\n{row['load']}\n```"


def _write_grid(generator: Generator, file: Path) -> None:
    from PIL import Image

    from keras_gans.callbacks.sample_grid import picture_grid

    columns = {generator.name: generator.expected[:SHOWN]}
    if generator.translates:
        (images,) = generator.examples.values()
        columns = {"input": images[:SHOWN], **columns}
    with Place(file) as part:
        Image.fromarray(picture_grid(columns)).save(part)
