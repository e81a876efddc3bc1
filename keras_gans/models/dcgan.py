"""The convolutional GAN."""

import keras

from keras_gans import losses
from keras_gans.latent_model import LatentModel


@keras.saving.register_keras_serializable("keras_gans")
class DCGAN(LatentModel):
    """Deep convolutional GAN. [Radford et al., 2015](https://arxiv.org/abs/1511.06434).

    The game is `GAN`'s; the paper is about the networks, which are in `keras_gans.networks.dcgan`:
    strided convolutions, batch normalization, no pooling, weights from N(0, 0.02); and about the
    latents, between and with which `keras_gans.latents` computes.
    """

    adversarial_loss = losses.NonSaturating()
    r1 = 3.0  # digits come out more evenly than with 1: docs/quality.md
    network = "dcgan"
