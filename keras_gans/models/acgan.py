"""The GAN whose discriminator also names the class."""

import keras
from keras import ops

from keras_gans import losses
from keras_gans.latent_model import LatentModel
from keras_gans.networks import parts


@keras.saving.register_keras_serializable("keras_gans")
class ACGAN(LatentModel):
    """Auxiliary classifier GAN. [Odena et al., 2016](https://arxiv.org/abs/1610.09585).

    Both sides want the class to be recognized: on real and on generated images the discriminator,
    on its own the generator.

    Args:
        generator: [latents (n, d), labels (n,)] to images.
        discriminator: images to [logits (n, 1), class logits (n, classes)].
        *args: those of `LatentModel`.
        class_weight: of recognizing the class.
        **kwargs: those of `LatentModel`.
    """

    data_form = "labelled"
    adversarial_loss = losses.NonSaturating()
    r1 = 1.0

    def __init__(self, generator, discriminator, *args, class_weight: float = 2.0, **kwargs):
        super().__init__(generator, discriminator, *args, **kwargs)
        self.class_weight = class_weight

    @classmethod
    def create(cls, image_shape, *, class_weight: float = 2.0, **settings) -> "ACGAN":
        """Build the game.

        Args:
            image_shape: (h, w, c), or (2,) for points.
            class_weight: weight of recognizing the class, on either side.
            **settings: those of `LatentModel.create`.
        """
        return super().create(image_shape, class_weight=class_weight, **settings)

    @classmethod
    def make_discriminator(cls, family, image_shape, filters, classes):
        """Return a discriminator with a second head."""
        return parts.with_auxiliary(family.body(image_shape, filters), classes)

    def judge(self, images, *labels):
        """Return the verdict alone."""
        return self.discriminator(images, training=True)[0]

    def generator_loss(self, batch, fakes):
        """Pass as real, and as the class asked for."""
        verdict, classes = self.discriminator(fakes, training=True)
        return {
            "adversarial": self.adversarial_loss.generator(verdict),
            "class": self.class_weight * cross_entropy(batch[1], classes),
        }

    def discriminator_loss(self, batch, fakes):
        """Tell real from generated, and name the class of both."""
        images, labels = batch
        real, real_classes = self.discriminator(images, training=True)
        fake, fake_classes = self.discriminator(fakes, training=True)
        named = cross_entropy(labels, real_classes) + cross_entropy(labels, fake_classes)
        return {
            "adversarial": self.adversarial_loss.discriminator(real, fake),
            "class": self.class_weight * named,
        } | self.penalty_terms(batch, fakes)


def cross_entropy(labels, logits):
    """Return the mean of -log p(label); labels (n,), logits (n, classes)."""
    return ops.mean(ops.sparse_categorical_crossentropy(labels, logits, from_logits=True))
