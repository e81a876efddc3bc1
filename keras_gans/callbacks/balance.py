"""Words for a game that goes wrong, while there is time to do something about it."""

import inspect
import sys
from typing import Any, TextIO

import keras
import numpy as np
from keras import ops, tree

from keras_gans.adversarial import AdversarialModel

WARM_UP = 5  # windows: at first all samples are alike, and many a discriminator is ahead
PATIENCE = 2  # windows in a row that something is wrong before it is said
QUIET = 5  # windows that it has to stay away before it is said again
WON = 0.015  # the part of a guessing discriminator's loss that is left to one that has won
ALIKE = 0.3  # the part of the data's diversity that is left to samples which have collapsed
LARGE, OUTGROWN = 1e3, 3.0  # a term without bound: its size, and against windows half as old
EXAMPLES = 256  # to compare: all pictures of a sample grid, some of its points
FAINT = 0.01  # a contrast that cannot be seen
LOGITS = np.linspace(-20.0, 20.0, 81)  # where a loss's least value is looked for

# What to try, by the parameter of a variant's `create` that is the flag.
AGAINST = {
    "won": {
        "gamma": "a larger --gamma",
        "instance_noise": "--instance-noise 0.1",
        "r1": "--r1 WEIGHT",
        "label_smoothing": "--label-smoothing 0.1",
        "augment": "--augment",
    },
    "alike": {
        "gamma": "a larger --gamma",
        "discriminator_steps": "more --discriminator-steps",
        "r1": "--r1 WEIGHT",
        "augment": "--augment",
    },
    "grown": {
        "clip": "a smaller --clip",
        "penalty_weight": "a larger --penalty-weight",
        "gamma": "a larger --gamma",
        "r1": "--r1 WEIGHT",
    },
}
LOWER_RATE = "a lower --learning-rate"
STEADIER = {"R3GAN": "train.r3gan", "WGANGP": "train.wgan_gp"}  # they take images without labels


