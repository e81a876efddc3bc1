"""Dropout whose noise a run can go on with."""

from typing import Any

import keras

from keras_gans.gradients import SeedGenerator


@keras.saving.register_keras_serializable("keras_gans")
class Dropout(keras.layers.Layer):
    """Dropout whose replicas, under a `tf.distribute` strategy, drop different values.

    Args:
        rate: share of the values that training sets to zero; the others grow to make up for it.
        seed: of the choice. None draws one.

    Call arguments:
        inputs: any shape; returns the same one.
        training: whether to drop anything.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)

    def call(self, inputs, training=False):
        """Return the inputs, in training without some of them."""
        if not training:
            return inputs
        return keras.random.dropout(inputs, self.rate, seed=self.seed_generator)

    def compute_output_shape(self, input_shape):
        """Return the input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
