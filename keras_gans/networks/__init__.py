"""Generators and discriminators: functions that build functional `keras.Model`s.

Every network computes in the global dtype policy and returns float32.
"""

from keras_gans.networks import (
    dcgan,
    fastgan,
    mlp,
    patch,
    r3gan,
    resnet,
    resnet_translator,
    subpixel_translator,
    unet,
)

__all__ = [
    "dcgan",
    "fastgan",
    "mlp",
    "patch",
    "r3gan",
    "resnet",
    "resnet_translator",
    "subpixel_translator",
    "unet",
]
