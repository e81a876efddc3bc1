"""The models: one paper, one file."""

from keras_gans.models.acgan import ACGAN
from keras_gans.models.cgan import CGAN
from keras_gans.models.cut import CUT
from keras_gans.models.cyclegan import CycleGAN
from keras_gans.models.dcgan import DCGAN
from keras_gans.models.distillation import DistilledTranslator
from keras_gans.models.distilled_pix2pix import DistilledPix2Pix
from keras_gans.models.fastgan import FastGAN
from keras_gans.models.gan import GAN
from keras_gans.models.infogan import InfoGAN
from keras_gans.models.lsgan import LSGAN
from keras_gans.models.pix2pix import Pix2Pix
from keras_gans.models.r3gan import R3GAN
from keras_gans.models.sngan import SNGAN
from keras_gans.models.wgan import WGAN
from keras_gans.models.wgan_gp import WGANGP

__all__ = [
    "ACGAN",
    "CGAN",
    "CUT",
    "DCGAN",
    "GAN",
    "LSGAN",
    "R3GAN",
    "SNGAN",
    "WGAN",
    "WGANGP",
    "CycleGAN",
    "DistilledPix2Pix",
    "DistilledTranslator",
    "FastGAN",
    "InfoGAN",
    "Pix2Pix",
]
