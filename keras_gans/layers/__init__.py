"""Layers that the papers use and Keras does not have."""

from keras_gans.layers.image_pool import ImagePool
from keras_gans.layers.normalization import BatchNormalization, InstanceNormalization
from keras_gans.layers.padding import ReflectionPadding2D
from keras_gans.layers.reflection_conv import ReflectionConv2D

__all__ = [
    "BatchNormalization",
    "ImagePool",
    "InstanceNormalization",
    "ReflectionConv2D",
    "ReflectionPadding2D",
]
