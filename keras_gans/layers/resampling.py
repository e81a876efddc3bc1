"""Resampling with a smooth filter: twice and half the size, without aliasing.

The filter is [1, 3, 3, 1] in height and in width, as in
[Huang et al., 2024](https://arxiv.org/abs/2501.05441). They pad with zeros; here images are padded
with their own pixels, so that borders keep their brightness.

Both layers multiply by one constant matrix per direction. On CPUs that is faster than convolutions,
above all for second derivatives, which TensorFlow's own interpolation does not have.
"""

from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable("keras_gans")
class SmoothUpSampling2D(keras.layers.Layer):
    """Double height and width by bilinear interpolation.

    Call arguments:
        images: (n, h, w, c); returns (n, 2 * h, 2 * w, c).
    """

    def call(self, images):
        """Return the images at twice the size."""
        return _resample(images, _upsampling_matrix)

    def compute_output_shape(self, input_shape):
        """Return (n, 2 * h, 2 * w, c)."""
        n, h, w, c = input_shape
        return (n, 2 * h, 2 * w, c)


@keras.saving.register_keras_serializable("keras_gans")
class SmoothDownSampling2D(keras.layers.Layer):
    """Halve height and width; a low-pass filter prevents aliasing.

    Call arguments:
        images: (n, h, w, c); returns (n, h / 2, w / 2, c).

    Raises:
        ValueError: height or width is odd.
    """

    def build(self, input_shape):
        """Check that height and width are even."""
        if input_shape[1] % 2 or input_shape[2] % 2:
            raise ValueError(f"height and width must be even, not {input_shape[1:3]}")

    def call(self, images):
        """Return the images at half the size."""
        return _resample(images, _downsampling_matrix)

    def compute_output_shape(self, input_shape):
        """Return (n, h / 2, w / 2, c)."""
        n, h, w, c = input_shape
        return (n, h // 2, w // 2, c)


@keras.saving.register_keras_serializable("keras_gans")
class SpatialBasis(keras.layers.Layer):
    """Turn vectors into images: each channel is a learned image times the vector's element.

    The first layer of the generator of [Huang et al., 2024](https://arxiv.org/abs/2501.05441).

    Args:
        side: height and width.

    Call arguments:
        vectors: (n, c); returns (n, side, side, c).
    """

    def __init__(self, side: int, **kwargs):
        super().__init__(**kwargs)
        self.side = side

    def build(self, input_shape):
        """Create one learned image per channel."""
        shape = (self.side, self.side, input_shape[-1])
        normal = keras.initializers.RandomNormal(0.0, 1.0)
        self.basis = self.add_weight(name="basis", shape=shape, initializer=normal)

    def call(self, vectors):
        """Return the images."""
        return vectors[:, None, None] * self.basis

    def compute_output_shape(self, input_shape):
        """Return (n, side, side, c)."""
        n, c = input_shape
        return (n, self.side, self.side, c)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "side": self.side}


def _resample(images, matrix):
    _, h, w, c = images.shape
    rows, columns = (ops.cast(matrix(side), images.dtype) for side in (h, w))
    x = ops.matmul(rows, ops.reshape(images, (-1, h, w * c)))
    x = ops.matmul(columns, ops.reshape(x, (-1, w, c)))
    return ops.reshape(x, (-1, rows.shape[0], columns.shape[0], c))


def _upsampling_matrix(side: int) -> np.ndarray:
    """Return (2 * side, side): each pixel becomes two, of 3/4 of it and 1/4 of a neighbor."""
    matrix = np.zeros((2 * side, side + 2), "float32")
    for pixel in range(side):
        matrix[2 * pixel, pixel : pixel + 2] = 1 / 4, 3 / 4
        matrix[2 * pixel + 1, pixel + 1 : pixel + 3] = 3 / 4, 1 / 4
    return matrix @ np.pad(np.eye(side, dtype="float32"), ((1, 1), (0, 0)), mode="edge")


def _downsampling_matrix(side: int) -> np.ndarray:
    """Return (side / 2, side): each new pixel is [1, 3, 3, 1] / 8 of four.

    Reflection padding, which continues a checkerboard, so that it becomes even gray at borders too.
    """
    matrix = np.zeros((side // 2, side + 2), "float32")
    for pixel in range(side // 2):
        matrix[pixel, 2 * pixel : 2 * pixel + 4] = 1 / 8, 3 / 8, 3 / 8, 1 / 8
    return matrix @ np.pad(np.eye(side, dtype="float32"), ((1, 1), (0, 0)), mode="reflect")
