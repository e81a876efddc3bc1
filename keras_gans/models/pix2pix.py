"""Translation learnt from pairs of pictures."""

import keras
from keras import ops

from keras_gans import losses
from keras_gans.adversarial import AdversarialModel
from keras_gans.networks import patch, unet


@keras.saving.register_keras_serializable("keras_gans")
class Pix2Pix(AdversarialModel):
    """Image-to-image translation from pairs. [Isola et al., 2016](https://arxiv.org/abs/1611.07004).

    A batch is a tuple of inputs (n, h, w, c) and the targets (n, h, w, c) that belong to them.

    Args:
        generator: inputs to images of the targets' shape.
        discriminator: an input and a target or a fake, one behind the other along the channels, to
            logits a patch.
        l1_weight: of |generator(input) - target|.
        **kwargs: those of `AdversarialModel`.
    """

    data_form = "paired"
    imitations = {"generator": (0, 1)}
    adversarial_loss = losses.NonSaturating()

    def __init__(self, generator, discriminator, l1_weight: float = 100.0, **kwargs):
        super().__init__({"generator": generator}, {"discriminator": discriminator}, **kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.l1_weight = l1_weight

    @classmethod
    def create(
        cls,
        image_shape: tuple[int, int, int],
        *,
        filters: int = 64,
        discriminator_filters: int = 64,
        l1_weight: float = 100.0,
        seed: int | None = None,
    ) -> "Pix2Pix":
        """Build the game on the paper's networks.

        Args:
            image_shape: (height, width, channels) of inputs and targets; the sides are 32, 64, 128
                or a multiple of 256.
            filters: channels of the generator's first layer.
            discriminator_filters: channels of the discriminator's first layer.
            l1_weight: weight of the distance from the target; 0 leaves all to the discriminator.
            seed: of the dropout, which is the generator's noise.
        """
        height, width, channels = image_shape
        return cls(
            unet.translator(image_shape, filters, name="generator", seed=seed),
            patch.discriminator((height, width, 2 * channels), discriminator_filters),
            l1_weight=l1_weight,
            seed=seed,
        )

    def generate(self, batch):
        """Translate the inputs. The noise is the generator's dropout."""
        inputs, _ = batch
        return self.generator(inputs, training=True)

    def generator_loss(self, batch, fakes):
        """Make what passes for the input's target, and is near it."""
        inputs, targets = batch
        logits = self.discriminator(ops.concatenate([inputs, fakes], axis=-1), training=True)
        return {
            "adversarial": self.adversarial_loss.generator(logits),
            "l1": self.l1_weight * ops.mean(ops.abs(targets - fakes)),
        }

    def discriminator_loss(self, batch, fakes):
        """Tell inputs with their targets from inputs with fakes."""
        inputs, targets = batch
        pairs = [ops.concatenate([inputs, images], axis=-1) for images in (targets, fakes)]
        real, fake = ops.split(self.discriminator(ops.concatenate(pairs), training=True), 2)
        # The paper halves this side's loss, to slow it down against the generator.
        return {"adversarial": 0.5 * self.adversarial_loss.discriminator(real, fake)}

    def example_inputs(self, batch):
        """Return the inputs."""
        inputs, _ = batch
        return {"generator": inputs}

    def preview(self, batch):
        """Show what is made of the inputs, between them and their targets."""
        inputs, targets = batch
        generated = self.generator(inputs, training=False)
        return {"input": inputs, "generated": generated, "target": targets}
