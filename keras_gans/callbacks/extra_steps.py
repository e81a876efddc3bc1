"""Additional discriminator updates."""

from collections.abc import Callable
from typing import Any

import keras
from keras import tree


class ExtraDiscriminatorSteps(keras.callbacks.Callback):
    """Make the discriminator updates of `AdversarialModel.extra_discriminator_steps`.

    Their real examples depend on the step only, so that a resumed run uses the same ones.

    Args:
        batches: from a number of batches to skip to an endless stream of batches; under a
            `tf.distribute` strategy, to a distributed one.
    """

    def __init__(self, batches: Callable[[int], Any]):
        super().__init__()
        self.batches = batches

    def on_train_begin(self, logs=None):
        """Count the updates of earlier steps."""
        steps = range(self.model.step)
        self._skipped = sum(map(self.model.extra_discriminator_steps, steps))
        self._stream = None
        self._step = self._update if self.model.run_eagerly else _compiled(self._update)

    def on_train_batch_begin(self, batch, logs=None):
        """Make the updates of this step."""
        for _ in range(self.model.extra_discriminator_steps(self.model.step)):
            self._stream = self._stream or iter(self.batches(self._skipped))
            self._step(next(self._stream))

    def on_train_end(self, logs=None):
        """Release the stream."""
        self._stream = None

    def _update(self, batch):
        self.model.distribute_strategy.run(self._update_replica, (batch,))

    def _update_replica(self, batch):
        self.model.discriminator_step(tree.map_structure(keras.ops.convert_to_tensor, batch))


def _compiled(function: Callable) -> Callable:
    import tensorflow as tf

    return tf.function(function, reduce_retracing=True)
