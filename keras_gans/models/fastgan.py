"""FastGAN: a GAN for few images and little compute, with a self-supervised discriminator."""

import keras
from keras import ops

from keras_gans import losses
from keras_gans.configs import FastGANConfig
from keras_gans.networks import self_supervision
from keras_gans.training.latent_model import LatentModel


@keras.saving.register_keras_serializable("keras_gans")
class FastGAN(LatentModel):
    """FastGAN. [Liu et al., 2021](https://arxiv.org/abs/2101.04775).

    The discriminator is an encoder, too: real images, and a quarter of each, are decoded from its
    features, which therefore describe all of the image. The generator has skip-layer excitation.

    The paper measures what is decoded by a perceptual distance (LPIPS), whose network would have to
    be downloaded. Here it is the mean absolute difference, which says less of texture.

    Args:
        generator: latents (n, d) to images.
        discriminator: of `self_supervision.with_features`.
        *args: those of `LatentModel`.
        decoders: of `self_supervision.decoders`, trained with the discriminator; None for new ones.
        reconstruction_weight: weight of the distance between real images and decoded ones.
        **kwargs: those of `LatentModel`.
    """

    config_class = FastGANConfig
    adversarial_loss = losses.Hinge()

    def __init__(
        self,
        generator,
        discriminator,
        *args,
        decoders: keras.Model | None = None,
        reconstruction_weight: float = FastGANConfig.reconstruction_weight,
        **kwargs,
    ):
        super().__init__(generator, discriminator, *args, **kwargs)
        self.decoders = decoders or self_supervision.decoders(discriminator)
        self.reconstruction_weight = reconstruction_weight

    def auxiliary_networks(self) -> dict[str, keras.Model]:
        """Return the decoders."""
        return {"decoders": self.decoders}

    @property
    def discriminator_variables(self) -> list[keras.Variable]:
        """The trainable weights of the discriminator and of the decoders."""
        return [*super().discriminator_variables, *self.decoders.trainable_variables]

    @classmethod
    def make_discriminator(cls, architecture, image_shape, filters, classes):
        """Return a discriminator whose features are outputs, too."""
        return self_supervision.with_features(architecture.backbone(image_shape, filters))

    @classmethod
    def arguments_from(cls, config):
        """Return the weight of the reconstruction."""
        return {"reconstruction_weight": config.reconstruction_weight}

    def discriminate(self, images, *labels):
        """Return the adversarial logits (n, 1)."""
        return self.discriminator(images, training=True)[0]

    def discriminator_loss(self, batch, fakes):
        """Return the adversarial loss, the reconstruction loss of real images, and penalties."""
        real, whole, part, images = self.discriminator(batch, training=True)
        fake = self.discriminate(fakes)
        return {
            "adversarial": self.adversarial_discriminator_loss(real, fake),
            "reconstruction": self.reconstruction_weight
            * self.reconstruction_loss(whole, part, images),
        } | self.penalty_losses(batch, fakes)

    def reconstruction_loss(self, whole, part, images):
        """Return the mean absolute difference of images and of quarters from what is decoded.

        Args:
            whole: features (n, s, s, c) that the images are decoded from.
            part: features of twice that side. A random quarter of them is decoded.
            images: the real images, as the discriminator saw them.
        """
        corners = keras.random.uniform((2, ops.shape(part)[0], 1, 1, 1), seed=self.seed_generator)
        quarters = [_quarter(values, *ops.unstack(corners < 0.5, 2)) for values in (part, images)]
        decoded = self.decoders([whole, quarters[0]], training=True)
        return sum(map(_distance, (images, quarters[1]), decoded))


def _quarter(images, upper, left):
    """Return the upper or the lower left or right quarter of each image."""
    _, height, width, _ = images.shape
    images = ops.where(upper, images[:, : height // 2], images[:, height // 2 :])
    return ops.where(left, images[:, :, : width // 2], images[:, :, width // 2 :])


def _distance(images, decoded):
    """Return the mean absolute difference at the size of the decoded images."""
    images = ops.average_pool(ops.cast(images, "float32"), images.shape[1] // decoded.shape[1])
    return losses.mean_absolute_difference(images, decoded)
