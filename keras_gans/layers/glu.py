"""Gated linear units."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_gans")
class GLU(keras.layers.Layer):
    """Gated linear unit: half of the channels, times the sigmoid of the other half.

    [Dauphin et al., 2016, section 2](https://arxiv.org/abs/1612.08083)

    Call arguments:
        inputs: (n, ..., 2 * c); returns (n, ..., c).
    """

    def call(self, inputs):
        """Return the gated channels."""
        return ops.glu(inputs, axis=-1)

    def compute_output_shape(self, input_shape):
        """Return (n, ..., c)."""
        return (*input_shape[:-1], input_shape[-1] // 2)
