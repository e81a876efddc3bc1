"""The GAN with least squares."""

from typing import Literal

import keras

from keras_gans import losses
from keras_gans.latent_model import LatentModel

CODINGS = {"binary": (0.0, 1.0, 1.0), "pearson": (-1.0, 1.0, 0.0)}  # a, b, c


@keras.saving.register_keras_serializable("keras_gans")
class LSGAN(LatentModel):
    """Least squares GAN. [Mao et al., 2017](https://arxiv.org/abs/1611.04076).

    Images that the discriminator is sure about still pull at the generator, unlike with `GAN`.
    """

    adversarial_loss = losses.LeastSquares()
    r1 = 1.0

    @classmethod
    def create(
        cls, image_shape, *, coding: Literal["binary", "pearson"] = "binary", **settings
    ) -> "LSGAN":
        """Build the game.

        Args:
            image_shape: (h, w, c), or (2,) for points.
            coding: the labels of fake and real and what the generator wants: binary is 0, 1 and 1
                (equation 9), pearson, which minimizes Pearson's divergence, -1, 1 and 0 (8).
            **settings: those of `LatentModel.create`.
        """
        loss = losses.LeastSquares(*CODINGS[coding])
        return super().create(image_shape, adversarial_loss=loss, **settings)
