"""Adversarial losses: what each side wants of the discriminator's logits.

Logits have any shape, (n, 1) for a verdict an image or (n, h, w, 1) for one a patch; the result is
their mean, a scalar. Each class takes numbers only, so that it can be saved with a model.
"""

from typing import Any

import keras
from keras import ops

Tensor = Any


class AdversarialLoss:
    """What both sides want. `real` and `fake` are logits of any one shape."""

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return what the discriminator minimizes."""
        raise NotImplementedError

    def generator(self, fake: Tensor) -> Tensor:
        """Return what the generator minimizes."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "AdversarialLoss":
        """Make the loss from `get_config`."""
        return cls(**config)


@keras.saving.register_keras_serializable("keras_gans")
class NonSaturating(AdversarialLoss):
    """The GAN loss in use: -log D(G(z)) for the generator.

    Its gradient is strong where the discriminator wins, unlike that of `Minimax`.
    [Goodfellow et al., 2014, section 3](https://arxiv.org/abs/1406.2661)
    """

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return -log D(x) - log(1 - D(G(z))): minimal where both are told apart."""
        return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))

    def generator(self, fake: Tensor) -> Tensor:
        """Return -log D(G(z)): minimal where fakes pass as real."""
        return ops.mean(ops.softplus(-fake))


@keras.saving.register_keras_serializable("keras_gans")
class Minimax(NonSaturating):
    """The zero-sum game itself: the generator minimizes log(1 - D(G(z))), which saturates.

    [Goodfellow et al., 2014, equation 1](https://arxiv.org/abs/1406.2661)
    """

    def generator(self, fake: Tensor) -> Tensor:
        """Return log(1 - D(G(z))): minimal where fakes pass as real."""
        return -ops.mean(ops.softplus(fake))


@keras.saving.register_keras_serializable("keras_gans")
class LeastSquares(AdversarialLoss):
    """Least squares, with the paper's coding: a for fake, b for real, c what the generator wants.

    [Mao et al., 2017, equation 2](https://arxiv.org/abs/1611.04076)
    """

    def __init__(self, a: float = 0.0, b: float = 1.0, c: float = 1.0):
        self.a, self.b, self.c = a, b, c

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return ((D(x) - b)^2 + (D(G(z)) - a)^2) / 2."""
        return 0.5 * (ops.mean(ops.square(real - self.b)) + ops.mean(ops.square(fake - self.a)))

    def generator(self, fake: Tensor) -> Tensor:
        """Return (D(G(z)) - c)^2 / 2."""
        return 0.5 * ops.mean(ops.square(fake - self.c))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"a": self.a, "b": self.b, "c": self.c}
