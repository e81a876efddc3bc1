"""LSGAN (Mao et al., 2017): a least squares loss instead of cross-entropy."""

from keras_gans.configs import LSGANConfig
from train.common.command import main
from train.common.options import TrainingOptions
from train.common.recipe import Recipe

RECIPE = Recipe(
    "lsgan",
    "LSGAN",
    LSGANConfig,
    TrainingOptions(batch_size=64, epochs=50, ema=0.995, learning_rate=1e-3),
    summary=__doc__,
)

if __name__ == "__main__":
    main(RECIPE)
