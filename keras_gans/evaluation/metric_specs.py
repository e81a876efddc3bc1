"""The metrics by name: what each one needs, and which of its values are better."""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from keras_gans.evaluation import metrics
from keras_gans.evaluation.metrics.authenticity import FAKES

MAX_SAMPLES = 10_000  # of real and of generated images, for metrics that compare all with all


@dataclass(frozen=True)
class MetricSpec:
    """One of the metrics.

    Attributes:
        make: makes the metric, given the `Evaluator`.
        better: the names of its values, each with the better direction: "low", "high", or "" for
            neither.
        inputs: what the metric is updated with: any of "features", "maps", "predicted", "labels",
            "errors", "points", "images", "targets" (of pairs), "target_maps" and "source_maps",
            "taken" (for the target domain) and "sources_taken".
        real: the split of its real images; None for a metric of generated images alone.
        max_samples: how many samples it compares, at most; None for all.
    """

    make: Callable[[Any], keras.metrics.Metric]
    better: dict[str, str]
    inputs: tuple[str, ...] = ("features",)
    real: str | None = "test"
    max_samples: int | None = None


def _of_pairs(
    function: Callable[[Any, Any], Any], value: str, better: str, inputs: tuple[str, str]
) -> MetricSpec:
    """Return a metric that is the mean of a function of two images."""
    make = functools.partial(keras.metrics.MeanMetricWrapper, function, value)
    return MetricSpec(lambda e: make(), {value: better}, inputs, real=None)


METRICS = {
    "fid": MetricSpec(lambda e: metrics.FrechetDistance(e.dim, name="fid"), {"fid": "low"}),
    "kid": MetricSpec(
        lambda e: metrics.KernelDistance(e.dim, MAX_SAMPLES),
        {"kid": "low", "kid_standard_error": ""},
        max_samples=MAX_SAMPLES,
    ),
    "precision_recall": MetricSpec(
        lambda e: metrics.PrecisionRecall(e.dim, capacity=MAX_SAMPLES),
        {"precision": "high", "recall": "high"},
        max_samples=MAX_SAMPLES,
    ),
    "density_coverage": MetricSpec(
        lambda e: metrics.DensityCoverage(e.dim, capacity=MAX_SAMPLES),
        {"density": "high", "coverage": "high"},
        max_samples=MAX_SAMPLES,
    ),
    "authenticity": MetricSpec(
        lambda e: metrics.Authenticity(e.dim),
        {"authenticity": "high"},
        real="train",
        max_samples=FAKES,
    ),
    "diversity": MetricSpec(
        lambda e: metrics.Diversity(), {"diversity": "high", "diversity_of_real": ""}, ("maps",)
    ),
    "classes": MetricSpec(
        lambda e: metrics.ClassCoverage(e.extractor.classes, e.test.class_shares),
        {
            "classes_found": "high",
            "smallest_share": "high",
            "largest_share": "low",
            "reverse_kl": "low",
        },
        ("predicted",),
    ),
    "class_accuracy": MetricSpec(
        lambda e: keras.metrics.Accuracy("class_accuracy"),
        {"class_accuracy": "high"},
        ("labels", "predicted"),
        real=None,
    ),
    "intra_class_fid": MetricSpec(
        lambda e: metrics.IntraClassFrechet(e.dim, len(e.test.class_names)),
        {"intra_class_frechet": "low"},
        ("features", "labels"),
    ),
    "modes": MetricSpec(
        lambda e: metrics.ModeCoverage(e.test.modes, e.test.mode_std),
        {"modes": "high", "high_quality": "high"},
        ("points",),
        real=None,
    ),
    "reconstruction": MetricSpec(
        lambda e: keras.metrics.Mean("reconstruction_error"),
        {"reconstruction_error": "low"},
        ("errors",),
        real=None,
    ),
    "ssim": _of_pairs(metrics.ssim, "ssim", "high", ("targets", "images")),
    "psnr": _of_pairs(metrics.psnr, "psnr", "high", ("targets", "images")),
    "perceptual": _of_pairs(
        metrics.perceptual_distance, "perceptual_distance", "low", ("target_maps", "maps")
    ),
    "structure": _of_pairs(
        metrics.structure_distance, "structure_distance", "low", ("source_maps", "maps")
    ),
    "target_share": MetricSpec(
        lambda e: metrics.TargetShare(),
        {"target_share": "high", "target_share_of_real": "", "target_share_of_sources": ""},
        ("taken", "sources_taken"),
    ),
}
# They take a few seconds for 10,000 small images, and say most.
QUICK = (
    *("fid", "precision_recall", "classes", "class_accuracy", "modes", "reconstruction"),
    *("ssim", "psnr", "target_share"),
)
# They hold one covariance per class: gigabytes for a thousand classes.
PER_CLASS = {"intra_class_fid"}
_SPEC_OF_VALUE = {value: spec for spec in METRICS.values() for value in spec.better}


def spec_for(value: str) -> MetricSpec:
    """Return the metric that a value is of: "recall" is of precision_recall."""
    return _SPEC_OF_VALUE[value]


def sort_key(values: dict[str, Any], monitor: str) -> tuple[float, ...]:
    """Return a key that sorts evaluations, the best first.

    By one of the values, then by the others of the same metric: two models may both find all modes,
    and the one with more samples near a mode is the better one.
    """
    others = [name for name, way in spec_for(monitor).better.items() if way and name != monitor]
    return tuple(score(values, name) for name in (monitor, *others))


def score(values: dict[str, Any], monitor: str) -> float:
    """Return how good an evaluation is by one of its values: less is better, NaN is infinite.

    Args:
        values: the result of a `keras_gans.evaluation.evaluator.Evaluator`.
        monitor: the name of a value, "fid"; of several generators' the mean is taken.
    """
    found = [value for name, value in values.items() if name.rpartition("/")[2] == monitor]
    mean = sum(found) / len(found) if found else math.nan
    sign = -1.0 if spec_for(monitor).better[monitor] == "high" else 1.0
    return math.inf if math.isnan(mean) else sign * mean
