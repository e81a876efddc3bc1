"""The first GAN."""

from typing import Any, Literal

import keras
from keras import ops

from keras_gans import losses
from keras_gans.adversarial import AdversarialModel
from keras_gans.networks import mlp


@keras.saving.register_keras_serializable("keras_gans")
class GAN(AdversarialModel):
    """Generative adversarial network. [Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661).

    Args:
        generator: latents (n, d) to images (n, h, w, c) in [-1, 1].
        discriminator: images to logits (n, 1).
        adversarial_loss: one of `keras_gans.losses`; the variant's own where None.
        **kwargs: those of `AdversarialModel`.
    """

    data_form = "images"
    adversarial_loss = losses.NonSaturating()

    def __init__(self, generator, discriminator, adversarial_loss=None, **kwargs):
        super().__init__({"generator": generator}, {"discriminator": discriminator}, **kwargs)
        self.generator = generator
        self.discriminator = discriminator
        if adversarial_loss is not None:
            self.adversarial_loss = adversarial_loss

    @classmethod
    def create(
        cls,
        image_shape: tuple[int, ...],
        *,
        latent_dim: int = 100,
        generator_loss: Literal["non_saturating", "minimax"] = "non_saturating",
        discriminator_steps: int = 1,
        seed: int | None = None,
    ) -> "GAN":
        """Build the game on multilayer perceptrons.

        Args:
            image_shape: (h, w, c), or (2,) for points.
            latent_dim: length of a latent vector.
            generator_loss: what the generator minimizes; "minimax" is the zero-sum game.
            discriminator_steps: discriminator updates a generator update.
            seed: of the noise drawn in training.
        """
        return cls(
            mlp.generator(image_shape, latent_dim),
            mlp.discriminator(image_shape),
            adversarial_loss=losses.Minimax() if generator_loss == "minimax" else None,
            discriminator_steps=discriminator_steps,
            seed=seed,
        )

    def latents(self, count) -> Any:
        """Draw latents (count, d) from the standard normal distribution."""
        shape = (count, self.generator.input_shape[-1])
        return keras.random.normal(shape, seed=self.seed_generator)

    def generate(self, images):
        """Return as many fakes as there are images."""
        return self.generator(self.latents(ops.shape(images)[0]), training=True)

    def generator_loss(self, images, fakes):
        """Maximize the discriminator's logits for generated images."""
        logits = self.discriminator(fakes, training=True)
        return {"adversarial": self.adversarial_loss.generator(logits)}

    def discriminator_loss(self, images, fakes):
        """Tell real images from generated ones, a batch of each: batch norm must not mix them."""
        real = self.discriminator(images, training=True)
        fake = self.discriminator(fakes, training=True)
        return {"adversarial": self.adversarial_loss.discriminator(real, fake)}

    def example_inputs(self, images):
        """Return latents that are the same at every call, one an image."""
        shape = (ops.shape(images)[0], self.generator.input_shape[-1])
        return {"generator": keras.random.normal(shape, seed=0)}

    def preview(self, images):
        """Show samples from latents that are the same at every call."""
        return {"samples": self.generator(self.example_inputs(images)["generator"], training=False)}
