"""Pix2Pix: image-to-image translation with paired images."""

import keras
from keras import ops

from keras_gans import losses
from keras_gans.configs import Pix2PixConfig
from keras_gans.networks import patch, unet
from keras_gans.training.adversarial_model import AdversarialModel


@keras.saving.register_keras_serializable("keras_gans")
class Pix2Pix(AdversarialModel):
    """Paired image-to-image translation. [Isola et al., 2016](https://arxiv.org/abs/1611.07004).

    A batch is a tuple of input images (n, h, w, c) and their target images (n, h, w, c).

    Args:
        generator: from inputs to images of the targets' shape.
        discriminator: from an input and a target or fake, concatenated along the channels, to one
            logit per patch.
        l1_weight: weight of the L1 loss, |generator(input) - target|; 0 for none.
        **kwargs: those of `AdversarialModel`.
    """

    task = "paired"
    config_class = Pix2PixConfig
    generator_domains = {"generator": (0, 1)}
    adversarial_loss = losses.NonSaturating()

    def __init__(
        self, generator, discriminator, l1_weight: float = Pix2PixConfig.l1_weight, **kwargs
    ):
        super().__init__({"generator": generator}, {"discriminator": discriminator}, **kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.l1_weight = l1_weight

    @classmethod
    def create(cls, image_shape, *, classes=None, seed=None, **hyperparameters) -> "Pix2Pix":
        """Build the model with the paper's networks.

        Args:
            image_shape: (height, width, channels) of inputs and targets. Height and width must be
                32, 64, 128 or a multiple of 256.
            classes: not used: the data have no labels.
            seed: random seed of the dropout, which is the generator's noise.
            **hyperparameters: the fields of `Pix2PixConfig`.

        Raises:
            ValueError: a hyperparameter is out of its range, or the networks do not take images of
                that height and width.
        """
        config = Pix2PixConfig(**hyperparameters)
        height, width, channels = image_shape
        return cls(
            unet.translator(image_shape, config.filters, name="generator", seed=seed),
            patch.discriminator((height, width, 2 * channels), config.discriminator_filters),
            l1_weight=config.l1_weight,
            seed=seed,
        )

    def generate(self, batch):
        """Return the translated inputs, with dropout as noise."""
        inputs, _ = batch
        return self.generator(inputs, training=True)

    def discriminator_loss(self, batch, fakes):
        """Return the adversarial loss of pairs: inputs with targets, and inputs with fakes."""
        inputs, targets = batch
        pairs = [ops.concatenate([inputs, images], axis=-1) for images in (targets, fakes)]
        real, fake = ops.split(self.discriminator(ops.concatenate(pairs), training=True), 2)
        return {"adversarial": self.adversarial_discriminator_loss(real, fake)}

    def adversarial_discriminator_loss(self, real, fake):
        """Return half the loss: the paper slows the discriminator's training down."""
        return 0.5 * super().adversarial_discriminator_loss(real, fake)

    def generator_loss(self, batch, fakes):
        """Return the adversarial loss and the L1 loss."""
        inputs, targets = batch
        logits = self.discriminator(ops.concatenate([inputs, fakes], axis=-1), training=True)
        return {
            "adversarial": self.adversarial_loss.generator(logits),
            "l1": self.l1_weight * losses.mean_absolute_difference(targets, fakes),
        }

    def example_inputs(self, batch):
        """Return the inputs."""
        inputs, _ = batch
        return {"generator": inputs}

    def sample_grid(self, batch):
        """Return the inputs, the generated images and the targets."""
        inputs, targets = batch
        generated = self.generator(inputs, training=False)
        return {"input": inputs, "generated": generated, "target": targets}
