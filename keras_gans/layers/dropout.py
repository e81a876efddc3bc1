"""Dropout that differs between devices."""

from typing import Any

import keras

from keras_gans.training.random import SeedGenerator


@keras.saving.register_keras_serializable("keras_gans")
class Dropout(keras.layers.Layer):
    """Dropout. Replicas under a `tf.distribute` strategy drop different units.

    Otherwise it is `keras.layers.Dropout`. A subclass of Keras's layer would keep, and save, a
    second seed generator.

    Args:
        rate: fraction of the inputs that are set to zero in training; the others are scaled up by
            1 / (1 - rate).
        seed: random seed. None draws one.

    Call arguments:
        inputs: of any shape; returns the same shape.
        training: inputs are dropped in training only.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)

    def call(self, inputs, training=False):
        """Return the inputs, with dropout in training."""
        if not training:
            return inputs
        return keras.random.dropout(inputs, self.rate, seed=self.seed_generator)

    def compute_output_shape(self, input_shape):
        """Return the input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
