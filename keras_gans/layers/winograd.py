"""3x3 convolution with Winograd's minimal filtering, for training on CPUs."""

import keras
import numpy as np
from keras import ops

# F(4x4, 3x3): a tile of 4 outputs from 6 inputs and 3 weights takes 6 products instead of 12, and
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
class WinogradConv2D(keras.layers.Conv2D):
    """A 3x3 convolution that trains with a quarter of the multiplications.

    Where it is called with `training=True` on float32 images whose output sides are multiples of 4,
    it computes in Winograd's domain, F(4x4, 3x3), through matrix products: equal to the direct
    convolution up to rounding, forward and backward. Everywhere else, and so in every export, it is
    `keras.layers.Conv2D`. On CPUs with fast low precision (`bfloat16`) the direct form wins, on GPUs
    the vendor's library chooses by itself.

    Args: those of `keras.layers.Conv2D`; the kernel is 3x3, stride 1, padding "valid", one group.
    """

    def call(self, images, training=False):
        """Return the convolution of images (n, h, w, c): (n, h - 2, w - 2, filters)."""
        sides = images.shape[1:3]
        fits = all(side is not None and side % TILE == 2 for side in sides)
        if not (training and fits and self.compute_dtype == "float32"):
            return super().call(images)
        outputs = ops.matmul(_to_tiles(images), self._transformed_kernel())
        return _from_tiles(outputs, images.shape)

    def _transformed_kernel(self):
        kernel = ops.reshape(self.kernel, (9, -1))
        transform = np.kron(KERNEL_TRANSFORM, KERNEL_TRANSFORM)
        return ops.reshape(ops.matmul(transform, kernel), (36, -1, self.filters))


def _to_tiles(images):
    """Transform the tiles of images (n, h, w, c): (36, n * tiles, c)."""
    n, h, w, c = images.shape
    n = ops.shape(images)[0] if n is None else n
    rows, columns = (h - 2) // TILE, (w - 2) // TILE
    # Cutting out the overlapping tiles and transforming them is one product with a constant.
    x = ops.matmul(_input_matrix(h), ops.reshape(images, (n, h, w * c)))
    x = ops.matmul(_input_matrix(w), ops.reshape(x, (n * 6 * rows, w, c)))
    x = ops.transpose(ops.reshape(x, (n, 6, rows, 6, columns * c)), (1, 3, 0, 2, 4))
    return ops.reshape(x, (36, n * rows * columns, c))


def _from_tiles(products, input_shape):
    """Transform products (36, n * tiles, c) back and join the tiles: (n, h - 2, w - 2, c)."""
    rows, columns = (input_shape[1] - 2) // TILE, (input_shape[2] - 2) // TILE
    c = products.shape[-1]
    x = ops.reshape(products, (6, 6, -1, rows, columns * c))
    x = ops.reshape(ops.transpose(x, (2, 0, 3, 1, 4)), (-1, 6 * columns, c))
    x = ops.matmul(_output_matrix(columns), x)
    x = ops.reshape(x, (-1, 6 * rows, TILE * columns * c))
    x = ops.matmul(_output_matrix(rows), x)
    return ops.reshape(x, (-1, TILE * rows, TILE * columns, c))


def _input_matrix(side: int) -> np.ndarray:
    """Return the matrix that takes `side` inputs to their tiles' 6 transformed values, tile last."""
    tiles = (side - 2) // TILE
    matrix = np.zeros((6, tiles, side), "float32")
    for tile in range(tiles):
        matrix[:, tile, TILE * tile : TILE * tile + 6] = INPUT_TRANSFORM
    return matrix.reshape(6 * tiles, side)


def _output_matrix(tiles: int) -> np.ndarray:
    """Return the matrix that takes 6 products a tile, tile last, to the 4 outputs of each."""
    matrix = np.zeros((tiles, TILE, 6, tiles), "float32")
    for tile in range(tiles):
        matrix[tile, :, :, tile] = OUTPUT_TRANSFORM
    return matrix.reshape(TILE * tiles, 6 * tiles)
