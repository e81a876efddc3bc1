"""The GAN whose critic measures a distance."""

from functools import partial

import keras
from keras import ops

from keras_gans import losses
from keras_gans.latent_model import LatentModel
from keras_gans.layers import LayerNormalization
from keras_gans.networks import parts

# The authors' code trains the critic so many steps in the first rounds, and in one of many.
WARM_UP, EVERY, STEPS = 25, 500, 100


@keras.saving.register_keras_serializable("keras_gans")
class ClipWeights(keras.constraints.Constraint):
    """Keep each weight within [-limit, limit]."""

    def __init__(self, limit: float):
        self.limit = limit

    def __call__(self, weight):
        """Return the clipped weight."""
        return ops.clip(weight, -self.limit, self.limit)

    def get_config(self):
        """Return the constructor's arguments."""
        return {"limit": self.limit}


class WassersteinModel(LatentModel):
    """A game whose discriminator is a critic: its scores' difference estimates a distance.

    The critic is normalized an example at a time, so that a score depends on its image alone.
    """

    adversarial_loss = losses.Wasserstein()
    normalization = staticmethod(LayerNormalization)

    @classmethod
    def create(
        cls, image_shape, *, discriminator_steps: int = 5, filters: int = 32, **settings
    ) -> "WassersteinModel":
        """Build the game.

        Args:
            image_shape: (h, w, c), or (2,) for points.
            discriminator_steps: critic updates a generator update.
            filters: channels at half the image's side, twice as many at each smaller one.
            **settings: those of `LatentModel.create`.
        """
        settings |= {"discriminator_steps": discriminator_steps, "filters": filters}
        return super().create(image_shape, **settings)

    @classmethod
    def make_discriminator(cls, family, image_shape, filters, classes):
        """Return a critic."""
        return parts.verdict(family.body(image_shape, filters, cls.normalization), use_bias=False)

    def measures(self, terms):
        """Log the distance that the critic estimates: it falls as fakes improve."""
        return {"discriminator/wasserstein_estimate": -terms["discriminator/adversarial"]}


@keras.saving.register_keras_serializable("keras_gans")
class WGAN(WassersteinModel):
    """Wasserstein GAN. [Arjovsky et al., 2017](https://arxiv.org/abs/1701.07875).

    The critic, which estimates the distance up to a factor, is trained ahead of the generator:
    `STEPS` updates in each of the first `WARM_UP` rounds and in every `EVERY`th.

    Args:
        *args: those of `LatentModel`.
        clip: the critic's weights are kept within [-clip, clip] after each of its updates.
        **kwargs: those of `LatentModel`.
    """

    # Clipped, a scale is as small as a shift: the activation that follows would see numbers of one
    # sign, and the critic would be linear.
    normalization = staticmethod(partial(LayerNormalization, scale=False, center=False))

    def __init__(self, *args, clip: float = 0.01, **kwargs):
        super().__init__(*args, **kwargs)
        self.clip = clip
        for weight in self.discriminator_variables:
            weight.constraint = ClipWeights(clip)  # optimizers apply it with each update
            weight.assign(weight.constraint(weight))

    @classmethod
    def create(cls, image_shape, *, clip: float = 0.01, **settings) -> "WGAN":
        """Build the game.

        Args:
            image_shape: (h, w, c), or (2,) for points.
            clip: the critic's weights are kept within [-clip, clip].
            **settings: those of `WassersteinModel.create`.
        """
        return super().create(image_shape, clip=clip, **settings)

    @classmethod
    def make_optimizer(cls, learning_rate=5e-5, *, total_steps=None, **kwargs):
        """Return RMSprop: momentum makes a critic's training unstable, says the paper."""
        return keras.optimizers.RMSprop(learning_rate, rho=0.99, **kwargs)

    def extra_discriminator_steps(self, step):
        """Return the updates that are missing to `STEPS` where the critic has to be ahead."""
        ahead = step < WARM_UP or step % EVERY == 0
        return max(STEPS - self.discriminator_steps, 0) if ahead else 0
