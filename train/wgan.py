"""WGAN (Arjovsky et al., 2017): a loss that estimates a distance; slow, for study."""

from keras_gans.configs import WGANConfig
from train.common.command import main
from train.common.options import TrainingOptions
from train.common.recipe import Recipe

RECIPE = Recipe(
    "wgan",
    "WGAN",
    WGANConfig,
    TrainingOptions(batch_size=32, epochs=50, ema=0.995, learning_rate=2e-4),
    summary=__doc__,
)

if __name__ == "__main__":
    main(RECIPE)
