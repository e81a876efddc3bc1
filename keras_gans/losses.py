"""Adversarial losses of discriminator and generator, given the discriminator's logits; distances.

Logits are (n, 1), or (n, h, w, 1) for a discriminator with a logit per patch. A loss is a scalar,
the mean over them. Losses are saved with a model.
"""

from typing import Any

import keras
from keras import ops

Tensor = Any


class AdversarialLoss:
    """Base class: the losses of a discriminator and a generator."""

    def real(self, logits: Tensor) -> Tensor:
        """Return the discriminator's loss, given its logits for real images."""
        raise NotImplementedError

    def fake(self, logits: Tensor) -> Tensor:
        """Return the discriminator's loss, given its logits for generated images."""
        raise NotImplementedError

    def generator(self, logits: Tensor) -> Tensor:
        """Return the generator's loss, given the logits for generated images."""
        raise NotImplementedError

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the discriminator's loss, given its logits for real and for generated images."""
        return self.real(real) + self.fake(fake)

    def smoothed(self, amount: float) -> "AdversarialLoss":
        """Return this loss with one-sided label smoothing.

        Raises:
            ValueError: the loss has no labels to smooth.
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
    """The non-saturating GAN loss, -log D(G(z)) for the generator.

    Unlike that of `Minimax`, its gradient does not vanish if the discriminator rejects all fakes.
    [Goodfellow et al., 2014, section 3](https://arxiv.org/abs/1406.2661)
    """

    def real(self, logits: Tensor) -> Tensor:
        """Return -log D(x)."""
        return ops.mean(ops.softplus(-logits))

    def fake(self, logits: Tensor) -> Tensor:
        """Return -log(1 - D(G(z)))."""
        return ops.mean(ops.softplus(logits))

    def generator(self, logits: Tensor) -> Tensor:
        """Return -log D(G(z))."""
        return ops.mean(ops.softplus(-logits))


@keras.saving.register_keras_serializable("keras_gans")
class Minimax(NonSaturating):
    """The minimax GAN loss: the generator minimizes log(1 - D(G(z))), which saturates.

    [Goodfellow et al., 2014, equation 1](https://arxiv.org/abs/1406.2661)
    """

    def generator(self, logits: Tensor) -> Tensor:
        """Return log(1 - D(G(z)))."""
        return -ops.mean(ops.softplus(logits))


@keras.saving.register_keras_serializable("keras_gans")
class LeastSquares(AdversarialLoss):
    """The least squares loss.

    [Mao et al., 2017, equation 2](https://arxiv.org/abs/1611.04076)

    Args:
        a: the discriminator's target for fakes.
        b: the discriminator's target for real images.
        c: the generator's target.
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
    """The Wasserstein loss: minus the distance that the critic estimates.

    The critic has to be Lipschitz continuous, by a gradient penalty or clipped weights.
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
        """Raise ValueError: the loss has no labels, and would have no minimum."""
        raise ValueError("a Wasserstein critic has no labels: label_smoothing must be 0")


@keras.saving.register_keras_serializable("keras_gans")
class Hinge(AdversarialLoss):
    """The hinge loss, with margins 1 for real images and -1 for fakes.

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
    """A loss with one-sided label smoothing: real images have the label 1 - `amount`.

    The label of fakes stays 0: smoothing it would encourage the generator to keep making images
    that are far from all real ones.
    [Salimans et al., 2016, section 3.4](https://arxiv.org/abs/1606.03498)

    Args:
        loss: the loss to smooth.
        amount: from 0 to under 1. 0.1 is usual.

    Raises:
        ValueError: `amount` is out of its range.
    """

    def __init__(self, loss: AdversarialLoss, amount: float = 0.1):
        if not 0.0 <= amount < 1.0:
            raise ValueError(f"amount must be from 0 to under 1, not {amount}")
        self.loss, self.amount = loss, amount

    def real(self, logits: Tensor) -> Tensor:
        """Return the mean of the losses for label 1 and label 0, weighted by the label."""
        return (1.0 - self.amount) * self.loss.real(logits) + self.amount * self.loss.fake(logits)

    def fake(self, logits: Tensor) -> Tensor:
        """Return the loss without smoothing."""
        return self.loss.fake(logits)

    def generator(self, logits: Tensor) -> Tensor:
        """Return the loss without smoothing."""
        return self.loss.generator(logits)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"loss": keras.saving.serialize_keras_object(self.loss), "amount": self.amount}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LabelSmoothing":
        """Make the loss from `get_config`."""
        return cls(keras.saving.deserialize_keras_object(config["loss"]), config["amount"])


def patch_nce(queries: Tensor, keys: Tensor, temperature: float = 0.07) -> Tensor:
    """Return the PatchNCE loss of each image, (n,): the mean over its patches.

    Each query has to find the key of its own patch among the keys of all patches of its image: the
    cross-entropy of a softmax over their similarities. Keys have no gradient.
    [Park et al., 2020, equations 2 and 3](https://arxiv.org/abs/2007.15651)

    Args:
        queries: vectors of length 1 of the patches of generated images, (n, patches, d).
        keys: those of the same patches of the images they were made from.
        temperature: similarities, from -1 to 1, are divided by it.
    """
    keys = ops.stop_gradient(keys)
    similarities = ops.matmul(queries, ops.transpose(keys, (0, 2, 1))) / temperature
    own = ops.sum(queries * keys, axis=-1) / temperature
    return ops.mean(ops.logsumexp(similarities, axis=-1) - own, axis=-1)


def mean_absolute_difference(x: Tensor, y: Tensor) -> Tensor:
    """Return the mean of |x - y|, in float32."""
    return ops.mean(ops.abs(ops.cast(x, "float32") - ops.cast(y, "float32")))
