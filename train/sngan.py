"""SNGAN (Miyato et al., 2018): stable; the default choice with labels."""

from keras_gans.configs import SNGANConfig
from train.common.command import main
from train.common.options import TrainingOptions
from train.common.recipe import Recipe

RECIPE = Recipe(
    "sngan",
    "SNGAN",
    SNGANConfig,
    TrainingOptions(batch_size=64, epochs=50, ema=0.995, learning_rate=1e-3),
    task="labelled",
    summary=__doc__,
)

if __name__ == "__main__":
    main(RECIPE)
