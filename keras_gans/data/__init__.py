"""Data sets as endless, exactly resumable streams of batches.

`load` takes the name of a built-in data set, a TensorFlow Datasets name or a folder of images, and
returns a `Dataset`. Importing this package is quick: TensorFlow, TensorFlow Datasets and Pillow are
imported by the functions that need them.
"""

from keras_gans.data.config import TASKS, DataConfig
from keras_gans.data.dataset import Dataset
from keras_gans.data.discovery import find_images
from keras_gans.data.errors import DataError
from keras_gans.data.folders import shared_decoding, training_folders
from keras_gans.data.images import read_image
from keras_gans.data.loading import full_name, is_local, load, load_config
from keras_gans.data.reading import UnreadableError
from keras_gans.data.synthetic import BUILT_IN

__all__ = [
    "BUILT_IN",
    "TASKS",
    "DataConfig",
    "DataError",
    "Dataset",
    "UnreadableError",
    "find_images",
    "full_name",
    "is_local",
    "load",
    "load_config",
    "read_image",
    "shared_decoding",
    "training_folders",
]
