"""Adversarial losses: what each side wants of the discriminator's logits.

Logits have any shape, (n, 1) for a verdict an image or (n, h, w, 1) for one a patch; the result is
their mean, a scalar. Losses are saved with a model.
"""

from typing import Any

import keras
from keras import ops

Tensor = Any


class AdversarialLoss:
    """What both sides want, a method for each kind of logits."""

    def real(self, logits: Tensor) -> Tensor:
        """Return what the discriminator minimizes on real images."""
        raise NotImplementedError

    def fake(self, logits: Tensor) -> Tensor:
        """Return what the discriminator minimizes on generated images."""
        raise NotImplementedError

    def generator(self, logits: Tensor) -> Tensor:
        """Return what the generator minimizes on its images."""
        raise NotImplementedError

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return what the discriminator minimizes."""
        return self.real(real) + self.fake(fake)

    def smoothed(self, amount: float) -> "AdversarialLoss":
        """Return this loss with one-sided label smoothing.

        Raises:
            ValueError: the loss has no labels that could be smoothed.
        """
        return LabelSmoothing(self, amount)

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

    def real(self, logits: Tensor) -> Tensor:
        """Return -log D(x): minimal where real images are known as real."""
        return ops.mean(ops.softplus(-logits))

    def fake(self, logits: Tensor) -> Tensor:
        """Return -log(1 - D(G(z))): minimal where fakes are known as fakes."""
        return ops.mean(ops.softplus(logits))

    def generator(self, logits: Tensor) -> Tensor:
        """Return -log D(G(z)): minimal where fakes pass as real."""
        return ops.mean(ops.softplus(-logits))


@keras.saving.register_keras_serializable("keras_gans")
class Minimax(NonSaturating):
    """The zero-sum game itself: the generator minimizes log(1 - D(G(z))), which saturates.

    [Goodfellow et al., 2014, equation 1](https://arxiv.org/abs/1406.2661)
    """

    def generator(self, logits: Tensor) -> Tensor:
        """Return log(1 - D(G(z))): minimal where fakes pass as real."""
        return -ops.mean(ops.softplus(logits))


@keras.saving.register_keras_serializable("keras_gans")
class LeastSquares(AdversarialLoss):
    """Least squares, with the paper's coding: a for fake, b for real, c what the generator wants.

    [Mao et al., 2017, equation 2](https://arxiv.org/abs/1611.04076)
    """

    def __init__(self, a: float = 0.0, b: float = 1.0, c: float = 1.0):
        self.a, self.b, self.c = a, b, c

    def real(self, logits: Tensor) -> Tensor:
        """Return (D(x) - b)^2 / 2."""
        return 0.5 * ops.mean(ops.square(logits - self.b))

    def fake(self, logits: Tensor) -> Tensor:
        """Return (D(G(z)) - a)^2 / 2."""
        return 0.5 * ops.mean(ops.square(logits - self.a))

    def generator(self, logits: Tensor) -> Tensor:
        """Return (D(G(z)) - c)^2 / 2."""
        return 0.5 * ops.mean(ops.square(logits - self.c))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"a": self.a, "b": self.b, "c": self.c}


@keras.saving.register_keras_serializable("keras_gans")
class Wasserstein(AdversarialLoss):
    """The critic's scores, as far apart as it can get them: minus the distance it estimates.

    It needs a critic that is held to a slope of 1, or to small weights.
    [Arjovsky et al., 2017, equation 3](https://arxiv.org/abs/1701.07875)
    """

    def real(self, logits: Tensor) -> Tensor:
        """Return -f(x)."""
        return -ops.mean(logits)

    def fake(self, logits: Tensor) -> Tensor:
        """Return f(G(z))."""
        return ops.mean(logits)

    def generator(self, logits: Tensor) -> Tensor:
        """Return -f(G(z))."""
        return -ops.mean(logits)

    def smoothed(self, amount: float) -> AdversarialLoss:
        """Refuse: with smoothed labels, the critic would win by calling everything real."""
        raise ValueError("a Wasserstein critic has no labels: leave out --label-smoothing")


@keras.saving.register_keras_serializable("keras_gans")
class Hinge(AdversarialLoss):
    """The discriminator wants logits beyond 1 and -1, the generator wants them high.

    [Miyato et al., 2018, equations 16 and 17](https://arxiv.org/abs/1802.05957)
    """

    def real(self, logits: Tensor) -> Tensor:
        """Return max(0, 1 - D(x))."""
        return ops.mean(ops.relu(1.0 - logits))

    def fake(self, logits: Tensor) -> Tensor:
        """Return max(0, 1 + D(G(z)))."""
        return ops.mean(ops.relu(1.0 + logits))

    def generator(self, logits: Tensor) -> Tensor:
        """Return -D(G(z))."""
        return -ops.mean(logits)


@keras.saving.register_keras_serializable("keras_gans")
class LabelSmoothing(AdversarialLoss):
    """Another loss, whose real images count as fakes for a small part.

    One-sided: smoothing the fakes' label too would strengthen fakes where there are no real images.
    [Salimans et al., 2016, section 3.4](https://arxiv.org/abs/1606.03498)

    Args:
        loss: the loss.
        amount: the part, under 1: 0.1 turns the label 1 of real images into 0.9.
    """

    def __init__(self, loss: AdversarialLoss, amount: float = 0.1):
        if not 0.0 <= amount < 1.0:
            raise ValueError(f"labels are smoothed by 0 to under 1, not by {amount}")
        self.loss, self.amount = loss, amount

    def real(self, logits: Tensor) -> Tensor:
        """Return the mean of both verdicts' losses, weighted."""
        return (1.0 - self.amount) * self.loss.real(logits) + self.amount * self.loss.fake(logits)

    def fake(self, logits: Tensor) -> Tensor:
        """Return the loss's own."""
        return self.loss.fake(logits)

    def generator(self, logits: Tensor) -> Tensor:
        """Return the loss's own."""
        return self.loss.generator(logits)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"loss": keras.saving.serialize_keras_object(self.loss), "amount": self.amount}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LabelSmoothing":
        """Make the loss from `get_config`."""
        return cls(keras.saving.deserialize_keras_object(config["loss"]), config["amount"])
