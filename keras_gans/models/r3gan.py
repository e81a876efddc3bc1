"""R3GAN: a relativistic GAN with R1 and R2 penalties."""

import keras
from keras import ops

from keras_gans import losses
from keras_gans.configs import R3GANConfig
from keras_gans.networks.heads import logits_head
from keras_gans.penalties import squared_norm
from keras_gans.training.gradients import value_and_input_gradient
from keras_gans.training.latent_model import LatentModel


@keras.saving.register_keras_serializable("keras_gans")
class R3GAN(LatentModel):
    """Regularized relativistic GAN. [Huang et al., 2024](https://arxiv.org/abs/2501.05441).

    The relativistic loss compares the logits of a fake and a real image, and the discriminator's
    gradient is penalized at both (R1 and R2). Networks have no normalization. By default they are
    those of DCGAN, which train faster on a CPU than the paper's (`network="r3gan"`).

    Args:
        *args: those of `LatentModel`.
        gamma: weight of the penalties R1, on real images, and R2, on fakes.
        **kwargs: those of `LatentModel`.
    """

    config_class = R3GANConfig
    adversarial_loss = losses.NonSaturating()  # for the difference of two logits

    def __init__(self, *args, gamma: float = R3GANConfig.image_defaults["gamma"], **kwargs):
        super().__init__(*args, **kwargs)
        self.gamma = gamma

    @classmethod
    def make_generator(cls, architecture, image_shape, latent_dim, filters, classes):
        """Return a generator without normalization."""
        return architecture.generator(image_shape, latent_dim, filters, None)

    @classmethod
    def make_discriminator(cls, architecture, image_shape, filters, classes):
        """Return a discriminator without normalization."""
        return logits_head(architecture.backbone(image_shape, filters, None), use_bias=False)

    @classmethod
    def arguments_from(cls, config):
        """Return the weight of the penalties."""
        return {"gamma": config.gamma}

    @classmethod
    def make_optimizer(cls, learning_rate=2e-4, *, total_steps=None, **kwargs):
        """Return Adam without momentum. The paper's rates are for networks 24 times as wide."""
        return keras.optimizers.Adam(learning_rate, beta_1=0.0, beta_2=0.99, **kwargs)

    def discriminator_loss(self, batch, fakes):
        """Return the adversarial loss and the penalties R1 and R2."""
        # There is no normalization over the batch, so that one pass equals two, and is faster.
        logits, gradient = value_and_input_gradient(
            self.discriminate, ops.concatenate([batch, fakes])
        )
        (real, fake), (real_gradient, fake_gradient) = ops.split(logits, 2), ops.split(gradient, 2)
        r1, r2 = (
            0.5 * self.gamma * ops.mean(squared_norm(x)) for x in (real_gradient, fake_gradient)
        )
        penalties = self.penalty_losses(batch, fakes)
        return {
            "adversarial": self.adversarial_discriminator_loss(real, fake),
            "r1": r1 + penalties.pop("r1", 0.0),
            "r2": r2,
        } | penalties

    def adversarial_discriminator_loss(self, real, fake):
        """Return the relativistic loss: the logits of real images should exceed those of fakes."""
        return self.adversarial_loss.real(real - fake)

    def generator_loss(self, batch, fakes):
        """Return the relativistic loss: the logits of fakes should exceed those of real images."""
        difference = self.discriminate(fakes) - self.discriminate(batch)
        return {"adversarial": self.adversarial_loss.generator(difference)}
