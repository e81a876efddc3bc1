"""The ResNet generator's 3x3 convolution with reflection padding, fast to train on CPUs."""

import keras
import numpy as np
from keras import ops

from keras_gans.layers.hardware import trains_on_gpu

# Winograd's F(4x4, 3x3): 4 outputs from 6 inputs and 3 weights take 6 products instead of 12, and
# 36 instead of 144 in two dimensions. [Lavin and Gray, 2016](https://arxiv.org/abs/1509.09308)
TILE = 4
INPUT_TRANSFORM = np.array(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ],
    "float32",
)
KERNEL_TRANSFORM = np.array(
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ],
    "float32",
)
OUTPUT_TRANSFORM = np.array(
    [
        [1, 1, 1, 1, 1, 0],
        [0, 1, -1, 2, -2, 0],
        [0, 1, 1, 4, 4, 0],
        [0, 1, -1, 8, -8, 1],
    ],
    "float32",
)


@keras.saving.register_keras_serializable("keras_gans")
class ReflectionConv2D(keras.layers.Conv2D):
    """A 3x3 convolution without bias, with reflection padding.

    In training in float32 on a CPU, if height and width are multiples of 4, it uses Winograd's
    algorithm as matrix products: a quarter of the multiplications and, up to rounding, the same
    outputs and gradients. Otherwise, and so in every export, it pads and convolves.

    Args:
        filters: output channels.
        **kwargs: those of `keras.layers.Conv2D`, such as `kernel_initializer`.

    Call arguments:
        images: (n, h, w, c); returns (n, h, w, filters).
        training: whether Winograd's algorithm may be used.
    """

    def __init__(self, filters: int, **kwargs):
        super().__init__(filters, **{**kwargs, "kernel_size": 3, "use_bias": False})

    def call(self, images, training=False):
        """Return the convolved images."""
        fits = all(side is not None and side % TILE == 0 for side in images.shape[1:3])
        on_cpu = training and not trains_on_gpu()
        if not (on_cpu and fits and self.compute_dtype == "float32"):
            return super().call(ops.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect"))
        return _from_tiles(ops.matmul(_to_tiles(images), self._transformed_kernel()), images.shape)

    def compute_output_shape(self, input_shape):
        """Return (n, h, w, filters)."""
        return (*input_shape[:3], self.filters)

    def _transformed_kernel(self):
        kernel = ops.reshape(self.kernel, (9, -1))
        transform = np.kron(KERNEL_TRANSFORM, KERNEL_TRANSFORM)
        return ops.reshape(ops.matmul(transform, kernel), (36, -1, self.filters))


def _to_tiles(images):
    """Return the transformed tiles (36, n * tiles, c) of images (n, h, w, c)."""
    _, h, w, c = images.shape
    rows, columns = h // TILE, w // TILE
    # One constant matrix pads, cuts out the overlapping tiles and transforms them.
    x = ops.matmul(_input_matrix(h), ops.reshape(images, (-1, h, w * c)))
    x = ops.matmul(_input_matrix(w), ops.reshape(x, (-1, w, c)))
    x = ops.transpose(ops.reshape(x, (-1, 6, rows, 6, columns * c)), (1, 3, 0, 2, 4))
    return ops.reshape(x, (36, -1, c))


def _from_tiles(products, input_shape):
    """Return the images (n, h, w, c) of products (36, n * tiles, c)."""
    _, h, w, _ = input_shape
    rows, columns, c = h // TILE, w // TILE, products.shape[-1]
    x = ops.reshape(products, (6, 6, -1, rows, columns * c))
    x = ops.reshape(ops.transpose(x, (2, 0, 3, 1, 4)), (-1, 6 * columns, c))
    x = ops.reshape(ops.matmul(_output_matrix(w), x), (-1, 6 * rows, w * c))
    return ops.reshape(ops.matmul(_output_matrix(h), x), (-1, h, w, c))


def _input_matrix(side: int) -> np.ndarray:
    """Return the matrix (6 * tiles, side) from a row of pixels to its transformed tiles.

    Its rows are ordered (6, tiles).
    """
    tiles = side // TILE
    matrix = np.zeros((6, tiles, side + 2), "float32")
    for tile in range(tiles):
        matrix[:, tile, TILE * tile : TILE * tile + 6] = INPUT_TRANSFORM
    mirror = np.pad(np.eye(side, dtype="float32"), ((1, 1), (0, 0)), mode="reflect")
    return matrix.reshape(6 * tiles, side + 2) @ mirror


def _output_matrix(side: int) -> np.ndarray:
    """Return the matrix (side, 6 * tiles) from a row's products to its pixels.

    Its columns are ordered (6, tiles).
    """
    tiles = side // TILE
    matrix = np.zeros((tiles, TILE, 6, tiles), "float32")
    for tile in range(tiles):
        matrix[tile, :, :, tile] = OUTPUT_TRANSFORM
    return matrix.reshape(side, 6 * tiles)
