"""The GAN that makes what it is told to."""

import keras

from keras_gans import losses
from keras_gans.latent_model import LatentModel
from keras_gans.networks import parts


@keras.saving.register_keras_serializable("keras_gans")
class CGAN(LatentModel):
    """Conditional GAN. [Mirza and Osindero, 2014](https://arxiv.org/abs/1411.1784).

    Both sides are told the label: the generator beside its latents, the discriminator as further
    channels of the image.
    """

    data_form = "labelled"
    adversarial_loss = losses.NonSaturating()

    @classmethod
    def make_discriminator(cls, family, image_shape, filters, classes):
        """Return a discriminator of [images, labels]."""

        def build(shape):
            return parts.verdict(family.body(shape, filters))

        return parts.labelled_discriminator(build, image_shape, classes)
