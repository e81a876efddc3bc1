"""Gradients of the losses, and of a network with respect to its inputs."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from keras_gans.training.distribution import replica_count

# This optimization sometimes reorders reads of a random state and updates of it (seen with several
# discriminator steps), so that runs with the same seed differ.
tf.config.optimizer.set_experimental_options({"dependency_optimization": False})

Losses = dict[str, "keras.KerasTensor"]


def record(variables: Sequence[keras.Variable]) -> tf.GradientTape:
    """Return a tape that records operations on some variables only.

    It may be entered more than once. Operations in between are not recorded, so that the
    discriminator can be updated while the generator's forward pass is kept.
    """
    tape = tf.GradientTape(watch_accessed_variables=False)
    with tape:
        for variable in variables:
            tape.watch(variable.value)
    return tape


def minimize(
    losses: Callable[[], Losses],
    optimizer: keras.Optimizer,
    variables: Sequence[keras.Variable],
    tape: tf.GradientTape | None = None,
) -> Losses:
    """Make one optimizer step on the sum of some losses.

    Args:
        losses: returns scalar losses by name.
        optimizer: a built optimizer. The loss is scaled for a `LossScaleOptimizer`.
        variables: the weights to update.
        tape: from `record`, if it holds a part of the forward pass; None for a new one.

    Returns:
        The losses, unscaled.
    """
    tape = tape or record(variables)
    with tape:
        values = losses()
        total = sum(ops.cast(value, "float32") for value in values.values())
        # Each replica averages over its own examples, and gradients are summed over replicas.
        scaled = optimizer.scale_loss(total / replica_count())
    gradients = tape.gradient(scaled, [variable.value for variable in variables])
    optimizer.apply(gradients, variables)
    return values


def with_loss_scaling(optimizer: keras.Optimizer) -> keras.optimizers.LossScaleOptimizer:
    """Return an optimizer for losses that float16 would round to zero; itself if it is one."""
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return optimizer
    return keras.optimizers.LossScaleOptimizer(optimizer)


def without_loss_scaling(optimizer: keras.Optimizer) -> keras.Optimizer:
    """Return the optimizer that `with_loss_scaling` wrapped; itself if it was not."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def value_and_input_gradient(
    function: Callable[[Any], Any], inputs: "keras.KerasTensor"
) -> tuple["keras.KerasTensor", "keras.KerasTensor"]:
    """Return a function's values and their gradient with respect to the inputs.

    The gradient is differentiable, as gradient penalties need.

    Args:
        function: from inputs (n, ...) to values of any shape. Where the values of an example
            depend on others, as with batch normalization, its gradient is that of all values.
        inputs: float32 (n, ...).

    Returns:
        The values, and the gradient, of the inputs' shape.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        values = function(inputs)
    return values, tape.gradient(values, inputs)


def has_averages(optimizer: keras.Optimizer) -> bool:
    """Return whether an optimizer averages weights, and has begun to: averages begin as zeros."""
    optimizer = without_loss_scaling(optimizer)
    return optimizer.use_ema and bool(ops.convert_to_numpy(optimizer.iterations) > 0)
