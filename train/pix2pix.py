"""Pix2Pix (Isola et al., 2016): translates images, learnt from pairs of input and target."""

from keras_gans.configs import Pix2PixConfig
from train.common.command import main
from train.common.options import TrainingOptions
from train.common.recipe import Recipe

RECIPE = Recipe(
    "pix2pix",
    "Pix2Pix",
    Pix2PixConfig,
    TrainingOptions(batch_size=1, epochs=200),
    task="paired",
    directed=True,
    jitter=True,
    summary=__doc__,
)

if __name__ == "__main__":
    main(RECIPE)
