"""The Wasserstein GAN whose critic is held to a slope of 1."""

import keras

from keras_gans import losses
from keras_gans.latent_model import LatentModel
from keras_gans.layers import LayerNormalization
from keras_gans.networks import parts
from keras_gans.penalties import GradientPenalty


@keras.saving.register_keras_serializable("keras_gans")
class WGANGP(LatentModel):
    """WGAN with gradient penalty. [Gulrajani et al., 2017](https://arxiv.org/abs/1704.00028)."""

    adversarial_loss = losses.Wasserstein()

    @classmethod
    def create(
        cls,
        image_shape,
        *,
        penalty_weight: float | None = None,
        discriminator_steps: int = 5,
        filters: int = 32,
        **settings,
    ) -> "WGANGP":
        """Build the game.

        Args:
            image_shape: (h, w, c), or (2,) for points.
            penalty_weight: of the gradient penalty; default 10, and 0.1 for points, whose modes
                need a steep critic, as in the authors' code.
            discriminator_steps: critic updates a generator update.
            filters: channels at half the image's side, twice as many at each smaller one.
            **settings: those of `LatentModel.create`.
        """
        settings |= {"discriminator_steps": discriminator_steps, "filters": filters}
        if penalty_weight is None:
            penalty_weight = 10.0 if len(image_shape) == 3 else 0.1
        penalties = (GradientPenalty(penalty_weight),)
        return super().create(image_shape, penalties=penalties, **settings)

    @classmethod
    def make_discriminator(cls, family, image_shape, filters, classes):
        """Return a critic that is normalized an example at a time: the penalty is one on each."""
        body = family.body(image_shape, filters, LayerNormalization)
        return parts.verdict(body, use_bias=False)

    @classmethod
    def make_optimizer(cls, learning_rate=1e-4, *, total_steps=None, **kwargs):
        """Return Adam without momentum."""
        return keras.optimizers.Adam(learning_rate, beta_1=0.0, beta_2=0.9, **kwargs)

    def measures(self, terms):
        """Log the distance that the critic estimates: it falls as fakes improve."""
        return {"discriminator/wasserstein_estimate": -terms["discriminator/adversarial"]}
