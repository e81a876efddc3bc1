"""Data sets that the library draws itself: images of shapes and animals, and 2-D points."""

from keras_gans.data.synthetic.registry import BUILT_IN, read

__all__ = ["BUILT_IN", "read"]
