"""WGAN-GP: the Wasserstein GAN with a gradient penalty."""

import keras

from keras_gans.configs import WGANGPConfig
from keras_gans.models.wgan import WassersteinModel
from keras_gans.penalties import GradientPenalty


@keras.saving.register_keras_serializable("keras_gans")
class WGANGP(WassersteinModel):
    """WGAN with gradient penalty. [Gulrajani et al., 2017](https://arxiv.org/abs/1704.00028)."""

    config_class = WGANGPConfig

    @classmethod
    def penalties_from(cls, config):
        """Return the gradient penalty, and R1 if it has a weight."""
        return (GradientPenalty(config.penalty_weight), *super().penalties_from(config))

    @classmethod
    def make_optimizer(cls, learning_rate=1e-4, *, total_steps=None, **kwargs):
        """Return Adam without momentum."""
        return keras.optimizers.Adam(learning_rate, beta_1=0.0, beta_2=0.9, **kwargs)
