"""Conditional GAN (Mirza and Osindero, 2014): images by class, the simplest way."""

from keras_gans.configs import CGANConfig
from train.common.command import main
from train.common.options import TrainingOptions
from train.common.recipe import Recipe

RECIPE = Recipe(
    "cgan",
    "CGAN",
    CGANConfig,
    TrainingOptions(batch_size=64, epochs=50, ema=0.995, learning_rate=1e-3),
    task="labelled",
    summary=__doc__,
)

if __name__ == "__main__":
    main(RECIPE)
