"""The means of a loss's terms."""

from typing import Any

import keras
from keras import ops

CAPACITY = 32  # terms; the state is made before it is known which terms there are


@keras.saving.register_keras_serializable("keras_gans")
class TermMeans(keras.metrics.Metric):
    """The mean over the steps of each named term.

    One metric for all terms, because a metric that is made when its term first appears makes
    TensorFlow trace the step twice, and other backends refuse it.
    """

    def __init__(self, name: str = "term_means", **kwargs):
        super().__init__(name=name, **kwargs)
        self.terms: list[str] = []
        state = {"initializer": "zeros", "aggregation": "sum"}
        self.sums = self.add_variable((CAPACITY,), name="sums", **state)
        self.count = self.add_variable((), name="count", **state)

    def update_state(self, terms: dict[str, Any]) -> None:
        """Add a step's scalar terms. Steps have the same terms, in the same order.

        Raises:
            ValueError: there are more terms than fit.
        """
        if len(terms) > CAPACITY:
            raise ValueError(f"a game has {CAPACITY} terms at most, not {len(terms)}")
        self.terms = list(terms)
        values = ops.stack([ops.cast(value, self.dtype) for value in terms.values()])
        self.sums.assign_add(ops.pad(values, ((0, CAPACITY - len(terms)),)))
        self.count.assign_add(1.0)

    def result(self) -> dict[str, Any]:
        """Return the means by name; none before the first step."""
        means = ops.divide_no_nan(self.sums, self.count)
        return {name: means[index] for index, name in enumerate(self.terms)}
