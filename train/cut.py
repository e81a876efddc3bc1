"""CUT (Park et al., 2020): translates from one set of images to another that is not paired."""

from keras_gans.configs import CUTConfig
from train.common.command import main
from train.common.options import TrainingOptions
from train.common.recipe import Recipe

RECIPE = Recipe(
    "cut",
    "CUT",
    CUTConfig,
    TrainingOptions(batch_size=1, epochs=400),
    task="unpaired",
    directed=True,
    jitter=True,
    summary=__doc__,
)

if __name__ == "__main__":
    main(RECIPE)
