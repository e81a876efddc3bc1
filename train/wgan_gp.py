"""WGAN-GP (Gulrajani et al., 2017): stable; for drawings and small images."""

from keras_gans.configs import WGANGPConfig
from train.common.command import main
from train.common.options import TrainingOptions
from train.common.recipe import Recipe

RECIPE = Recipe(
    "wgan_gp",
    "WGANGP",
    WGANGPConfig,
    TrainingOptions(batch_size=64, epochs=50, ema=0.995, learning_rate=5e-4),
    summary=__doc__,
)

if __name__ == "__main__":
    main(RECIPE)
