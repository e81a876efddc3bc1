"""Photographs, and below each what presets make of it: every fifth test image of domain a.

`python docs/scripts/translations.py IMAGE DATA PRESET... [--data-dir FOLDER]` writes IMAGE.
"""

import argparse

import numpy as np
from PIL import Image

import keras_gans
from keras_gans import data
from keras_gans.pixels import to_pixels

EVERY, ACROSS = 5, 8


def main() -> None:
    """Translate, and write the image."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image")
    parser.add_argument("data")
    parser.add_argument("presets", nargs="+")
    parser.add_argument("--data-dir")
    options = parser.parse_args()
    generators = [
        next(iter(keras_gans.load(preset).generators.values())) for preset in options.presets
    ]
    side = generators[0].input_shape[1]
    real = data.load(
        options.data, "unpaired", image_size=side, data_dir=options.data_dir, split="test"
    )
    photos = real.images_at(0, np.arange(0, len(real.domains[0]), EVERY))
    made = [generator.predict_on_batch(photos) for generator in generators]
    rows = [
        np.concatenate(list(to_pixels(images[start : start + ACROSS])), axis=1)
        for start in range(0, len(photos) // ACROSS * ACROSS, ACROSS)
        for images in (photos, *made)
    ]
    Image.fromarray(np.concatenate(rows)).save(options.image, quality=85)


if __name__ == "__main__":
    main()
