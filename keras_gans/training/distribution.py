"""Replicas of a model on several devices and machines, under a `tf.distribute` strategy."""

import functools
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import keras
import numpy as np
import tensorflow as tf

Value = TypeVar("Value")


def replica_count() -> int:
    """Return the number of replicas that train together: 1 without a strategy."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def worker_count() -> int:
    """Return the number of processes that train together: 1 without a strategy of several."""
    strategy = tf.distribute.get_strategy()
    replicas = strategy.num_replicas_in_sync
    # The default strategy has no list of devices.
    return 1 if replicas == 1 else replicas // len(strategy.extended.worker_devices)


def gather_from_workers(values: Sequence[float]) -> np.ndarray:
    """Return some numbers of each worker, float64 (workers, n). Every worker has to ask for them.

    Args:
        values: this worker's numbers, n of them.
    """
    own = np.asarray(values, "float64")
    if worker_count() == 1:
        return own[None]
    strategy = tf.distribute.get_strategy()
    by_replica = _gather(strategy)(tf.constant(own)).numpy()
    return by_replica[:: len(strategy.extended.worker_devices)]


def of_chief(values: Sequence[float]) -> list[float]:
    """Return the first worker's numbers. Every worker has to ask for them, with its own.

    Other hardware may have rounded otherwise, and what follows from the numbers takes all workers.
    """
    return gather_from_workers(values)[0].tolist()


def any_worker(flag: bool) -> bool:
    """Return whether a worker says so. Every worker has to ask at the same step.

    What depends on a worker's clock or its signals has to be agreed on: a worker that does
    otherwise than the others waits for them forever.
    """
    return bool(gather_from_workers([flag]).any())


def without_strategy(function: Callable[[], Value]) -> Value:
    """Call a function where no strategy is in scope: its variables have no replicas.

    A strategy's scope cannot be left but by a thread of one's own.
    """
    if replica_count() == 1:
        return function()
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def for_reduction(logs: dict[str, Any]) -> dict[str, Any]:
    """Return a step's logs in the shape in which Keras averages them over replicas.

    Over several workers, it does so along the first axis, which scalars do not have.
    """
    if worker_count() == 1:
        return logs
    return {name: keras.ops.reshape(value, (1,)) for name, value in logs.items()}


class ReplicatedModel(keras.Model):
    """A model whose layers are built, and whose `fit` works on several workers too."""

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Do nothing. To build layers, Keras averages a batch, which fails over workers."""


def store_variables(variables: Iterable[keras.Variable], store: MutableMapping[str, Any]) -> None:
    """Put the values of variables into a store: "0", "1" and so on. Every worker has to do it.

    Where replicas differ, as those of image pools do, the others' values are "0_replica_1"
    and so on.
    """
    for index, variable in enumerate(variables):
        first, *others = _of_all_replicas(variable)
        store[str(index)] = first
        if any(not np.array_equal(other, first) for other in others):
            for number, other in enumerate(others, 1):
                store[f"{index}_replica_{number}"] = other


def load_variables(variables: Iterable[keras.Variable], store: MutableMapping[str, Any]) -> None:
    """Assign what `store_variables` stored. A replica without a value gets the first one's."""
    for index, variable in enumerate(variables):
        variable.assign(store[str(index)])
        for number, replica in enumerate(_replicas(variable), _first_replica()):
            if number and (name := f"{index}_replica_{number}") in store.keys():
                replica.assign(store[name])


def _replicas(variable: keras.Variable) -> tuple[Any, ...]:
    """Return a variable's copies, one for each of this worker's replicas."""
    return getattr(variable.value, "values", (variable.value,))


def _of_all_replicas(variable: keras.Variable) -> list[np.ndarray]:
    """Return the values of a variable's copies, one for each replica."""
    if worker_count() == 1:
        return [np.asarray(replica) for replica in _replicas(variable)]
    strategy, first, local = tf.distribute.get_strategy(), _first_replica(), _replicas(variable)
    own = strategy.experimental_distribute_values_from_function(
        lambda context: tf.identity(local[context.replica_id_in_sync_group - first])[None]
    )
    return list(strategy.gather(own, axis=0).numpy())


def _first_replica() -> int:
    """Return the number of this worker's first replica."""
    if worker_count() == 1:
        return 0
    strategy = tf.distribute.get_strategy()
    return strategy.cluster_resolver.task_id * len(strategy.extended.worker_devices)


@functools.lru_cache(maxsize=1)
def _gather(strategy: tf.distribute.Strategy) -> Any:
    @tf.function
    def gather(own):
        return strategy.gather(strategy.run(lambda: own[None]), axis=0)

    return gather
