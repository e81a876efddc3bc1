"""Batch normalization that depends on the class."""

from typing import Any

import keras
from keras import ops

from keras_gans.layers.normalization import BatchNormalization


@keras.saving.register_keras_serializable("keras_gans")
class ConditionalBatchNormalization(keras.layers.Layer):
    """Batch normalization with a gamma and a beta for each class.

    Statistics are those of the whole batch, of all classes, as in `BatchNormalization`.
    [Dumoulin et al., 2017](https://arxiv.org/abs/1610.07629) for styles,
    [Miyato and Koyama, 2018](https://arxiv.org/abs/1802.05637) for classes

    Args:
        classes: number of classes.

    Call arguments:
        inputs: [features (n, ..., c), labels (n,)], labels from 0 to classes - 1; returns the
            features' shape.
        training: whether to normalize by the batch's statistics, and to update the averages.
    """

    def __init__(self, classes: int, **kwargs):
        super().__init__(**kwargs)
        self.classes = classes
        self.normalization = BatchNormalization(
            scale=False, center=False, dtype=self.dtype_policy, name="normalization"
        )

    def build(self, input_shape):
        """Create gamma and beta, one of each per class and channel."""
        features, _ = input_shape
        self.normalization.build(features)
        shape = (self.classes, features[-1])
        self.gamma = self.add_weight(name="gamma", shape=shape, initializer="ones")
        self.beta = self.add_weight(name="beta", shape=shape, initializer="zeros")

    def call(self, inputs, training=False):
        """Return the normalized features."""
        features, labels = inputs
        # A product: exports need no gathering, and its gradient has one order of summation.
        one_hot = self.one_hot(labels)
        shape = (-1, *[1] * (len(features.shape) - 2), features.shape[-1])
        gamma = ops.reshape(ops.matmul(one_hot, self.gamma), shape)
        beta = ops.reshape(ops.matmul(one_hot, self.beta), shape)
        return self.normalization(features, training=training) * gamma + beta

    def one_hot(self, labels: Any) -> Any:
        """Return the one-hot vectors (n, classes) of labels (n,)."""
        return ops.one_hot(labels, self.classes, dtype=self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """Return the features' shape."""
        return input_shape[0]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "classes": self.classes}
