"""InfoGAN (Chen et al., 2016): finds categories and directions without labels."""

from keras_gans.configs import InfoGANConfig
from train.common.command import main
from train.common.options import TrainingOptions
from train.common.recipe import Recipe

RECIPE = Recipe(
    "infogan",
    "InfoGAN",
    InfoGANConfig,
    TrainingOptions(batch_size=64, epochs=50, ema=0.995, learning_rate=1e-3),
    summary=__doc__,
)

if __name__ == "__main__":
    main(RECIPE)
