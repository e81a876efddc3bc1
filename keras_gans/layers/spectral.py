"""Layers of spectral norm 1: no input is stretched by more than that.

The weights in use are the stored ones divided by their largest singular value, which gradients pass
through as well; the stored ones are the optimizer's alone.
`keras.layers.SpectralNormalization` overwrites them instead.
[Miyato et al., 2018, section 2.1](https://arxiv.org/abs/1802.05957)
"""

from typing import Any

import keras
from keras import ops


class _Spectral(keras.layers.Layer):
    """What is put before a Keras layer whose first weight is its kernel.

    The kernel is taken as a matrix W (inputs, outputs). One step of power iteration a call in
    training keeps `u`, of length 1, near W's first right singular vector.
    """

    def build(self, input_shape=None):
        """Make the layer's weights and `u`."""
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
        """Return the layer's outputs; in training, bring `u` one step closer first."""
        if training:
            matrix = ops.stop_gradient(self._matrix())
            left = _unit(ops.matmul(matrix, self.u))
            self.u.assign(_unit(ops.matmul(ops.transpose(matrix), left)))
        return super().call(inputs)

    def _normalized(self):
        """Return the kernel over its largest singular value, which is computed in float32."""
        matrix = self._matrix()
        stretched = ops.matmul(matrix, self.u)
        # The singular vectors are constants to the gradient, as in the paper's equations 9 to 12.
        sigma = ops.sum(ops.stop_gradient(_unit(stretched)) * stretched)
        return ops.cast(ops.reshape(matrix / sigma, self.weights[0].shape), self.compute_dtype)

    def _matrix(self):
        stored = self.weights[0]
        return ops.reshape(ops.cast(stored, "float32"), (-1, stored.shape[-1]))

    # Keras's own would leave out `u`.

    def save_own_variables(self, store: Any) -> None:
        """Save all weights, `u` among them."""
        keras.layers.Layer.save_own_variables(self, store)

    def load_own_variables(self, store: Any) -> None:
        """Load what `save_own_variables` saved."""
        keras.layers.Layer.load_own_variables(self, store)


def _unit(vector):
    return ops.normalize(vector, axis=0)


@keras.saving.register_keras_serializable("keras_gans")
class SpectralDense(_Spectral, keras.layers.Dense):
    """`keras.layers.Dense` of spectral norm 1.

    Args:
        *args: those of `keras.layers.Dense`.
        **kwargs: those of `keras.layers.Dense`.

    Call arguments:
        inputs: (n, ..., d); returns (n, ..., units).
        training: whether the pass is one of training.
    """

    @property
    def kernel(self):
        """The kernel (d, units) in use."""
        return self._normalized()


@keras.saving.register_keras_serializable("keras_gans")
class SpectralConv2D(_Spectral, keras.layers.Conv2D):
    """`keras.layers.Conv2D` whose kernel, as a matrix (h * w * c, filters), has spectral norm 1.

    Args:
        *args: those of `keras.layers.Conv2D`.
        **kwargs: those of `keras.layers.Conv2D`.

    Call arguments:
        images: (n, h, w, c); returns what `keras.layers.Conv2D` does.
        training: whether the pass is one of training.
    """

    @property
    def kernel(self):
        """The kernel (h, w, c, filters) in use."""
        return self._normalized()


@keras.saving.register_keras_serializable("keras_gans")
class SpectralEmbedding(_Spectral, keras.layers.Embedding):
    """`keras.layers.Embedding` whose vectors, as a matrix, have spectral norm 1.

    Args:
        *args: those of `keras.layers.Embedding`.
        **kwargs: those of `keras.layers.Embedding`.

    Call arguments:
        labels: whole numbers of any shape (n, ...); returns (n, ..., d).
        training: whether the pass is one of training.
    """

    @property
    def embeddings(self):
        """The vectors (labels, d) in use."""
        return self._normalized()

    def compute_output_spec(self, inputs, training=False):
        """Return the outputs' shape and dtype, which are the same in training."""
        return super().compute_output_spec(inputs)
