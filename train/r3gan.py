"""R3GAN (Huang et al., 2024): a modern baseline, here on plain networks."""

from keras_gans.configs import R3GANConfig
from train.common.command import main
from train.common.options import TrainingOptions
from train.common.recipe import Recipe

RECIPE = Recipe(
    "r3gan",
    "R3GAN",
    R3GANConfig,
    TrainingOptions(batch_size=64, epochs=50, ema=0.995, learning_rate=1e-3),
    summary=__doc__,
)

if __name__ == "__main__":
    main(RECIPE)
