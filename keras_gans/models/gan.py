"""The first GAN."""

from typing import Literal

import keras

from keras_gans import losses
from keras_gans.latent_model import LatentModel


@keras.saving.register_keras_serializable("keras_gans")
class GAN(LatentModel):
    """Generative adversarial network. [Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661).

    Args:
        *args: those of `LatentModel`.
        pretrain_discriminator: the discriminator's updates before the game begins.
        **kwargs: those of `LatentModel`.
    """

    adversarial_loss = losses.NonSaturating()
    network = "mlp"

    def __init__(self, *args, pretrain_discriminator: int = 0, **kwargs):
        super().__init__(*args, **kwargs)
        self.pretrain_discriminator = pretrain_discriminator

    @classmethod
    def create(
        cls,
        image_shape,
        *,
        generator_loss: Literal["non_saturating", "minimax"] = "non_saturating",
        pretrain_discriminator: int = 0,
        filters: int = 64,
        **settings,
    ) -> "GAN":
        """Build the game.

        Args:
            image_shape: (h, w, c), or (2,) for points.
            generator_loss: what the generator minimizes; "minimax" is the zero-sum game.
            pretrain_discriminator: the discriminator's updates before the game begins.
            filters: the perceptrons' width is in proportion.
            **settings: those of `LatentModel.create`.
        """
        if generator_loss == "minimax":
            settings["adversarial_loss"] = losses.Minimax()
        settings["pretrain_discriminator"] = pretrain_discriminator
        return super().create(image_shape, filters=filters, **settings)

    def extra_discriminator_steps(self, step):
        """Return the updates before the first round."""
        return self.pretrain_discriminator if step == 0 else 0
