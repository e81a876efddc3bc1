"""Data sets as endless, exactly resumable streams of batches.

`load` takes the name of a built-in set, a TensorFlow Datasets name or a folder of pictures, and
gives a `Dataset`. Importing this package is quick: TensorFlow, TensorFlow Datasets and Pillow are
imported by the functions that need them.
"""

from keras_gans.data.builtin import BUILT_IN
from keras_gans.data.dataset import Dataset
from keras_gans.data.errors import DataError
from keras_gans.data.folders import decoded_once
from keras_gans.data.loading import is_folder, load, recorded
from keras_gans.data.pictures import find_pictures, read_picture
from keras_gans.data.request import FORMS

__all__ = [
    "BUILT_IN",
    "FORMS",
    "DataError",
    "Dataset",
    "decoded_once",
    "find_pictures",
    "is_folder",
    "load",
    "read_picture",
    "recorded",
]
