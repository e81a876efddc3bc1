"""GAN: the first generative adversarial network."""

import keras

from keras_gans import losses
from keras_gans.configs import GANConfig
from keras_gans.training.latent_model import LatentModel


@keras.saving.register_keras_serializable("keras_gans")
class GAN(LatentModel):
    """Generative adversarial network. [Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661).

    Args:
        *args: those of `LatentModel`.
        pretrain_discriminator: discriminator updates before the first training step.
        **kwargs: those of `LatentModel`.
    """

    config_class = GANConfig
    adversarial_loss = losses.NonSaturating()

    def __init__(
        self, *args, pretrain_discriminator: int = GANConfig.pretrain_discriminator, **kwargs
    ):
        super().__init__(*args, **kwargs)
        self.pretrain_discriminator = pretrain_discriminator

    @classmethod
    def loss_from(cls, config):
        """Return the non-saturating loss, or the minimax loss of equation 1."""
        return losses.Minimax() if config.generator_loss == "minimax" else cls.adversarial_loss

    @classmethod
    def arguments_from(cls, config):
        """Return the number of discriminator updates before the first step."""
        return {"pretrain_discriminator": config.pretrain_discriminator}

    def extra_discriminator_steps(self, step):
        """Return `pretrain_discriminator` before the first step."""
        return self.pretrain_discriminator if step == 0 else 0
