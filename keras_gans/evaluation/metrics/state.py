"""State that several metrics gather apart and add up afterwards."""

from collections.abc import Iterable
from typing import Any

import keras


class MergeableMetric(keras.metrics.Metric):
    """A metric that can take in what others of its kind have seen."""

    def merge_state(self, metrics: Iterable["MergeableMetric"]) -> None:
        """Add the state of metrics that saw other examples, as if this one had seen everything.

        The others are those of other processes or replicas. They stay as they are.

        Raises:
            ValueError: one is of another kind, or differs in more than its name and seed. Nothing
                has been added then.
        """
        metrics = list(metrics)
        for metric in metrics:
            _check_alike(self, metric)
        for metric in metrics:
            self._add(metric)

    def _add(self, other: Any) -> None:
        raise NotImplementedError


class SumMetric(MergeableMetric):
    """A metric whose variables are all sums over examples."""

    def _add(self, other: Any) -> None:
        for mine, its in zip(self.variables, other.variables, strict=True):
            mine.assign_add(its.value)


def _check_alike(metric: MergeableMetric, other: MergeableMetric) -> None:
    kind = type(metric).__name__
    if type(other) is not type(metric):
        raise ValueError(f"{kind} cannot be merged with {type(other).__name__}")
    mine, its = metric.get_config(), other.get_config()
    differing = [key for key in mine if key not in ("name", "seed") and mine[key] != its[key]]
    if differing:
        raise ValueError(f"{kind} cannot be merged with one of another {', '.join(differing)}")
