"""The GAN whose discriminator is held to a slope of 1 by its weights."""

import keras

from keras_gans import losses
from keras_gans.latent_model import LatentModel
from keras_gans.networks import parts
from keras_gans.networks.spectral import spectral_normalization


@keras.saving.register_keras_serializable("keras_gans")
class SNGAN(LatentModel):
    """Spectrally normalized GAN. [Miyato et al., 2018](https://arxiv.org/abs/1802.05957).

    With labels, the discriminator is that of
    [Miyato and Koyama, 2018](https://arxiv.org/abs/1802.05637).
    """

    data_form = "labelled"
    adversarial_loss = losses.Hinge()

    @classmethod
    def create(cls, image_shape, *, labels: bool = True, **settings) -> "SNGAN":
        """Build the game.

        Args:
            image_shape: (h, w, c), or (2,) for points.
            labels: make pictures by label; without, the data need none.
            **settings: those of `LatentModel.create`.
        """
        if not labels:
            settings["classes"] = None
        return super().create(image_shape, **settings)

    @classmethod
    def make_discriminator(cls, family, image_shape, filters, classes):
        """Return a discriminator without other normalization, whose every layer is normalized."""
        body = family.body(image_shape, filters, None)
        network = parts.projection(body, classes) if classes else parts.verdict(body)
        return spectral_normalization(network)

    @classmethod
    def make_optimizer(cls, learning_rate=2e-4, *, total_steps=None, **kwargs):
        """Return Adam without momentum."""
        return keras.optimizers.Adam(learning_rate, beta_1=0.0, beta_2=0.9, **kwargs)
