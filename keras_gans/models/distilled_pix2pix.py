"""Distillation of pix2pix."""

import keras
from keras import ops

from keras_gans import losses
from keras_gans.models.distillation import DistilledTranslator


@keras.saving.register_keras_serializable("keras_gans")
class DistilledPix2Pix(DistilledTranslator):
    """A student of pix2pix, whose discriminators see an input beside its translation.

    A batch is a tuple of input images and their target images.
    """

    task = "paired"
    adversarial_loss = losses.NonSaturating()

    @staticmethod
    def discriminator_input(sources, images):
        """Return the sources and the images concatenated along the channels."""
        return ops.concatenate([sources, images], axis=-1)

    def adversarial_discriminator_loss(self, real, fake):
        """Return half the loss, as pix2pix does."""
        return 0.5 * super().adversarial_discriminator_loss(real, fake)

    def adversarial_generator_loss(self, logits):
        """Return the loss of pix2pix."""
        return self.adversarial_loss.generator(logits)
