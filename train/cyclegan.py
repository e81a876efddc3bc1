"""CycleGAN (Zhu et al., 2017): translates between two sets of images that are not paired."""

from keras_gans.configs import CycleGANConfig
from train.common.command import main
from train.common.options import TrainingOptions
from train.common.recipe import Recipe

RECIPE = Recipe(
    "cyclegan",
    "CycleGAN",
    CycleGANConfig,
    TrainingOptions(batch_size=1, epochs=200),
    task="unpaired",
    jitter=True,
    summary=__doc__,
)

if __name__ == "__main__":
    main(RECIPE)
