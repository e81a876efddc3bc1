"""The convolutional GAN."""

import keras

from keras_gans.models.gan import GAN
from keras_gans.networks import dcgan


@keras.saving.register_keras_serializable("keras_gans")
class DCGAN(GAN):
    """Deep convolutional GAN. [Radford et al., 2015](https://arxiv.org/abs/1511.06434).

    The game is `GAN`'s; the paper is about the networks: strided convolutions, batch normalization,
    no pooling, weights from N(0, 0.02).
    """

    @classmethod
    def create(
        cls,
        image_shape: tuple[int, ...],
        *,
        latent_dim: int = 100,
        filters: int = 64,
        discriminator_steps: int = 1,
        seed: int | None = None,
    ) -> "DCGAN":
        """Build the game on the paper's networks.

        Args:
            image_shape: (side, side, channels); the side is 4 or 7 times a power of two.
            latent_dim: length of a latent vector.
            filters: channels next to the image, 128 in the paper; doubled in each layer further in.
            discriminator_steps: discriminator updates a generator update.
            seed: of the noise drawn in training.
        """
        return cls(
            dcgan.generator(image_shape, latent_dim, filters),
            dcgan.discriminator(image_shape, filters),
            discriminator_steps=discriminator_steps,
            seed=seed,
        )
