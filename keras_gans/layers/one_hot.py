"""One-hot encoding of labels."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_gans")
class OneHot(keras.layers.Layer):
    """Encode labels as one-hot vectors.

    Args:
        classes: number of classes.

    Call arguments:
        labels: integers (n,), from 0 to classes - 1; returns (n, classes).
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
        """Return the vectors' shape and dtype; Keras would assume the labels' dtype."""
        return keras.KerasTensor(self.compute_output_shape(labels.shape), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "classes": self.classes}
