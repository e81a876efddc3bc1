"""ACGAN (Odena et al., 2016): images by class that a classifier is sure of, less varied."""

from keras_gans.configs import ACGANConfig
from train.common.command import main
from train.common.options import TrainingOptions
from train.common.recipe import Recipe

RECIPE = Recipe(
    "acgan",
    "ACGAN",
    ACGANConfig,
    TrainingOptions(batch_size=64, epochs=50, ema=0.995, learning_rate=1e-3),
    task="labelled",
    summary=__doc__,
)

if __name__ == "__main__":
    main(RECIPE)
