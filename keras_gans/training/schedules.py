"""Learning rates over time."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_gans")
class ConstantThenLinear(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that is constant for half of the steps, then decays linearly to zero.

    [Zhu et al., 2017, section 4](https://arxiv.org/abs/1703.10593), for 100 epochs each.

    Args:
        initial_learning_rate: the learning rate of the first half.
        total_steps: number of optimizer updates. After them, the rate is zero.
    """

    def __init__(self, initial_learning_rate: float, total_steps: int):
        self.initial_learning_rate = initial_learning_rate
        self.total_steps = total_steps

    def __call__(self, step):
        """Return the learning rate of update number `step`, from 0."""
        left = 1.0 - ops.cast(step, "float32") / float(self.total_steps)
        return self.initial_learning_rate * ops.clip(2.0 * left, 0.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "total_steps": self.total_steps,
        }


def constant_then_linear(
    learning_rate: float, total_steps: int | None
) -> float | ConstantThenLinear:
    """Return that schedule; the constant rate if the number of updates is not known."""
    return learning_rate if total_steps is None else ConstantThenLinear(learning_rate, total_steps)


class DecayingRate:
    """What makes the optimizers of a model decay: a parent before `AdversarialModel`."""

    @classmethod
    def make_optimizer(cls, learning_rate=2e-4, *, total_steps=None, **kwargs):
        """Return Adam with a rate that is constant, then decays linearly, over `total_steps`."""
        rate = constant_then_linear(learning_rate, total_steps)
        return super().make_optimizer(rate, **kwargs)
