"""ACGAN: a class-conditional GAN whose discriminator also classifies."""

import keras
from keras import ops

from keras_gans import losses
from keras_gans.configs import ACGANConfig
from keras_gans.networks.heads import with_auxiliary_head
from keras_gans.training.latent_model import LatentModel


@keras.saving.register_keras_serializable("keras_gans")
class ACGAN(LatentModel):
    """Auxiliary classifier GAN. [Odena et al., 2016](https://arxiv.org/abs/1610.09585).

    Both networks minimize a classification loss: the discriminator on real and on generated images,
    the generator on those it generates.

    Args:
        generator: [latents (n, d), labels (n,)] to images.
        discriminator: images to [logits (n, 1), class logits (n, classes)].
        *args: those of `LatentModel`.
        class_weight: weight of the classification loss of both networks.
        **kwargs: those of `LatentModel`.
    """

    task = "labelled"
    config_class = ACGANConfig
    adversarial_loss = losses.NonSaturating()

    def __init__(
        self,
        generator,
        discriminator,
        *args,
        class_weight: float = ACGANConfig.class_weight,
        **kwargs,
    ):
        super().__init__(generator, discriminator, *args, **kwargs)
        self.class_weight = class_weight

    @classmethod
    def make_discriminator(cls, architecture, image_shape, filters, classes):
        """Return a discriminator with an auxiliary classifier head."""
        return with_auxiliary_head(architecture.backbone(image_shape, filters), classes)

    @classmethod
    def arguments_from(cls, config):
        """Return the weight of the classification loss."""
        return {"class_weight": config.class_weight}

    def discriminate(self, images, *labels):
        """Return the adversarial logits (n, 1)."""
        return self.discriminator(images, training=True)[0]

    def discriminator_loss(self, batch, fakes):
        """Return the adversarial and the classification loss, and the penalties."""
        images, labels = batch
        real, real_classes = self.discriminator(images, training=True)
        fake, fake_classes = self.discriminator(fakes, training=True)
        classification = cross_entropy(labels, real_classes) + cross_entropy(labels, fake_classes)
        return {
            "adversarial": self.adversarial_discriminator_loss(real, fake),
            "class": self.class_weight * classification,
        } | self.penalty_losses(batch, fakes)

    def generator_loss(self, batch, fakes):
        """Return the adversarial and the classification loss."""
        logits, classes = self.discriminator(fakes, training=True)
        return {
            "adversarial": self.adversarial_loss.generator(logits),
            "class": self.class_weight * cross_entropy(batch[1], classes),
        }


def cross_entropy(labels, logits):
    """Return the mean cross-entropy of labels (n,), given logits (n, classes)."""
    return ops.mean(ops.sparse_categorical_crossentropy(labels, logits, from_logits=True))
