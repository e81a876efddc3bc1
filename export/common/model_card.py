"""The model card: what a run's exports are, in a file to publish with them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from export.common import report
from export.common.generator import Generator
from export.common.trained_run import TrainedRun
from keras_gans.cli.evaluations import evaluation_text
from keras_gans.cli.trained import without_folders
from keras_gans.files import atomic_path, atomic_write_text
from keras_gans.presets.card import summary, table

ERRORS = (
    "Errors are those of images in [-1, 1], compared with Keras in float32. The relative Frechet "
    "distance is that from Keras's images, in features of a random convolutional network, divided "
    "by that of Keras's images from themselves after a 3x3 blur. Delegated operators are "
    "those that XNNPACK, LiteRT's delegate for CPUs, computes. The error in float16 is that of an "
    "image if every value and every step of a sum is rounded to float16, as GPUs may do."
)
GRID_IMAGES = 32


def write(run: TrainedRun, generators: Sequence[Generator]) -> Path:
    """Write RUN/export/MODEL_CARD.md and the sample grids in it; return its path."""
    grids = {f"samples-{generator.name}.png": generator for generator in generators}
    for name, generator in grids.items():
        _write_grid(generator, run.directory.exports / name)
    file = run.directory.exports / "MODEL_CARD.md"
    atomic_write_text(file, text(run, list(grids)))
    return file


def text(run: TrainedRun, grids: Sequence[str]) -> str:
    """Return the card in Markdown.

    Args:
        run: the run.
        grids: names of the sample grids.
    """
    rows = report.read_rows(run.directory)
    losses = {name: f"{value:.4g}" for name, value in last_losses(run.directory.logs).items()}
    evaluated = evaluation_text(run.directory, run.model.step)
    evaluation = ["## Evaluation", evaluated] if evaluated else []
    parts = [
        f"# {run.title}",
        summary(type(run.model)),
        *(f"![{name}]({name})" for name in grids),
        "## Training",
        table(_training(run)),
        *evaluation,
        "## Losses of the training's last step",
        table(losses),
        "## Files",
        report.table(rows),
        ERRORS,
        "## Loading them",
        *(f"{row.file}, from the run's directory:\n\n```python\n{row.load}\n```" for row in rows),
    ]
    return "\n\n".join(parts) + "\n"


def last_losses(logs: Path) -> dict[str, float]:
    """Return the last value of each loss in TensorBoard logs, if there are any."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    if not logs.is_dir():
        return {}
    events = EventAccumulator(str(logs), size_guidance={"tensors": 1})
    events.Reload()
    tags = [
        tag
        for tag in events.Tags()["tensors"]
        if tag.startswith(("generator/", "discriminator/")) and not tag.endswith("/learning_rate")
    ]
    return {tag: float(make_ndarray(events.Tensors(tag)[-1].tensor_proto)) for tag in sorted(tags)}


def _training(run: TrainedRun) -> dict[str, Any]:
    info = without_folders(run.info)
    return {
        "data": f"{run.data_name}, fingerprint {info.fingerprint}",
        "classes": ", ".join(run.class_names or info.class_names or []) or "none",
        "steps": f"{run.model.step:,}",
        **{f"changed {number}": str(change) for number, change in enumerate(info.changes, 1)},
        "versions": ", ".join(f"{name} {number}" for name, number in info.versions.items()),
        **{name: value for name, value in info.config.items() if name != "data"},
    }


def _write_grid(generator: Generator, file: Path) -> None:
    from PIL import Image

    from keras_gans.visualization import image_grid

    columns = {generator.name: generator.expected[:GRID_IMAGES]}
    if generator.is_translator:
        (images,) = generator.examples.values()
        columns = {"input": images[:GRID_IMAGES], **columns}
    with atomic_path(file) as part:
        Image.fromarray(image_grid(columns)).save(part)
