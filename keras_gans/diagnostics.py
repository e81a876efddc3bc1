"""Signs that adversarial training goes wrong, found in its losses and samples."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from keras import ops

from keras_gans.training.adversarial_model import AdversarialModel

Kind = Literal["discriminator too strong", "mode collapse", "divergence"]

TOO_STRONG = 0.015  # fraction of the loss of a discriminator that guesses
COLLAPSED = 0.3  # fraction of the data's diversity
LARGE, GROWTH = 1e3, 3.0  # of a divergent loss: its size, and its growth over half of the windows
FAINT = 0.01  # a contrast that cannot be seen
LOGITS = np.linspace(-20.0, 20.0, 801, dtype="float32")  # where minima of a loss are searched

# What to change, by the hyperparameter that a model may have.
REMEDIES: dict[Kind, dict[str, str]] = {
    "discriminator too strong": {
        "gamma": "a larger gamma",
        "instance_noise": "instance_noise of 0.1",
        "r1": "an r1 penalty",
        "label_smoothing": "label_smoothing of 0.1",
        "augment": "augment",
    },
    "mode collapse": {
        "gamma": "a larger gamma",
        "discriminator_steps": "more discriminator_steps",
        "r1": "an r1 penalty",
        "augment": "augment",
    },
    "divergence": {
        "clip": "a smaller clip",
        "penalty_weight": "a larger penalty_weight",
        "gamma": "a larger gamma",
        "r1": "an r1 penalty",
    },
}
LOWER_RATE = "a lower learning_rate"
STABLE_MODELS = ("R3GAN", "WGANGP")  # for images without labels


@dataclass(frozen=True)
class Finding:
    """A sign that training goes wrong.

    Attributes:
        kind: what goes wrong.
        name: name of the loss or the generator that shows it.
        message: what was found, with numbers.
    """

    kind: Kind
    name: str
    message: str


@dataclass(frozen=True)
class Baseline:
    """Two values to compare a discriminator's adversarial loss with.

    Attributes:
        guessing: the least loss of a discriminator that has the same logit for all images.
        least: the least loss of any discriminator.
    """

    guessing: float
    least: float

    @classmethod
    def of(cls, loss: Callable[[Any, Any], Any]) -> "Baseline":
        """Return the baseline of a loss, which is searched for logits from -20 to 20.

        Args:
            loss: a model's `adversarial_discriminator_loss`.
        """
        real, fake = np.meshgrid(LOGITS, LOGITS)
        pairs = ops.convert_to_tensor(np.stack([real.ravel(), fake.ravel()], axis=-1))
        losses = ops.vectorized_map(lambda logits: loss(logits[0], logits[1]), pairs)
        losses = ops.convert_to_numpy(losses).reshape(real.shape)
        return cls(float(losses.diagonal().min()), float(losses.min()))


def too_strong(losses: dict[str, float], baseline: Baseline) -> list[Finding]:
    """Find adversarial losses under 1.5% of the loss of a discriminator that guesses.

    Nothing is found for losses without a minimum, such as `Wasserstein`.
    """
    if baseline.guessing <= 0.0:
        return []
    return [
        Finding(
            "discriminator too strong",
            name,
            f"{name} is {value:.2g} ({baseline.least:.2f} at best, {baseline.guessing:.2f} when "
            "guessing): the discriminator is too strong, and the generator learns little from it",
        )
        for name, value in losses.items()
        if name.startswith("discriminator/adversarial")
        and value - baseline.least < TOO_STRONG * (baseline.guessing - baseline.least)
    ]


def mode_collapse(
    name: str, samples: np.ndarray, labels: np.ndarray | None, data: float
) -> list[Finding]:
    """Find samples with less than 0.3 of the data's diversity.

    Args:
        name: name of the generator.
        samples: images (n, h, w, c), or 2-D points (n, 2).
        labels: (n,); None for unlabeled samples.
        data: the `diversity` of real examples.
    """
    fraction = diversity(samples, labels) / data if data else 1.0
    if fraction >= COLLAPSED:
        return []
    message = f"the diversity of the {name}'s samples is {fraction:.0%} of the data's: "
    return [Finding("mode collapse", name, message + "mode collapse")]


def divergence(windows: Sequence[dict[str, float]]) -> list[Finding]:
    """Find losses that grow without bound.

    Such a loss is over 1000 in size, larger than ever before, and more than three times as large as
    in the first half of the windows. A linear drift only doubles in the second half.

    Args:
        windows: the mean losses of windows of steps, the oldest first.
    """
    *before, now = windows
    found = []
    for name, value in now.items():
        sizes = [abs(window[name]) for window in before]
        early = sizes[: (len(sizes) + 1) // 2]
        if abs(value) > max(LARGE, *sizes, GROWTH * max(early, default=np.inf)):
            half = before[len(early) - 1][name]
            message = f"{name} is {value:.3g}, {half:.3g} after half of the steps: it diverges"
            found.append(Finding("divergence", name, message))
    return found


def remedies(kind: Kind, model: AdversarialModel) -> str:
    """Return a sentence with what to try, of the hyperparameters that the model has."""
    config_class: Any = model.config_class
    fields = {field.name for field in dataclasses.fields(config_class)}
    changes = [text for name, text in REMEDIES[kind].items() if name in fields]
    if kind == "discriminator too strong" and model.discriminator_steps > 1:
        changes.insert(0, "fewer discriminator_steps")
    text = f"Try {' or '.join([', '.join(changes), LOWER_RATE] if changes else [LOWER_RATE])}"
    others = [name for name in STABLE_MODELS if name != type(model).__name__]
    return text + (f"; or train {' or '.join(others)}" if model.task == "images" else "")


def diversity(samples: np.ndarray, labels: np.ndarray | None = None) -> float:
    """Return the lower quartile of the distances between samples; 0 for a single sample.

    It is near 0 if the samples are copies of up to three images. Distances between images are
    divided by their contrast, so that faint images, early in training, do not count as similar.

    Args:
        samples: images (n, h, w, c), or 2-D points (n, 2).
        labels: (n,). If given, only samples of the same class are compared, if there are any.
    """
    if len(samples) < 2:
        return 0.0
    flat = samples.reshape(len(samples), -1)
    unit = FAINT + flat.std(axis=1).mean() if samples.ndim > 2 else 1.0
    flat = flat - flat.mean(axis=0)  # keeps the squares small, for precision in float32
    squares = np.sum(flat**2, axis=1)
    distances = squares[:, None] + squares - 2.0 * flat @ flat.T
    pairs = np.triu(np.ones(distances.shape, bool), 1)
    if labels is not None and (same := pairs & (labels[:, None] == labels)).any():
        pairs = same
    return float(np.sqrt(np.percentile(distances[pairs], 25).clip(0)) / unit)
