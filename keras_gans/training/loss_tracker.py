"""The means of the losses over an epoch."""

from typing import Any

import keras
from keras import ops

from keras_gans.training.distribution import sum_of_own_replicas

CAPACITY = 32  # the state is created before the number of losses is known


@keras.saving.register_keras_serializable("keras_gans")
class LossTracker(keras.metrics.Metric):
    """The mean of each named loss over an epoch's steps.

    One metric holds all losses: metrics that are created in the first step would make TensorFlow
    trace that step twice.
    """

    def __init__(self, name: str = "loss_tracker", **kwargs):
        super().__init__(name=name, **kwargs)
        self.names: list[str] = []
        state = {"initializer": "zeros", "aggregation": "sum"}
        self.sums = self.add_variable((CAPACITY,), name="sums", **state)
        self.count = self.add_variable((), name="count", **state)

    def update_state(self, losses: dict[str, Any]) -> None:
        """Add a step's scalar losses, which are the same at every step, in the same order.

        Raises:
            ValueError: there are more than 32 losses.
        """
        if len(losses) > CAPACITY:
            raise ValueError(f"a model may log {CAPACITY} losses at most, not {len(losses)}")
        self.names = list(losses)
        values = ops.stack([ops.cast(value, self.dtype) for value in losses.values()])
        self.sums.assign_add(ops.pad(values, ((0, CAPACITY - len(losses)),)))
        self.count.assign_add(1.0)

    def result(self) -> dict[str, Any]:
        """Return the means by name; an empty dictionary before the first step.

        Of several workers each returns its own, as each asks when its clock says so.
        """
        sums, count = map(sum_of_own_replicas, (self.sums, self.count))
        means = ops.divide_no_nan(sums, count)
        return {name: means[index] for index, name in enumerate(self.names)}
