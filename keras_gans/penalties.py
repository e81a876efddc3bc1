"""Gradient penalties: losses that a discriminator adds to its adversarial loss."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_gans.training.gradients import value_and_input_gradient

Tensor = Any
Discriminate = Callable[[Tensor], Tensor]
EPSILON = 1e-12  # under the square root of a norm, whose gradient at zero would be infinite


class Penalty:
    """Base class. A penalty is logged as `discriminator/<name>`.

    Args:
        weight: the penalty's weight.

    Call arguments:
        discriminate: a function from images (n, ...) to logits (n, 1).
        real: real images (n, ...).
        fake: generated images (n, ...).
        seed_generator: for penalties that draw random numbers.

    Returns:
        The weighted penalty, a scalar.
    """

    name: str

    def __init__(self, weight: float):
        self.weight = weight

    def __call__(
        self, discriminate: Discriminate, real: Tensor, fake: Tensor, seed_generator: Any
    ) -> Tensor:
        """Return the weighted penalty."""
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
    """WGAN-GP's penalty of gradient norms other than 1, between real and generated images.

    [Gulrajani et al., 2017, section 4](https://arxiv.org/abs/1704.00028)
    """

    name = "gradient_penalty"

    def __init__(self, weight: float = 10.0):
        super().__init__(weight)

    def __call__(self, discriminate, real, fake, seed_generator):
        """Return weight * (|gradient| - 1)^2 at a random interpolation of each pair of images."""
        shape = (ops.shape(real)[0], *[1] * (len(real.shape) - 1))
        mix = keras.random.uniform(shape, seed=seed_generator)
        _, gradient = value_and_input_gradient(discriminate, mix * real + (1.0 - mix) * fake)
        norm = ops.sqrt(squared_norm(gradient) + EPSILON)
        return self.weight * ops.mean(ops.square(norm - 1.0))


@keras.saving.register_keras_serializable("keras_gans")
class R1(Penalty):
    """The squared gradient norm at real images.

    [Mescheder et al., 2018, equation 9](https://arxiv.org/abs/1801.04406). With batch normalization
    in the discriminator it is that of the sum of the batch's logits, as an image changes them all.
    """

    name = "r1"

    def __call__(self, discriminate, real, fake, seed_generator):
        """Return weight / 2 * |gradient|^2."""
        _, gradient = value_and_input_gradient(discriminate, real)
        return 0.5 * self.weight * ops.mean(squared_norm(gradient))


def squared_norm(gradient: Tensor) -> Tensor:
    """Return the squared Euclidean norm of each example, (n,)."""
    return ops.sum(ops.square(gradient), axis=tuple(range(1, len(gradient.shape))))
