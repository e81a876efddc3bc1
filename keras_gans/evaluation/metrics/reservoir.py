"""Samples of fixed size of however many examples."""

from typing import Any

import keras
from keras import ops

from keras_gans.evaluation.metrics.state import MergeableMetric


@keras.saving.register_keras_serializable("keras_gans")
class Reservoir(MergeableMetric):
    """A uniform sample, without replacement, of all rows that it has seen.

    Every row draws a random key, and the rows with the smallest keys are kept. So any subset of a
    size is as likely as any other whatever the batches were, and two reservoirs merge exactly: the
    smallest keys of both are those that one reservoir would have kept.
    [Cohen and Kaplan, 2007](https://doi.org/10.1145/1281100.1281133), who call it bottom-k

    Updates run in a compiled step too; `result` runs eagerly only, since its size varies.

    Args:
        dim: length of a row.
        capacity: how many rows are kept. Up to as many, all are.
        seed: of the keys. Reservoirs that are to be merged better have different ones: of rows with
            equal keys, both or neither are kept.
    """

    def __init__(self, dim: int, capacity: int, seed: int = 0, name: str = "reservoir", **kwargs):
        super().__init__(name=name, **kwargs)
        self.dim, self.capacity, self.seed = dim, capacity, seed
        self.rows = self._variable((capacity, dim), "zeros", "float32", "rows")
        # A row that is not in use has a key that is beaten by every other.
        unused = keras.initializers.Constant(float("inf"))
        self.keys = self._variable((capacity,), unused, "float64", "keys")
        self.generator = keras.random.SeedGenerator(seed)
        self.generator_state = self.generator.state  # among the variables, to be saved with them

    def _variable(self, shape: tuple[int, ...], initial: Any, dtype: str, name: str) -> Any:
        return self.add_variable(shape, initial, dtype=dtype, aggregation="none", name=name)

    def update_state(self, rows: Any) -> None:
        """Add rows (n, dim)."""
        rows = ops.cast(rows, "float32")
        if rows.shape[0] == 0:
            return  # it would cost as much as a full batch
        shape = (ops.shape(rows)[0],)
        self._take(rows, keras.random.uniform(shape, dtype="float64", seed=self.generator))

    def result(self) -> Any:
        """Return the kept rows (n, dim) in random order, n being `capacity` at most."""
        return self.rows.value[: int(ops.sum(ops.cast(self.keys < float("inf"), "int32")))]

    def reset_state(self) -> None:
        """Forget all rows. The same rows will then draw the same keys."""
        self.rows.assign(ops.zeros_like(self.rows))
        self.keys.assign(ops.full_like(self.keys, float("inf")))
        self.generator_state.assign([self.seed, 0])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"dim": self.dim, "capacity": self.capacity, "seed": self.seed}
        return {**super().get_config(), **own}

    def _add(self, other: Any) -> None:
        self._take(other.rows.value, other.keys.value)

    def _take(self, rows: Any, keys: Any) -> None:
        """Keep the smallest of the kept and of other keys, and their rows, in the keys' order."""
        rows = ops.concatenate([self.rows.value, rows])
        keys = ops.concatenate([self.keys.value, keys])
        kept = ops.argsort(keys)[: self.capacity]
        self.rows.assign(ops.take(rows, kept, axis=0))
        self.keys.assign(ops.take(keys, kept, axis=0))


class TwoReservoirs(MergeableMetric):
    """A metric that compares samples of features of real and of generated images.

    Args:
        dim: length of a feature vector.
        capacity: how many of the real examples are compared, at most.
        fake_capacity: how many of the generated ones.
        seed: of the samples, if there are more examples. Metrics that are to be merged better
            have different ones, see `Reservoir`.
    """

    def __init__(self, dim: int, capacity: int, fake_capacity: int, seed: int, **kwargs):
        super().__init__(**kwargs)
        self.dim, self.capacity, self.seed = dim, capacity, seed
        # Two seeds that no other metric's seed leads to.
        self.real = Reservoir(dim, capacity, 2 * seed, name="real")
        self.fake = Reservoir(dim, fake_capacity, 2 * seed + 1, name="fake")

    def update_state(self, real: Any, fake: Any) -> None:
        """Add features of real and of generated images: (n, dim), (m, dim); n or m may be 0."""
        self.real.update_state(real)
        self.fake.update_state(fake)

    def samples(self) -> tuple[Any, Any]:
        """Return the rows of both sides: (n, dim), (m, dim), of float64.

        There are none where one is not finite: comparisons would take it for a far one.
        """
        real, fake = (ops.cast(side.result(), "float64") for side in (self.real, self.fake))
        if ops.all(ops.isfinite(real)) and ops.all(ops.isfinite(fake)):
            return real, fake
        return real[:0], fake[:0]

    def reset_state(self) -> None:
        """Forget all examples."""
        self.real.reset_state()
        self.fake.reset_state()

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"dim": self.dim, "capacity": self.capacity, "seed": self.seed}
        return {**super().get_config(), **own}

    def _add(self, other: Any) -> None:
        self.real.merge_state([other.real])
        self.fake.merge_state([other.fake])


class NeighborMetric(TwoReservoirs):
    """A metric of the nearest neighbors among samples of features.

    Args:
        dim: length of a feature vector.
        k: how many neighbors a neighborhood reaches to.
        capacity: how many examples of each side are compared, at most.
        seed: of the samples, if there are more examples.
    """

    def __init__(self, dim: int, k: int, capacity: int = 10_000, seed: int = 0, **kwargs):
        super().__init__(dim, capacity, capacity, seed, **kwargs)
        self.k = k

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "k": self.k}
