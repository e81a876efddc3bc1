"""Replicas of a model on several devices and machines, under a `tf.distribute` strategy."""

import functools
import time
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
    by_replica = _gather_from_replicas([own] * _replicas_of_worker())
    return by_replica[:: _replicas_of_worker()]


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


def sum_of_own_replicas(variable: keras.Variable) -> Any:
    """Return the sum of a metric variable's copies in this process.

    Reading the variable would add up those of all workers, and wait until they all read it.
    """
    return sum(map(keras.ops.convert_to_tensor, _replicas(variable)))


class PeriodicGather:
    """Gathers numbers from all workers about once a second, at the same steps on all of them.

    Doing so at every step would take a good part of the time of short steps.

    Args:
        seconds: time between two, about.
    """

    def __init__(self, seconds: float = 1.0):
        self.seconds = seconds
        self._steps = self._left = 1
        self._gathered = time.monotonic()

    def __call__(self, values: Sequence[float]) -> np.ndarray | None:
        """Return some numbers of each worker, (workers, n); None at most steps.

        Call it once in every step. For one worker it returns its numbers each time.

        Args:
            values: this worker's numbers, n of them.
        """
        if worker_count() == 1:
            return gather_from_workers(values)
        self._left -= 1
        if self._left:
            return None
        pace = (time.monotonic() - self._gathered) / self._steps
        found = gather_from_workers([*values, pace])
        # By the slowest of them, and not at once: the first step takes long, the others do not.
        wanted = int(self.seconds / max(found[:, -1].max(), 1e-6))
        self._steps = self._left = min(max(wanted, 1), 2 * self._steps)
        self._gathered = time.monotonic()
        return found[:, :-1]

    def any(self, flag: bool) -> bool:
        """Return whether a worker says so; False at steps at which none is asked."""
        found = self([flag])
        return found is not None and bool(found.any())


def moments_over_replicas(x: Any, axes: Sequence[int]) -> tuple[Any, Any]:
    """Return the mean and the variance of a tensor over some axes and all replicas.

    Keras exchanges three sums, one after the other; this exchanges all in one message.

    Args:
        x: float32, of the same shape on every replica.
        axes: the axes that vanish.
    """
    sums = tf.stack([tf.reduce_sum(x, axes), tf.reduce_sum(tf.square(x), axes)])
    context = tf.distribute.get_replica_context()
    sums = context.all_reduce(tf.distribute.ReduceOp.SUM, sums)
    count = tf.cast(tf.size(x) / tf.size(sums[0]), x.dtype) * replica_count()
    mean, squared_mean = tf.unstack(sums / count)
    return mean, tf.maximum(squared_mean - tf.square(mean), 0.0)


def without_strategy(function: Callable[[], Value]) -> Value:
    """Call a function where no strategy is in scope: its variables have no replicas.

    A strategy's scope cannot be left but by a thread of one's own.
    """
    if replica_count() == 1:
        return function()
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


class ReplicatedModel(keras.Model):
    """A model whose layers are built, and whose `fit` works on several workers too."""

    train_function: Any

    def make_train_function(self, force: bool = False) -> None:
        """Make the function of a step. Several workers average all its logs in one message."""
        if worker_count() == 1 or (self.train_function is not None and not force):
            super().make_train_function(force)
            return
        names: list[str] = []

        def packed_step(batch):
            logs = self.train_step(batch)
            names[:] = logs
            # Keras averages over the first axis.
            return keras.ops.stack([keras.ops.cast(log, "float32") for log in logs.values()])[None]

        packed = self._make_function(packed_step)

        def function(iterator):
            values = packed(iterator)  # traced before the names are read
            return dict(zip(names, tf.unstack(values), strict=True))

        self.train_function = function

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Do nothing. To build layers, Keras averages a batch, which fails over workers."""


def store_variables(variables: Iterable[keras.Variable], store: MutableMapping[str, Any]) -> None:
    """Put the values of variables into a store: "0", "1" and so on. Every worker has to do it.

    Where replicas differ, as those of image pools do, the others' values are "0_replica_1"
    and so on.
    """
    for index, (first, *others) in enumerate(_of_all_replicas(variables)):
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


def _of_all_replicas(variables: Iterable[keras.Variable]) -> Iterable[list[np.ndarray]]:
    """Return for each variable the values of its copies, one for each replica."""
    own = ([np.asarray(replica) for replica in _replicas(variable)] for variable in variables)
    if worker_count() == 1:
        return own  # one after the other: together they would take the model's memory again
    found = list(own)
    for dtype in sorted({str(copies[0].dtype) for copies in found}):
        indices = [index for index, copies in enumerate(found) if copies[0].dtype == dtype]
        # A message for all of them, as a message for each would take minutes over some links.
        flat = [
            np.concatenate([found[index][replica].ravel() for index in indices])
            for replica in range(_replicas_of_worker())
        ]
        ends = np.cumsum([found[index][0].size for index in indices])[:-1]
        parts = [np.split(each, ends) for each in _gather_from_replicas(flat)]
        for index, copies in zip(indices, zip(*parts, strict=True), strict=True):
            found[index] = [copy.reshape(found[index][0].shape) for copy in copies]
    return found


def _first_replica() -> int:
    """Return the number of this worker's first replica."""
    if worker_count() == 1:
        return 0
    return tf.distribute.get_strategy().cluster_resolver.task_id * _replicas_of_worker()


def _replicas_of_worker() -> int:
    return len(tf.distribute.get_strategy().extended.worker_devices)


def _gather_from_replicas(own: Sequence[np.ndarray]) -> np.ndarray:
    """Return the vectors of all replicas, (replicas, n), given those of this worker's replicas."""
    strategy, first = tf.distribute.get_strategy(), _first_replica()
    values = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(own[context.replica_id_in_sync_group - first])[None]
    )
    return _gather(strategy)(values).numpy()


@functools.lru_cache(maxsize=1)
def _gather(strategy: tf.distribute.Strategy) -> Any:
    return tf.function(lambda own: strategy.gather(own, axis=0), reduce_retracing=True)
