"""Discriminators that are trained ahead of the generators."""

from collections.abc import Callable
from typing import Any

import keras
from keras import tree


class ExtraDiscriminatorSteps(keras.callbacks.Callback):
    """Make the updates that the model's `extra_discriminator_steps` asks for before each round.

    Their real examples depend on the number of rounds alone, so that a run which goes on makes the
    same ones.

    Args:
        batches: from the number of batches to leave out to an endless stream of batches.
    """

    def __init__(self, batches: Callable[[int], Any]):
        super().__init__()
        self.batches = batches

    def on_train_begin(self, logs=None):
        """Find the place in the stream."""
        before = sum(map(self.model.extra_discriminator_steps, range(int(self.model.steps))))
        self._stream = None
        self._before = before
        self._step = self._update if self.model.run_eagerly else _compiled(self._update)

    def on_train_batch_begin(self, batch, logs=None):
        """Make the updates that are due."""
        for _ in range(self.model.extra_discriminator_steps(int(self.model.steps))):
            self._stream = self._stream or iter(self.batches(self._before))
            self._step(next(self._stream))

    def on_train_end(self, logs=None):
        """Let go of the stream."""
        self._stream = None

    def _update(self, batch):
        self.model.discriminator_step(tree.map_structure(keras.ops.convert_to_tensor, batch))


def _compiled(function: Callable) -> Callable:
    import tensorflow as tf

    return tf.function(function, reduce_retracing=True)
