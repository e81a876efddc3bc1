import keras
import pytest

from keras_gans import data
from keras_gans.evaluation.features import FeatureExtractor, load_extractor
from tests.evaluation.random_images import NAMES


@pytest.fixture(scope="session")
def digits():
    return load_extractor("digits", channels=1)


@pytest.fixture(scope="session")
def real_digits(real_data):
    """The 10,000 test digits of MNIST, which the classifier of digits has not seen."""
    return data.load("mnist", "labelled", split="test", data_dir=f"{real_data}/tfds")


@pytest.fixture(scope="module")
def random():
    return load_extractor("random", 3)


@pytest.fixture(scope="module")
def classifier():
    """Sees the mean color, and as the class which channel is the largest."""
    images = keras.Input((None, None, 3))
    color = keras.layers.GlobalAveragePooling2D()(images)
    return FeatureExtractor("color", keras.Model(images, [color, color]), NAMES)
