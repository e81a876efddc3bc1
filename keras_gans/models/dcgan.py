"""DCGAN: the GAN with convolutional networks."""

import keras

from keras_gans import losses
from keras_gans.configs import DCGANConfig
from keras_gans.training.latent_model import LatentModel


@keras.saving.register_keras_serializable("keras_gans")
class DCGAN(LatentModel):
    """Deep convolutional GAN. [Radford et al., 2015](https://arxiv.org/abs/1511.06434).

    The losses are those of `GAN`. The paper's networks (strided convolutions, batch normalization,
    no pooling, weights from N(0, 0.02)) are in `keras_gans.networks.dcgan`, and its arithmetic with
    latents is in `keras_gans.latents`.
    """

    config_class = DCGANConfig
    adversarial_loss = losses.NonSaturating()
