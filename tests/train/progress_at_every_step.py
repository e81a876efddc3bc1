"""Run train.cyclegan in a process that shows its progress at every step, as another clock might."""

from keras_gans.callbacks import progress
from train.common.command import main
from train.cyclegan import RECIPE

if __name__ == "__main__":
    progress.FILE_SECONDS = 0.0
    main(RECIPE)
