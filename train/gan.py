"""GAN on MLPs (Goodfellow et al., 2014): the first one, small and instructive."""

from keras_gans.configs import GANConfig
from train.common.command import main
from train.common.options import TrainingOptions
from train.common.recipe import Recipe

RECIPE = Recipe(
    "gan",
    "GAN",
    GANConfig,
    TrainingOptions(batch_size=64, epochs=50, ema=0.995, learning_rate=1e-3),
    summary=__doc__,
)

if __name__ == "__main__":
    main(RECIPE)
