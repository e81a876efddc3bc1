"""The Wasserstein GAN whose critic is held to a slope of 1."""

import keras

from keras_gans.models.wgan import WassersteinModel
from keras_gans.penalties import GradientPenalty


@keras.saving.register_keras_serializable("keras_gans")
class WGANGP(WassersteinModel):
    """WGAN with gradient penalty. [Gulrajani et al., 2017](https://arxiv.org/abs/1704.00028)."""

    @classmethod
    def create(cls, image_shape, *, penalty_weight: float | None = None, **settings) -> "WGANGP":
        """Build the game.

        Args:
            image_shape: (h, w, c), or (2,) for points.
            penalty_weight: of the gradient penalty; default 10, and 0.1 for points, whose modes
                need a steep critic, as in the authors' code.
            **settings: those of `WassersteinModel.create`.
        """
        if penalty_weight is None:
            penalty_weight = 10.0 if len(image_shape) == 3 else 0.1
        penalties = (GradientPenalty(penalty_weight),)
        return super().create(image_shape, penalties=penalties, **settings)

    @classmethod
    def make_optimizer(cls, learning_rate=1e-4, *, total_steps=None, **kwargs):
        """Return Adam without momentum."""
        return keras.optimizers.Adam(learning_rate, beta_1=0.0, beta_2=0.9, **kwargs)
