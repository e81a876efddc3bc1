"""Labels as vectors."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_gans")
class OneHot(keras.layers.Layer):
    """Turn labels into vectors that are 1 at the label, else 0.

    Args:
        classes: number of labels.

    Call arguments:
        labels: whole numbers (n,), from 0 to classes - 1; returns (n, classes).
    """

    def __init__(self, classes: int, **kwargs):
        super().__init__(**kwargs)
        self.classes = classes

    def call(self, labels):
        """Return the vectors."""
        return ops.one_hot(labels, self.classes, dtype=self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """Return (n, classes)."""
        return (*input_shape, self.classes)

    def compute_output_spec(self, labels):
        """Return the vectors' shape and dtype, which is not the labels'."""
        return keras.KerasTensor(self.compute_output_shape(labels.shape), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "classes": self.classes}
