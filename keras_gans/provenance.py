"""Where a preset's weights come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Provenance:
    """Where a preset's weights come from: keys of its metadata.json, and parts of its card.

    Attributes:
        data: the name of the training data.
        license: of the training data.
        command: that trained the model.
        seed: random seed of the training.
        commit: of the library that trained it.
        cpu_minutes: processor time of the training's steps.
        measures: what was measured, as Markdown.
        limits: what the model is not good at.
        reverse_name: another name of the preset, under which a translator's domains are swapped.
        run: what a run's directory says of the training, for commands.
    """

    data: str = ""
    license: str = ""
    command: str = ""
    seed: int | None = None
    commit: str = ""
    cpu_minutes: float | None = None
    measures: str = ""
    limits: str = ""
    reverse_name: str | None = None
    run: Mapping[str, Any] = field(default_factory=dict)
