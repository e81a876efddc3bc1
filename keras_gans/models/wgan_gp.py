"""The Wasserstein GAN whose critic is held to a slope of 1."""

import keras

from keras_gans.models.wgan import WassersteinModel
from keras_gans.penalties import GradientPenalty


@keras.saving.register_keras_serializable("keras_gans")
class WGANGP(WassersteinModel):
    """WGAN with gradient penalty. [Gulrajani et al., 2017](https://arxiv.org/abs/1704.00028)."""

    @classmethod
    def create(
        cls,
        image_shape,
        *,
        penalty_weight: float | None = None,
        discriminator_steps: int | None = None,
        **settings,
    ) -> "WGANGP":
        """Build the game.

        Args:
            image_shape: (h, w, c), or (2,) for points.
            penalty_weight: of the gradient penalty; default 10, and 0.1 for points, whose modes
                need a steep critic, as in the authors' code.
            discriminator_steps: critic updates a generator update; default 1, with which small
                pictures are learnt fastest, and the paper's 5 for points.
            **settings: those of `WassersteinModel.create`.
        """
        pictures = len(image_shape) == 3
        if penalty_weight is None:
            penalty_weight = 10.0 if pictures else 0.1
        settings["penalties"] = (GradientPenalty(penalty_weight),)
        settings["discriminator_steps"] = discriminator_steps or (1 if pictures else 5)
        return super().create(image_shape, **settings)

    @classmethod
    def make_optimizer(cls, learning_rate=1e-4, *, total_steps=None, **kwargs):
        """Return Adam without momentum."""
        return keras.optimizers.Adam(learning_rate, beta_1=0.0, beta_2=0.9, **kwargs)
