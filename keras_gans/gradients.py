"""What is TensorFlow's alone: taking gradients, and replicas."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import keras
import tensorflow as tf
from keras import ops

# With it, TensorFlow now and then lets a draw of noise read the random state before an earlier draw
# has counted it on (seen with several discriminator steps): runs would not repeat.
tf.config.optimizer.set_experimental_options({"dependency_optimization": False})

Terms = dict[str, "keras.KerasTensor"]
Pause = Callable[[], AbstractContextManager]


def minimize(
    objective: Callable[[Pause], Terms],
    optimizer: keras.Optimizer,
    variables: Sequence[keras.Variable],
) -> Terms:
    """Take one optimizer step that lowers the sum of the objective's terms.

    Args:
        objective: called once as `objective(pause)`; returns named scalar terms. What it computes
            under `with pause():` is not differentiated, so that one side of a game can move while
            the other side's forward pass stays on record.
        optimizer: a built optimizer. A `LossScaleOptimizer` has its loss scaled.
        variables: the weights to change. No others are.

    Returns:
        The terms, as `objective` gave them.
    """
    # Only what depends on `variables` is recorded: the other side's weights cost nothing.
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for variable in variables:
            tape.watch(variable.value)
        terms = objective(tape.stop_recording)
        total = sum(ops.cast(term, "float32") for term in terms.values())
        # Each replica averages over its own examples and gradients are summed over replicas.
        loss = optimizer.scale_loss(total / replica_count())
    gradients = tape.gradient(loss, [variable.value for variable in variables])
    optimizer.apply(gradients, variables)
    return terms


def score_and_slope(
    score: Callable[[Any], Any], inputs: "keras.KerasTensor"
) -> tuple["keras.KerasTensor", "keras.KerasTensor"]:
    """Return scores and their gradient with respect to the inputs, which can be differentiated.

    Args:
        score: from inputs (n, ...) to scores, any shape, an example's from that example alone.
        inputs: float32 (n, ...).

    Returns:
        The scores, and a tensor of the inputs' shape.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        scores = score(inputs)
    return scores, tape.gradient(scores, inputs)


def replica_count() -> int:
    """Return how many replicas a `tf.distribute` strategy runs in step: 1 where there is none."""
    return tf.distribute.get_strategy().num_replicas_in_sync


@keras.saving.register_keras_serializable("keras_gans")
class SeedGenerator(keras.random.SeedGenerator):
    """A `keras.random.SeedGenerator` whose replicas draw different numbers.

    Keras keeps the state alike on all replicas of a `tf.distribute` strategy, so that each would
    draw the same noise. The first replica draws what a single device would.
    """

    def next(self, ordered: bool = True):
        """Return the next seed, of shape (2,), folded with the replica's number."""
        seed = super().next(ordered)
        context = tf.distribute.get_replica_context()
        if context is None or replica_count() == 1:
            return seed
        replica = ops.cast(context.replica_id_in_sync_group, seed.dtype)
        golden = 0x9E3779B1  # spreads neighbouring replica numbers over all 32 bits
        return seed + replica * ops.convert_to_tensor([golden, 0], dtype=seed.dtype)
