"""Layers with spectral normalization: their kernel has spectral norm 1.

The kernel that a layer uses is the stored one divided by its largest singular value. As in the
paper, gradients pass through that division and the optimizer updates the stored kernel, which
`keras.layers.SpectralNormalization` overwrites.
[Miyato et al., 2018, section 2.1](https://arxiv.org/abs/1802.05957)
"""

from typing import Any

import keras
from keras import ops


class _Spectral(keras.layers.Layer):
    """Mixin for a Keras layer whose first weight is its kernel.

    The kernel is a matrix W (inputs, outputs). Each call in training makes one step of power
    iteration, which keeps `u`, of length 1, near W's first right singular vector.
    """

    def build(self, input_shape=None):
        """Create the layer's weights and `u`."""
        super().build(input_shape)
        self.u = self.add_weight(
            name="u",
            shape=(self.weights[0].shape[-1], 1),
            initializer="orthogonal",  # a random direction, of length 1
            trainable=False,
            dtype="float32",
            autocast=False,
        )

    def call(self, inputs, training=False):
        """Return the layer's outputs; in training, after one step of power iteration."""
        if training:
            matrix = ops.stop_gradient(self._matrix())
            left = _unit(ops.matmul(matrix, self.u))
            self.u.assign(_unit(ops.matmul(ops.transpose(matrix), left)))
        return super().call(inputs)

    def _normalized(self):
        """Return the kernel divided by its largest singular value, computed in float32."""
        matrix = self._matrix()
        product = ops.matmul(matrix, self.u)
        # No gradient for the singular vectors, as in the paper's equations 9 to 12.
        sigma = ops.sum(ops.stop_gradient(_unit(product)) * product)
        return ops.cast(ops.reshape(matrix / sigma, self.weights[0].shape), self.compute_dtype)

    def _matrix(self):
        stored = self.weights[0]
        return ops.reshape(ops.cast(stored, "float32"), (-1, stored.shape[-1]))

    # The methods of Dense, Conv2D and Embedding would leave out `u`.

    def save_own_variables(self, store: Any) -> None:
        """Save all weights, `u` included."""
        keras.layers.Layer.save_own_variables(self, store)

    def load_own_variables(self, store: Any) -> None:
        """Load what `save_own_variables` saved."""
        keras.layers.Layer.load_own_variables(self, store)


def _unit(vector):
    return ops.normalize(vector, axis=0)


@keras.saving.register_keras_serializable("keras_gans")
class SpectralDense(_Spectral, keras.layers.Dense):
    """`keras.layers.Dense` whose kernel has spectral norm 1.

    Args:
        *args: those of `keras.layers.Dense`.
        **kwargs: those of `keras.layers.Dense`.

    Call arguments:
        inputs: (n, ..., d); returns (n, ..., units).
        training: whether to make a step of power iteration.
    """

    @property
    def kernel(self):
        """The normalized kernel (d, units)."""
        return self._normalized()


@keras.saving.register_keras_serializable("keras_gans")
class SpectralConv2D(_Spectral, keras.layers.Conv2D):
    """`keras.layers.Conv2D` whose kernel, as a matrix (h * w * c, filters), has spectral norm 1.

    Args:
        *args: those of `keras.layers.Conv2D`.
        **kwargs: those of `keras.layers.Conv2D`.

    Call arguments:
        images: (n, h, w, c); returns what `keras.layers.Conv2D` does.
        training: whether to make a step of power iteration.
    """

    @property
    def kernel(self):
        """The normalized kernel (h, w, c, filters)."""
        return self._normalized()


@keras.saving.register_keras_serializable("keras_gans")
class SpectralEmbedding(_Spectral, keras.layers.Embedding):
    """`keras.layers.Embedding` whose matrix of embeddings has spectral norm 1.

    Args:
        *args: those of `keras.layers.Embedding`.
        **kwargs: those of `keras.layers.Embedding`.

    Call arguments:
        labels: integers of any shape (n, ...); returns (n, ..., d).
        training: whether to make a step of power iteration.
    """

    @property
    def embeddings(self):
        """The normalized embeddings (labels, d)."""
        return self._normalized()

    def compute_output_spec(self, inputs, training=False):
        """Return the outputs' shape and dtype; Keras's method has no `training`."""
        return super().compute_output_spec(inputs)
