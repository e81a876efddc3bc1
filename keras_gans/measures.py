"""The measures there are, by name: what each looks at, and which of its values is better."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from keras_gans import metrics
from keras_gans.metrics.authenticity import FAKES

COMPARED = 10_000  # of each side, at most, by measures that compare all with all


@dataclass(frozen=True)
class Measure:
    """One of the measures.

    Attributes:
        make: makes its metric for an evaluation.
        better: the values that it gives, and which of them are the better: "low", "high", or ""
            for neither.
        looks_at: what of the pictures the metric is fed.
        real: the split that is its real side; None where it looks at what is made alone.
        compared: how many samples it looks at, at most; None for all.
    """

    make: Callable[[Any], keras.metrics.Metric]
    better: dict[str, str]
    looks_at: tuple[str, ...] = ("features",)
    real: str | None = "test"
    compared: int | None = None


MEASURES = {
    "fid": Measure(lambda of: metrics.FrechetDistance(of.dim, name="fid"), {"fid": "low"}),
    "kid": Measure(
        lambda of: metrics.KernelDistance(of.dim, COMPARED),
        {"kid": "low", "kid_standard_error": ""},
        compared=COMPARED,
    ),
    "precision_recall": Measure(
        lambda of: metrics.PrecisionRecall(of.dim, capacity=COMPARED),
        {"precision": "high", "recall": "high"},
        compared=COMPARED,
    ),
    "density_coverage": Measure(
        lambda of: metrics.DensityCoverage(of.dim, capacity=COMPARED),
        {"density": "high", "coverage": "high"},
        compared=COMPARED,
    ),
    "authenticity": Measure(
        lambda of: metrics.Authenticity(of.dim),
        {"authenticity": "high"},
        real="train",
        compared=FAKES,
    ),
    "diversity": Measure(
        lambda of: metrics.Diversity(), {"diversity": "high", "diversity_of_real": ""}, ("maps",)
    ),
    "classes": Measure(
        lambda of: metrics.LabelShares(of.extractor.classes, of.test.class_shares),
        {
            "classes_found": "high",
            "smallest_share": "high",
            "largest_share": "low",
            "reverse_kl": "low",
        },
        ("predicted",),
    ),
    "class_accuracy": Measure(
        lambda of: keras.metrics.Accuracy("class_accuracy"),
        {"class_accuracy": "high"},
        ("labels", "predicted"),
        real=None,
    ),
    "intra_class_fid": Measure(
        lambda of: metrics.IntraClassFrechet(of.dim, len(of.test.class_names)),
        {"intra_class_frechet": "low"},
        ("features", "labels"),
    ),
    "modes": Measure(
        lambda of: metrics.ModeCoverage(of.test.modes, of.test.mode_std),
        {"modes": "high", "high_quality": "high"},
        ("points",),
        real=None,
    ),
    "reconstruction": Measure(
        lambda of: keras.metrics.Mean("reconstruction_error"),
        {"reconstruction_error": "low"},
        ("errors",),
        real=None,
    ),
}
# Those that take a few seconds for 10,000 small pictures, and say most.
QUICK = ("fid", "precision_recall", "classes", "class_accuracy", "modes", "reconstruction")
# Those that remember a covariance for each class: gigabytes, where there are a thousand.
PER_CLASS = {"intra_class_fid"}
_GIVING = {name: measure for measure in MEASURES.values() for name in measure.better}


def giving(value: str) -> Measure:
    """Return the measure that gives a value: "recall" is precision_recall's."""
    return _GIVING[value]


def order(values: dict[str, Any], monitor: str) -> tuple[float, ...]:
    """Return what sorts values, the best first: by one of them, then by its measure's others.

    All modes are soon found: of two that found them, more samples near a mode is the better.
    """
    others = [name for name, way in giving(monitor).better.items() if way and name != monitor]
    return tuple(rank(values, name) for name in (monitor, *others))


def rank(values: dict[str, Any], monitor: str) -> float:
    """Return how good values are by one of them: less is better, NaN is infinite.

    Args:
        values: what a `keras_gans.evaluation.Evaluation` found.
        monitor: the name of a value, "fid"; of several generators' the mean is taken.
    """
    found = [value for name, value in values.items() if name.rpartition("/")[2] == monitor]
    mean = sum(found) / len(found) if found else math.nan
    sign = -1.0 if giving(monitor).better[monitor] == "high" else 1.0
    return math.inf if math.isnan(mean) else sign * mean
