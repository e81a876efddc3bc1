"""WGAN: the Wasserstein GAN, with clipped weights."""

from functools import partial

import keras
from keras import ops

from keras_gans import losses
from keras_gans.configs import WassersteinConfig, WGANConfig
from keras_gans.layers import LayerNormalization
from keras_gans.networks.heads import logits_head
from keras_gans.training.latent_model import LatentModel

# As in the authors' code: CRITIC_STEPS critic updates in each of the first WARM_UP steps and in
# every EVERYth step.
WARM_UP, EVERY, CRITIC_STEPS = 25, 500, 100


@keras.saving.register_keras_serializable("keras_gans")
class ClipWeights(keras.constraints.Constraint):
    """Clip each weight to [-limit, limit]."""

    def __init__(self, limit: float):
        self.limit = limit

    def __call__(self, weight):
        """Return the clipped weight."""
        return ops.clip(weight, -self.limit, self.limit)

    def get_config(self):
        """Return the constructor's arguments."""
        return {"limit": self.limit}


class WassersteinModel(LatentModel):
    """Base class of WGAN and WGAN-GP, whose discriminator is a critic: its output is a score.

    The critic has layer normalization, so that a score depends on a single image.
    """

    config_class = WassersteinConfig
    adversarial_loss = losses.Wasserstein()
    normalization = staticmethod(LayerNormalization)

    @classmethod
    def make_discriminator(cls, architecture, image_shape, filters, classes):
        """Return a critic."""
        backbone = architecture.backbone(image_shape, filters, cls.normalization)
        return logits_head(backbone, use_bias=False)

    def extra_logs(self, losses):
        """Log the critic's estimate of the Wasserstein distance."""
        return {"discriminator/wasserstein_estimate": -losses["discriminator/adversarial"]}


@keras.saving.register_keras_serializable("keras_gans")
class WGAN(WassersteinModel):
    """Wasserstein GAN. [Arjovsky et al., 2017](https://arxiv.org/abs/1701.07875).

    The critic estimates the distance up to a factor. It is updated `CRITIC_STEPS` times in each of
    the first `WARM_UP` steps and in every `EVERY`th step.

    Args:
        *args: those of `LatentModel`.
        clip: the critic's weights are clipped to [-clip, clip] after each of its updates.
        **kwargs: those of `LatentModel`.
    """

    config_class = WGANConfig
    # Without gamma and beta: clipped, beta would be as large as gamma. Most inputs of the next
    # activation would have the same sign, and the critic would be nearly linear.
    normalization = staticmethod(partial(LayerNormalization, scale=False, center=False))

    def __init__(self, *args, clip: float = WGANConfig.clip, **kwargs):
        super().__init__(*args, **kwargs)
        self.clip = clip
        for weight in self.discriminator_variables:
            weight.constraint = ClipWeights(clip)  # applied by the optimizer after each update
            weight.assign(weight.constraint(weight))

    @classmethod
    def arguments_from(cls, config):
        """Return the limit of the critic's weights."""
        return {"clip": config.clip}

    @classmethod
    def make_optimizer(cls, learning_rate=5e-5, *, total_steps=None, **kwargs):
        """Return RMSprop, as in the paper, which found training with momentum unstable."""
        return keras.optimizers.RMSprop(learning_rate, rho=0.99, **kwargs)

    def extra_discriminator_steps(self, step):
        """Return the updates to add to `discriminator_steps`, for `CRITIC_STEPS` in all."""
        many = step < WARM_UP or step % EVERY == 0
        return max(CRITIC_STEPS - self.discriminator_steps, 0) if many else 0
