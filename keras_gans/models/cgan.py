"""CGAN: the class-conditional GAN."""

import keras

from keras_gans import losses
from keras_gans.configs import CGANConfig
from keras_gans.networks.conditioning import conditional_discriminator
from keras_gans.networks.heads import logits_head
from keras_gans.training.latent_model import LatentModel


@keras.saving.register_keras_serializable("keras_gans")
class CGAN(LatentModel):
    """Conditional GAN. [Mirza and Osindero, 2014](https://arxiv.org/abs/1411.1784).

    The one-hot label is appended to the generator's latents, and to the discriminator's image as
    channels.
    """

    task = "labelled"
    config_class = CGANConfig
    adversarial_loss = losses.NonSaturating()

    @classmethod
    def make_discriminator(cls, architecture, image_shape, filters, classes):
        """Return a discriminator of [images, labels (n,)]."""

        def build(shape):
            return logits_head(architecture.backbone(shape, filters))

        return conditional_discriminator(build, image_shape, classes)
