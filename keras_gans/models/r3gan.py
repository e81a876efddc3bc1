"""The modern baseline."""

import keras
from keras import ops

from keras_gans import losses
from keras_gans.gradients import score_and_slope
from keras_gans.latent_model import LatentModel
from keras_gans.networks import parts
from keras_gans.penalties import squared_norm


@keras.saving.register_keras_serializable("keras_gans")
class R3GAN(LatentModel):
    """Regularized relativistic GAN. [Huang et al., 2024](https://arxiv.org/abs/2501.05441).

    Each fake is judged against a real image, and the discriminator's slope is penalized on both:
    a game that converges where others need tricks. Nothing is normalized.
    The default networks are DCGAN's without normalization, of which a CPU makes more steps than of
    the paper's own: `network="r3gan"`.

    Args:
        *args: those of `LatentModel`.
        gamma: weight of the penalties R1, on real images, and R2, on generated ones.
        **kwargs: those of `LatentModel`.
    """

    adversarial_loss = losses.NonSaturating()  # of the difference of two logits
    network = "dcgan"

    def __init__(self, *args, gamma: float = 2.0, **kwargs):
        super().__init__(*args, **kwargs)
        self.gamma = gamma

    @classmethod
    def create(
        cls, image_shape, *, gamma: float | None = None, filters: int = 32, **settings
    ) -> "R3GAN":
        """Build the game.

        Args:
            image_shape: (h, w, c), or (2,) for points.
            gamma: weight of the penalties on the discriminator's slope; default 2, and 0.01 for
                points, whose modes need a steep discriminator.
            filters: channels at half the image's side, twice as many at each smaller one.
            **settings: those of `LatentModel.create`.
        """
        if gamma is None:
            gamma = 2.0 if len(image_shape) == 3 else 0.01
        return super().create(image_shape, gamma=gamma, filters=filters, **settings)

    @classmethod
    def make_generator(cls, family, image_shape, latent_dim, filters, classes):
        """Return a generator without normalization."""
        return family.generator(image_shape, latent_dim, filters, None)

    @classmethod
    def make_discriminator(cls, family, image_shape, filters, classes):
        """Return a discriminator without normalization."""
        body = family.body(image_shape, filters, None)
        return parts.verdict(body, use_bias=False)

    @classmethod
    def make_optimizer(cls, learning_rate=2e-4, *, total_steps=None, **kwargs):
        """Return Adam without momentum. The paper's rate is for networks 24 times as wide."""
        return keras.optimizers.Adam(learning_rate, beta_1=0.0, beta_2=0.99, **kwargs)

    def generator_loss(self, batch, fakes):
        """Look more real than the real image of the pair."""
        difference = self.judge(fakes) - self.judge(batch)
        return {"adversarial": self.adversarial_loss.generator(difference)}

    def discriminator_loss(self, batch, fakes):
        """Find the real image of each pair the more real one, by as flat a judgement as will do."""
        # Nothing is normalized over the batch: one pass for both is exact, and quicker.
        logits, slope = score_and_slope(self.judge, ops.concatenate([batch, fakes]))
        (real, fake), (real_slope, fake_slope) = ops.split(logits, 2), ops.split(slope, 2)
        return {
            "adversarial": self.adversarial_loss.real(real - fake),
            "real_slope": 0.5 * self.gamma * ops.mean(squared_norm(real_slope)),
            "fake_slope": 0.5 * self.gamma * ops.mean(squared_norm(fake_slope)),
        } | self.penalty_terms(batch, fakes)
