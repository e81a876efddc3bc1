"""Replicas of a model on several devices, under a `tf.distribute` strategy."""

import tensorflow as tf


def replica_count() -> int:
    """Return the number of replicas that train together: 1 without a strategy."""
    return tf.distribute.get_strategy().num_replicas_in_sync
