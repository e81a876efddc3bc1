"""The model card of a preset, README.md, as hubs show it."""

import inspect
import re
from collections.abc import Mapping
from typing import Any

from keras_gans.presets.folder import SAMPLES
from keras_gans.tables import markdown_table

PAPER = re.compile(r"\[[^\]]+\]\(https://[^)]+\)")
FIELDS = ("seed", "commit", "steps", "keras_gans_version", "keras_version", "date_saved")


def card(model: Any, name: str, metadata: Mapping[str, Any]) -> str:
    """Return the card in Markdown.

    Args:
        model: the model.
        name: of the preset.
        metadata: of the preset.
    """
    kind = type(model).__name__
    data = metadata["data"]
    title = f"{kind} on {data}" if data else f"{kind}: {name}"
    task = "image-to-image" if model.translates else "unconditional-image-generation"
    parts = [
        f"---\nlibrary_name: keras\ntags: [gan, keras_gans]\npipeline_tag: {task}\n---",
        f"# {title}",
        summary(type(model)),
        f"![samples]({SAMPLES})",
        "## Use",
        "```python\nimport keras_gans\n\n"
        f'# Its folder; from a hub, "hf://OWNER/{name}".\nmodel = keras_gans.load("{name}")\n```',
        *_section("What it is not good at", metadata["limits"]),
        *_section("License of the training data", metadata["license"] or "Not known."),
        "## Training",
        *_command(metadata["command"]),
        table(_training(metadata)),
        *_section("Measures", metadata["measures"]),
        "## Files",
        f"The weights are of {', '.join(metadata['networks'])}, in {metadata['dtype']}. "
        f"The generators have {metadata['parameter_count']:,} weights.",
    ]
    return "\n\n".join(parts) + "\n"


def summary(kind: type) -> str:
    """Describe a model's class, its paper and its limits."""
    description = inspect.getdoc(kind) or kind.__name__
    title, papers = description.split(".")[0].splitlines()[0], PAPER.findall(description)
    after = f", after {', '.join(papers)}" if papers else ""
    return (
        f"{title}{after}, trained with keras_gans. Its images resemble its training data, with "
        "their gaps and biases, and are no evidence of anything. The license of the training data "
        "applies."
    )


def table(values: Mapping[str, Any]) -> str:
    """Return a table of names and values in Markdown."""
    rows = [(name, "default" if value is None else value) for name, value in values.items()]
    return markdown_table(("", ""), rows)


def _training(metadata: Mapping[str, Any]) -> dict[str, Any]:
    known = {name.replace("_", " "): metadata[name] for name in FIELDS if metadata[name] != ""}
    if (minutes := metadata["cpu_minutes"]) is not None:
        known["processor minutes"] = f"{minutes:.1f}"
    return {name: value for name, value in known.items() if value is not None}


def _command(command: str) -> list[str]:
    return ["This, for as many steps as the table says:", f"```sh\n{command}\n```"] * bool(command)


def _section(head: str, text: str) -> list[str]:
    return [f"## {head}", text] if text else []
