"""Squares of pixels as channels, and channels as squares of pixels."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_gans")
class SpaceToDepth(keras.layers.Layer):
    """Put each square of pixels into the channels of one pixel.

    Args:
        block_size: side of a square; height and width are multiples of it.

    Call arguments:
        images: (n, h, w, c); returns (n, h / block_size, w / block_size, c * block_size ** 2).
    """

    def __init__(self, block_size: int = 2, **kwargs):
        super().__init__(**kwargs)
        self.block_size = block_size

    def call(self, images):
        """Return the smaller images of more channels."""
        return ops.space_to_depth(images, self.block_size)

    def compute_output_shape(self, input_shape):
        """Return (n, h / block_size, w / block_size, c * block_size ** 2)."""
        n, h, w, c = input_shape
        size = self.block_size
        return (n, h and h // size, w and w // size, c * size**2)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "block_size": self.block_size}


@keras.saving.register_keras_serializable("keras_gans")
class DepthToSpace(keras.layers.Layer):
    """Put the channels of each pixel into a square of pixels: the inverse of `SpaceToDepth`.

    After a convolution, this is the sub-pixel convolution of
    [Shi et al., 2016](https://arxiv.org/abs/1609.05158).

    Args:
        block_size: side of a square; the channels are a multiple of its square.

    Call arguments:
        images: (n, h, w, c); returns (n, h * block_size, w * block_size, c / block_size ** 2).
    """

    def __init__(self, block_size: int = 2, **kwargs):
        super().__init__(**kwargs)
        self.block_size = block_size

    def call(self, images):
        """Return the larger images of fewer channels."""
        return ops.depth_to_space(images, self.block_size)

    def compute_output_shape(self, input_shape):
        """Return (n, h * block_size, w * block_size, c / block_size ** 2)."""
        n, h, w, c = input_shape
        size = self.block_size
        return (n, h and h * size, w and w * size, c // size**2)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "block_size": self.block_size}
