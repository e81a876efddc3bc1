"""FastGAN (Liu et al., 2021): for photographs, also few, with DiffAugment."""

from keras_gans.configs import FastGANConfig
from train.common.command import main
from train.common.options import TrainingOptions
from train.common.recipe import Recipe

RECIPE = Recipe(
    "fastgan",
    "FastGAN",
    FastGANConfig,
    TrainingOptions(batch_size=32, epochs=50, ema=0.995, learning_rate=5e-4),
    summary=__doc__,
)

if __name__ == "__main__":
    main(RECIPE)
