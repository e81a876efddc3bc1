"""SNGAN: the GAN with spectral normalization."""

import keras

from keras_gans import losses
from keras_gans.configs import SNGANConfig
from keras_gans.networks.conditioning import conditional_normalization
from keras_gans.networks.heads import logits_head, projection_head
from keras_gans.networks.spectral import spectral_normalization
from keras_gans.training.latent_model import LatentModel


@keras.saving.register_keras_serializable("keras_gans")
class SNGAN(LatentModel):
    """Spectrally normalized GAN. [Miyato et al., 2018](https://arxiv.org/abs/1802.05957).

    With labels, the discriminator is the projection discriminator of
    [Miyato and Koyama, 2018](https://arxiv.org/abs/1802.05637), and the generator may have its
    class-conditional batch normalization.
    """

    task = "labelled"
    config_class = SNGANConfig
    adversarial_loss = losses.Hinge()

    @classmethod
    def make_discriminator(cls, architecture, image_shape, filters, classes):
        """Return a discriminator with spectral normalization in every layer, and no other."""
        backbone = architecture.backbone(image_shape, filters, None)
        network = projection_head(backbone, classes) if classes else logits_head(backbone)
        return spectral_normalization(network)

    @classmethod
    def generator_from(cls, config, architecture, image_shape, classes):
        """Return the generator; its label enters where the configuration says."""
        if not classes or config.conditioning == "latents":
            return super().generator_from(config, architecture, image_shape, classes)
        network = architecture.generator(image_shape, config.latent_dim, config.filters)
        return conditional_normalization(network, classes)

    @classmethod
    def classes_from(cls, config, classes):
        """Return the number of classes; None for an unconditional model."""
        return classes if config.labels else None

    @classmethod
    def make_optimizer(cls, learning_rate=2e-4, *, total_steps=None, **kwargs):
        """Return Adam without momentum."""
        return keras.optimizers.Adam(learning_rate, beta_1=0.0, beta_2=0.9, **kwargs)
