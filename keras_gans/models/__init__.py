"""The zoo: one paper, one file."""

from keras_gans.models.cyclegan import CycleGAN
from keras_gans.models.dcgan import DCGAN
from keras_gans.models.gan import GAN

__all__ = ["DCGAN", "GAN", "CycleGAN"]
