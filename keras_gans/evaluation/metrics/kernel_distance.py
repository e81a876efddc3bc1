"""How far apart two sets of images are, by a polynomial kernel of their features."""

import math
from typing import Any

import keras
from keras import ops

from keras_gans.evaluation.metrics.reservoir import TwoReservoirs


@keras.saving.register_keras_serializable("keras_gans")
class KernelDistance(TwoReservoirs):
    """Squared maximum mean discrepancy of two sets of features, under (x.y / dim + 1)^3.

    [Binkowski et al., 2018](https://arxiv.org/abs/1801.01401), who call it KID if the features
    are Inception's. Unlike the Frechet distance it is unbiased: its average is the distance of the
    distributions, however few examples there are, so that figures from few and from many can be
    compared. Where there is no difference that average is 0, so there it is often under 0.

    Args:
        dim: length of a feature vector.
        capacity: how many examples of each side are compared, at most.
        subset_size: the distance is the mean over disjoint subsets of so many examples.
        seed: of the examples that are compared, if there are more.
    """

    def __init__(
        self,
        dim: int,
        capacity: int = 10_000,
        subset_size: int = 1000,
        seed: int = 0,
        name: str = "kernel_distance",
        **kwargs,
    ):
        super().__init__(dim, capacity, capacity, seed, name=name, **kwargs)
        self.subset_size = subset_size

    def result(self) -> dict[str, Any]:
        """Return "kid", any number, and "kid_standard_error", how far it is off by chance.

        There are as many subsets as both sides fill; one, of what there is, if a side fills
        none. The distance is NaN if a side has fewer than two examples, and the error where
        there is one subset.
        """
        real, fake = self.samples()
        fewest, size = min(len(real), len(fake)), self.subset_size
        if fewest < 2:
            return {"kid": float("nan"), "kid_standard_error": float("nan")}
        parts = [slice(n * size, (n + 1) * size) for n in range(max(fewest // size, 1))]
        distances = ops.stack([self._distance(real[part], fake[part]) for part in parts])
        mean = ops.mean(distances)
        return {"kid": mean, "kid_standard_error": _standard_error(distances, mean)}

    def _distance(self, real: Any, fake: Any) -> Any:
        within = sum(_mean_of_others(self._kernel(side, side)) for side in (real, fake))
        return within - 2.0 * ops.mean(self._kernel(real, fake))

    def _kernel(self, rows: Any, others: Any) -> Any:
        return ops.power(ops.matmul(rows, ops.transpose(others)) / self.dim + 1.0, 3.0)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "subset_size": self.subset_size}


def _mean_of_others(kernel: Any) -> Any:
    """Return the mean without the diagonal, which compares examples with themselves."""
    count = len(kernel)
    return (ops.sum(kernel) - ops.trace(kernel)) / (count * (count - 1))


def _standard_error(values: Any, mean: Any) -> Any:
    count = len(values)
    if count < 2:
        return float("nan")
    return ops.sqrt(ops.sum(ops.square(values - mean)) / (count - 1)) / math.sqrt(count)
