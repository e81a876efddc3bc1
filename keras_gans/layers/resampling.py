"""Images at twice and at half the size, without what a plain stride does to them.

The filter is [1, 3, 3, 1] in height and in width: that of
[Huang et al., 2024](https://arxiv.org/abs/2501.05441), who continue images by zeros. Here they are
continued by themselves, so that a border stays as bright as it is.

Both layers multiply by one constant matrix a direction. That is quicker here than convolutions are,
most of all where it is differentiated twice, which TensorFlow's own interpolation cannot be.
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
        return _resample(images, _doubling)

    def compute_output_shape(self, input_shape):
        """Return (n, 2 * h, 2 * w, c)."""
        n, h, w, c = input_shape
        return (n, 2 * h, 2 * w, c)


@keras.saving.register_keras_serializable("keras_gans")
class SmoothDownSampling2D(keras.layers.Layer):
    """Halve height and width, smoothed so that fine patterns fade instead of turning into others.

    Call arguments:
        images: (n, h, w, c); returns (n, h / 2, w / 2, c).

    Raises:
        ValueError: height or width is odd.
    """

    def build(self, input_shape):
        """Refuse sides that have no half."""
        if input_shape[1] % 2 or input_shape[2] % 2:
            raise ValueError(f"only even sides can be halved, not {input_shape[1:3]}")

    def call(self, images):
        """Return the images at half the size."""
        return _resample(images, _halving)

    def compute_output_shape(self, input_shape):
        """Return (n, h / 2, w / 2, c)."""
        n, h, w, c = input_shape
        return (n, h // 2, w // 2, c)


@keras.saving.register_keras_serializable("keras_gans")
class SpatialBasis(keras.layers.Layer):
    """Give vectors a height and a width: each channel is as much of its own learned picture.

    [Huang et al., 2024](https://arxiv.org/abs/2501.05441), where a generator's images begin.

    Args:
        side: height and width.

    Call arguments:
        vectors: (n, c); returns (n, side, side, c).
    """

    def __init__(self, side: int, **kwargs):
        super().__init__(**kwargs)
        self.side = side

    def build(self, input_shape):
        """Make a picture a channel."""
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


def _doubling(side: int) -> np.ndarray:
    """Return (2 * side, side): two pixels in each, 3/4 of it and 1/4 of the nearer neighbour."""
    matrix = np.zeros((2 * side, side + 2), "float32")
    for pixel in range(side):
        matrix[2 * pixel, pixel : pixel + 2] = 1 / 4, 3 / 4
        matrix[2 * pixel + 1, pixel + 1 : pixel + 3] = 3 / 4, 1 / 4
    return matrix @ np.pad(np.eye(side, dtype="float32"), ((1, 1), (0, 0)), mode="edge")


def _halving(side: int) -> np.ndarray:
    """Return (side / 2, side): each new pixel from two, and a third as much from their neighbours.

    Beyond the border the image is mirrored without its last pixel, as a checkerboard goes on.
    """
    matrix = np.zeros((side // 2, side + 2), "float32")
    for pixel in range(side // 2):
        matrix[pixel, 2 * pixel : 2 * pixel + 4] = 1 / 8, 3 / 8, 3 / 8, 1 / 8
    return matrix @ np.pad(np.eye(side, dtype="float32"), ((1, 1), (0, 0)), mode="reflect")