class WatchBalance(keras.callbacks.Callback):
    """Say when a game has lost its balance, what that means, and what to try.

    Each window of steps is judged by the means of its terms and by samples drawn at its end:

    - a discriminator's adversarial term under 1.5% of what guessing gives: it has won. Not asked of
      losses that have no least value, like `Wasserstein`
    - samples of under 0.3 of the data's diversity: they have become alike. Diversity is the lower
      quartile of the distances between two, which a collapse onto up to three images brings to
      nearly 0; where there are labels, between two of one label. See `diversity`
    - a term over 1000 which sets records and has tripled since half as many windows: it grows
      without bound. A steady drift does no more than double

    What is wrong in two windows in a row is said once, and again only after it was away for five.
    NaN is `StopOnDivergence`'s. Nothing of the training is changed.

    Args:
        examples: a batch of the model's, of which the first 256 examples count.
        writer: a `tf.summary` writer for the same words; None for the console only.
        every: steps a window.
        stream: where to write; None for stdout.
    """

    def __init__(
        self, examples: Any, writer: Any = None, every: int = 200, stream: TextIO | None = None
    ):
        super().__init__()
        self.examples = tree.map_structure(lambda part: np.asarray(part[:EXAMPLES]), examples)
        self.writer = writer
        self.every = every
        self.stream = stream or sys.stdout
        parts = tree.flatten(self.examples)
        self._labels = next((part for part in parts if part.ndim == 1), None)
        self._data = [(p.shape[1:], diversity(p, self._labels)) for p in parts if p.ndim > 1]
        self._sums: dict[str, float] = {}
        self._count = 0
        self._windows: list[dict[str, float]] = []
        self._streaks: dict[tuple[str, str], int] = {}
        self._quiet_until: dict[tuple[str, str], int] = {}

    def on_train_begin(self, logs=None):
        """Find out what the discriminators' loss is when they guess, and what its least value."""
        loss = self.model.adversarial_loss
        real, fake = ([float(side(x)) for x in LOGITS] for side in (loss.real, loss.fake))
        self._least = min(real) + min(fake)
        self._guessing = float(loss.discriminator(ops.zeros(()), ops.zeros(())))

    def on_train_batch_end(self, batch, logs=None):
        """Add the step's terms; judge a full window."""
        for name, value in (logs or {}).items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._count += 1
        if self._count == self.every:
            self._windows.append({k: float(total) / self.every for k, total in self._sums.items()})
            self._sums, self._count = {}, 0
            self._judge()

    def _judge(self) -> None:
        window, wrong = len(self._windows), self._grown()
        if int(self.model.steps) >= WARM_UP * self.every:
            wrong |= self._won() | self._alike()
        self._streaks = {what: self._streaks.get(what, 0) + 1 for what in wrong}
        for what, streak in self._streaks.items():
            if streak >= PATIENCE:
                if window > self._quiet_until.get(what, 0):
                    self._say(f"{wrong[what]}.\n{self._remedy(what[0])}")
                self._quiet_until[what] = window + QUIET

    def _won(self) -> dict[tuple[str, str], str]:
        if self._guessing <= 0.0:  # the Wasserstein loss, which has no least value
            return {}
        return {
            ("won", name): f"{name} is {value:.2g} ({self._least:.2f} at best, "
            f"{self._guessing:.2f} when guessing): the discriminator wins outright, and the "
            "generator learns little from it"
            for name, value in self._windows[-1].items()
            if name.startswith("discriminator/adversarial")
            and value - self._least < WON * (self._guessing - self._least)
        }

    def _alike(self) -> dict[tuple[str, str], str]:
        found = {}
        for name, inputs in self.model.example_inputs(self.examples).items():
            samples = ops.convert_to_numpy(self.model.generators[name](inputs, training=False))
            mine = diversity(samples, self._labels)
            # Of two domains of one shape, a translator may make the less diverse one.
            data = min((d for shape, d in self._data if shape == samples.shape[1:]), default=0.0)
            if mine < ALIKE * data:
                found["alike", name] = (
                    f"samples of the {name} differ by {mine / data:.0%} of what the data do: "
                    "they have become alike (mode collapse)"
                )
        return found

    def _grown(self) -> dict[tuple[str, str], str]:
        *before, now = self._windows
        found = {}
        for name, value in now.items():
            sizes = [abs(window[name]) for window in before]
            early = sizes[: (len(sizes) + 1) // 2]
            if abs(value) > max(LARGE, *sizes, OUTGROWN * max(early, default=np.inf)):
                found["grown", name] = (
                    f"{name} is {value:.3g}, after {before[len(early) - 1][name]:.3g} at half as "
                    "many steps: it grows without bound"
                )
        return found

    def _remedy(self, kind: str) -> str:
        variant = type(self.model)
        changes = [text for name, text in AGAINST[kind].items() if name in _settings(variant)]
        if kind == "won" and self.model.discriminator_steps > 1:
            changes.insert(0, "fewer --discriminator-steps")
        others = [command for name, command in STEADIER.items() if name != variant.__name__]
        instead = f"; or try {' or '.join(others)}" if variant.data_form == "images" else ""
        return begin_again(*changes, LOWER_RATE) + instead

    def _say(self, text: str) -> None:
        step = int(self.model.steps)
        # On a terminal `Progress` may have left its line open: write over it.
        start = "\r\033[K" if self.stream.isatty() else ""
        print(f"{start}warning: step {step}: {text}", file=self.stream, flush=True)
        if self.writer is not None:
            write_text(self.writer, step, text)


def begin_again(*changes: str) -> str:
    """Say what to try: a setting cannot be changed within a run."""
    *others, last = changes
    choice = f"{', '.join(others)} or {last}" if others else last
    return f"Begin again with --restart and {choice}"


def write_text(writer: Any, step: int, text: str) -> None:
    """Leave `text` in TensorBoard, under the tag "balance"."""
    import tensorflow as tf

    with writer.as_default(step=step):
        tf.summary.text("balance", text)
    writer.flush()


def diversity(samples: np.ndarray, labels: np.ndarray | None = None) -> float:
    """Return the lower quartile of the distances between two samples; 0 where there is one only.

    Distances of images are in units of their contrast: pale ones, which a generator makes before it
    has learnt much, are not alike for that.

    Args:
        samples: images (n, h, w, c), or points (n, d).
        labels: (n,), for distances between samples of one label where any two have one.
    """
    if len(samples) < 2:
        return 0.0
    flat = samples.reshape(len(samples), -1)
    unit = FAINT + flat.std(axis=1).mean() if samples.ndim > 2 else 1.0
    flat = flat - flat.mean(axis=0)  # small numbers: their squares are to differ
    squares = np.sum(flat**2, axis=1)
    distances = squares[:, None] + squares - 2.0 * flat @ flat.T
    pairs = np.triu(np.ones(distances.shape, bool), 1)
    if labels is not None and (same := pairs & (labels[:, None] == labels)).any():
        pairs = same
    return float(np.sqrt(np.percentile(distances[pairs], 25).clip(0)) / unit)


def _settings(variant: type[AdversarialModel]) -> set[str]:
    """Return the names of all that a variant's `create` takes."""
    return {name for create in variant.creators() for name in inspect.signature(create).parameters}
