"""Evaluations as tables."""

import math
from typing import Any

from keras_gans.evaluation.metric_specs import spec_for
from keras_gans.tables import markdown_table


def evaluation_table(values: dict[str, float], conditions: dict[str, Any]) -> str:
    """Return a Markdown table of values, each with what it depends on.

    Args:
        values: the result of an `Evaluator`.
        conditions: of that evaluation, see `Evaluator.conditions`.
    """
    rows = [
        (name, _shown(value), evaluated_with(name, conditions)) for name, value in values.items()
    ]
    return markdown_table(("metric", "value", "evaluated with"), rows)


def _shown(value: float) -> str:
    """Return a value as text; there is none of too few images, or of images that are not finite."""
    return f"{value:.4g}" if math.isfinite(value) else "none: too few images, or not finite"


def evaluated_with(name: str, conditions: dict[str, Any]) -> str:
    """Return what a value depends on: "digits features (1f), 10 samples against test (2e)"."""
    generator, _, value = name.rpartition("/")
    spec, samples = spec_for(value), conditions["samples"]
    count = samples.get(generator) or next(iter(samples.values()))
    text = f"{min(count, spec.max_samples or count):,} samples"
    examples = named_with(conditions, "split", "examples")
    if spec.real is not None:
        text += f" against {examples if spec.real == 'test' else spec.real}"
    elif not {"errors", "targets", "target_maps", "source_maps"}.isdisjoint(spec.inputs):
        text += f" of {examples}"
    if "taken" in spec.inputs:
        return f"domain classifier {conditions['domain_classifier']}, {text}"
    if {"points", "errors", "images"}.intersection(spec.inputs):
        return text
    return f"{named_with(conditions, 'features', 'extractor')}, {text}"


def named_with(conditions: dict[str, Any], name: str, fingerprint: str) -> str:
    """Return a condition's name with its fingerprint, which those of earlier versions have not."""
    found = f" ({conditions[fingerprint]})" if fingerprint in conditions else ""
    return f"{conditions[name]}{found}"
