"""Random images, and a network that tells dark ones from bright ones."""

import keras
import numpy as np

from keras_gans.data import Dataset
from keras_gans.evaluation.features import FeatureExtractor

NAMES = ("a", "b", "c")


def dataset(count=30, shape=(8, 8, 3), domains=1, labels=None, seed=0, split="test"):
    """Make a set of random images."""
    rng = np.random.default_rng(seed)
    images = tuple(rng.integers(0, 256, (count, *shape)).astype("uint8") for _ in range(domains))
    form = "images" if domains == 1 else "unpaired"
    if labels is None:
        return Dataset("mine", form, images, split=split)
    return Dataset("mine", "labelled", images, np.asarray(labels), NAMES, split=split)


def everything(dataset, domain=0):
    return dataset.images_at(domain, np.arange(len(dataset.domains[domain])))


def bright_or_dark():
    """A classifier that takes dark images for domain a and bright ones for domain b."""
    images = keras.Input((None, None, 3))
    mean = keras.layers.GlobalAveragePooling2D()(images)
    weights = keras.initializers.Constant([[-1.0, 1.0]] * 3)
    logits = keras.layers.Dense(2, use_bias=False, kernel_initializer=weights)(mean)
    return FeatureExtractor("brightness", keras.Model(images, [mean, logits]))
