import pytest

from keras_gans import data
from keras_gans.evaluation.features import load_extractor


@pytest.fixture(scope="session")
def digits():
    return load_extractor("digits", channels=1)


@pytest.fixture(scope="session")
def real_digits(real_data):
    """The 10,000 test digits of MNIST, which the classifier of digits has not seen."""
    return data.load("mnist", "labelled", split="test", data_dir=f"{real_data}/tfds")
