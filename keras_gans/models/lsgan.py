"""LSGAN: the GAN with the least squares loss."""

import keras

from keras_gans import losses
from keras_gans.configs import LSGANConfig
from keras_gans.training.latent_model import LatentModel

TARGETS = {"binary": (0.0, 1.0, 1.0), "pearson": (-1.0, 1.0, 0.0)}  # the paper's a, b, c


@keras.saving.register_keras_serializable("keras_gans")
class LSGAN(LatentModel):
    """Least squares GAN. [Mao et al., 2017](https://arxiv.org/abs/1611.04076).

    Unlike that of `GAN`, the loss also has a gradient for fakes that are far on the correct side of
    the decision boundary.
    """

    config_class = LSGANConfig
    adversarial_loss = losses.LeastSquares()

    @classmethod
    def loss_from(cls, config):
        """Return the least squares loss with the configured targets."""
        return losses.LeastSquares(*TARGETS[config.coding])
