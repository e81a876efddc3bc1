"""Replicas of a model on several devices, under a `tf.distribute` strategy."""

from collections.abc import Iterable, MutableMapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf


def replica_count() -> int:
    """Return the number of replicas that train together: 1 without a strategy."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def store_variables(variables: Iterable[keras.Variable], store: MutableMapping[str, Any]) -> None:
    """Put the values of variables into a store: "0", "1" and so on.

    Where replicas differ, as those of image pools do, the others' values are "0_replica_1"
    and so on.
    """
    for index, variable in enumerate(variables):
        first, *others = map(np.asarray, _replicas(variable))
        store[str(index)] = first
        if any(not np.array_equal(other, first) for other in others):
            for number, other in enumerate(others, 1):
                store[f"{index}_replica_{number}"] = other


def load_variables(variables: Iterable[keras.Variable], store: MutableMapping[str, Any]) -> None:
    """Assign what `store_variables` stored. A replica without a value gets the first one's."""
    for index, variable in enumerate(variables):
        variable.assign(store[str(index)])
        for number, replica in enumerate(_replicas(variable)):
            if number and (name := f"{index}_replica_{number}") in store.keys():
                replica.assign(store[name])


def _replicas(variable: keras.Variable) -> tuple[Any, ...]:
    """Return a variable's copies, one for each replica."""
    return getattr(variable.value, "values", (variable.value,))
