"""Evaluations as tables."""

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
        (name, f"{value:.4g}", evaluated_with(name, conditions)) for name, value in values.items()
    ]
    return markdown_table(("metric", "value", "evaluated with"), rows)


def evaluated_with(name: str, conditions: dict[str, Any]) -> str:
    """Return what a value depends on: "digits features, 10,000 samples against test"."""
    generator, _, value = name.rpartition("/")
    spec, samples = spec_for(value), conditions["samples"]
    count = samples.get(generator) or next(iter(samples.values()))
    text = f"{min(count, spec.max_samples or count):,} samples"
    if spec.real is not None:
        text += f" against {conditions['split'] if spec.real == 'test' else spec.real}"
    elif "errors" in spec.inputs:
        text += f" of {conditions['split']}"
    if spec.inputs in (("points",), ("errors",)):
        return text
    return f"{conditions['features']}, {text}"
