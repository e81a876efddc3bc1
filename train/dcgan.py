"""DCGAN (Radford et al., 2015): images from strided convolutions; quick."""

from keras_gans.configs import DCGANConfig
from train.common.command import main
from train.common.options import TrainingOptions
from train.common.recipe import Recipe

RECIPE = Recipe(
    "dcgan",
    "DCGAN",
    DCGANConfig,
    TrainingOptions(batch_size=64, epochs=50, ema=0.995, learning_rate=1e-3),
    summary=__doc__,
)

if __name__ == "__main__":
    main(RECIPE)
