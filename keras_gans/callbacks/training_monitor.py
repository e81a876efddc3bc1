"""Warnings when adversarial training goes wrong."""

from typing import Any, TextIO

import keras
import numpy as np
from keras import ops, tree

from keras_gans import diagnostics
from keras_gans.callbacks.console import print_line, write_text
from keras_gans.diagnostics import Baseline, Finding, Kind

WARM_UP = 5  # windows in which samples are similar and discriminators strong in healthy runs too
PATIENCE = 2  # consecutive windows with a finding before a warning
QUIET = 5  # windows without the finding before it is reported again
EXAMPLES = 256  # of the batch, at most


class TrainingMonitor(keras.callbacks.Callback):
    """Warn of a discriminator that is too strong, of mode collapse and of divergence.

    After each window of steps, `keras_gans.diagnostics` checks the mean losses and samples. Two
    consecutive windows with the same finding give one warning, which suggests changes. The finding
    is reported again only after five windows without it. `StopOnDivergence` checks for NaN.
    Training is not affected.

    Args:
        examples: a batch of real examples, of which the first 256 are used.
        writer: a `tf.summary` writer for the warnings; None for none.
        every: steps per window.
        advice: a sentence to add to each warning.
        stream: where to write; None for stdout.
    """

    def __init__(
        self,
        examples: Any,
        writer: Any = None,
        every: int = 200,
        advice: str = "",
        stream: TextIO | None = None,
    ):
        super().__init__()
        self.examples = tree.map_structure(lambda part: np.asarray(part[:EXAMPLES]), examples)
        self.writer, self.every, self.advice, self.stream = writer, every, advice, stream
        parts = tree.flatten(self.examples)
        self._labels = next((part for part in parts if part.ndim == 1), None)
        self._diversity_of_data = [
            (part.shape[1:], diagnostics.diversity(part, self._labels))
            for part in parts
            if part.ndim > 1
        ]
        self._sums: dict[str, float] = {}
        self._count = 0
        self._windows: list[dict[str, float]] = []
        self._streaks: dict[tuple[Kind, str], int] = {}
        self._quiet_until: dict[tuple[Kind, str], int] = {}

    def on_train_begin(self, logs=None):
        """Compute the loss of a discriminator that guesses."""
        self._baseline = Baseline.of(self.model.adversarial_discriminator_loss)

    def on_train_batch_end(self, batch, logs=None):
        """Add the step's losses; check a full window."""
        for name, value in (logs or {}).items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._count += 1
        if self._count == self.every:
            self._windows.append({k: float(total) / self.every for k, total in self._sums.items()})
            self._sums, self._count = {}, 0
            self._warn(self._findings())

    def _findings(self) -> list[Finding]:
        found = diagnostics.divergence(self._windows)
        if self.model.step < WARM_UP * self.every:
            return found
        found += diagnostics.too_strong(self._windows[-1], self._baseline)
        for name, inputs in self.model.example_inputs(self.examples).items():
            samples = ops.convert_to_numpy(self.model.generators[name](inputs, training=False))
            shape = samples.shape[1:]
            # If both domains have this shape, the generator's may be the less diverse one.
            data = min((d for s, d in self._diversity_of_data if s == shape), default=0.0)
            found += diagnostics.mode_collapse(name, samples, self._labels, data)
        return found

    def _warn(self, findings: list[Finding]) -> None:
        window = len(self._windows)
        by_key = {(finding.kind, finding.name): finding for finding in findings}
        self._streaks = {key: self._streaks.get(key, 0) + 1 for key in by_key}
        for key, streak in self._streaks.items():
            if streak >= PATIENCE:
                if window > self._quiet_until.get(key, 0):
                    self._say(by_key[key])
                self._quiet_until[key] = window + QUIET

    def _say(self, finding: Finding) -> None:
        step = self.model.step
        remedies = diagnostics.remedies(finding.kind, self.model)
        text = f"{finding.message}.\n{remedies}. {self.advice}".strip()
        print_line(f"warning: step {step}: {text}", self.stream)
        if self.writer is not None:
            write_text(self.writer, step, text)
