"""Layers of the papers that Keras lacks."""

from keras_gans.layers.conditional_normalization import ConditionalBatchNormalization
from keras_gans.layers.diff_augment import DiffAugment
from keras_gans.layers.dropout import Dropout
from keras_gans.layers.glu import GLU
from keras_gans.layers.grouped_conv import GroupedConv2D
from keras_gans.layers.image_pool import ImagePool
from keras_gans.layers.instance_noise import InstanceNoise
from keras_gans.layers.normalization import (
    BatchNormalization,
    InstanceNormalization,
    LayerNormalization,
)
from keras_gans.layers.one_hot import OneHot
from keras_gans.layers.padding import ReflectionPadding2D
from keras_gans.layers.reflection_conv import ReflectionConv2D
from keras_gans.layers.resampling import (
    SmoothDownSampling2D,
    SmoothUpSampling2D,
    SpatialBasis,
)
from keras_gans.layers.space_to_depth import DepthToSpace, SpaceToDepth
from keras_gans.layers.spectral import SpectralConv2D, SpectralDense, SpectralEmbedding

__all__ = [
    "GLU",
    "BatchNormalization",
    "ConditionalBatchNormalization",
    "DepthToSpace",
    "DiffAugment",
    "Dropout",
    "GroupedConv2D",
    "ImagePool",
    "InstanceNoise",
    "InstanceNormalization",
    "LayerNormalization",
    "OneHot",
    "ReflectionConv2D",
    "ReflectionPadding2D",
    "SmoothDownSampling2D",
    "SmoothUpSampling2D",
    "SpaceToDepth",
    "SpatialBasis",
    "SpectralConv2D",
    "SpectralDense",
    "SpectralEmbedding",
]
