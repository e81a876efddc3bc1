"""Penalties on the slope of a discriminator: terms that the discriminator's loss adds.

Each is called as `penalty(judge, real, fake, seed_generator)`, where `judge` maps images to scores
(n, 1) and the images, (n, ...), are as many; it returns the weighted term, a scalar.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_gans.gradients import score_and_slope

Tensor = Any
Judge = Callable[[Tensor], Tensor]
EPSILON = 1e-12  # under the root of a norm: its slope at zero would be infinite


class Penalty:
    """A term of the discriminator's loss, logged as `discriminator/<name>`.

    Args:
        weight: of the term.
    """

    name: str

    def __init__(self, weight: float):
        self.weight = weight

    def __call__(self, judge: Judge, real: Tensor, fake: Tensor, seed_generator: Any) -> Tensor:
        """Return the weighted term."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"weight": self.weight}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Penalty":
        """Make the penalty from `get_config`."""
        return cls(**config)


@keras.saving.register_keras_serializable("keras_gans")
class GradientPenalty(Penalty):
    """A slope other than 1 between real and generated images.

    Each pair of them is mixed in a proportion of its own.
    [Gulrajani et al., 2017, section 4](https://arxiv.org/abs/1704.00028)
    """

    name = "gradient_penalty"

    def __init__(self, weight: float = 10.0):
        super().__init__(weight)

    def __call__(self, judge, real, fake, seed_generator):
        """Return weight * (|slope| - 1)^2."""
        shape = (ops.shape(real)[0], *[1] * (len(real.shape) - 1))
        mix = keras.random.uniform(shape, seed=seed_generator)
        _, slope = score_and_slope(judge, mix * real + (1.0 - mix) * fake)
        norm = ops.sqrt(squared_norm(slope) + EPSILON)
        return self.weight * ops.mean(ops.square(norm - 1.0))


@keras.saving.register_keras_serializable("keras_gans")
class R1(Penalty):
    """Any slope at the real images: where the fakes equal them, the discriminator is flat.

    [Mescheder et al., 2018, equation 9](https://arxiv.org/abs/1801.04406)
    """

    name = "r1"

    def __call__(self, judge, real, fake, seed_generator):
        """Return weight / 2 * |slope|^2."""
        _, slope = score_and_slope(judge, real)
        return 0.5 * self.weight * ops.mean(squared_norm(slope))


def squared_norm(slope: Tensor) -> Tensor:
    """Return the squared Euclidean norm of each example, (n,)."""
    return ops.sum(ops.square(slope), axis=tuple(range(1, len(slope.shape))))
