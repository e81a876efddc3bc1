"""How far apart two sets of images are, by the mean and covariance of their features."""

from typing import Any

import keras
from keras import ops

from keras_gans.evaluation.metrics.state import SumMetric

STATE = {"initializer": "zeros", "aggregation": "sum", "dtype": "float64"}


@keras.saving.register_keras_serializable("keras_gans")
class FrechetDistance(SumMetric):
    """Frechet distance of two sets of features, taken to be normally distributed.

    [Heusel et al., 2017](https://arxiv.org/abs/1706.08500), who call it FID if the features are
    Inception's. The state is of fixed size: sums of features and of their products.

    Args:
        dim: length of a feature vector.
    """

    def __init__(self, dim: int, name: str = "frechet_distance", **kwargs):
        super().__init__(name=name, **{"dtype": "float64", **kwargs})
        self.dim = dim
        self.sides = [self._moments("real"), self._moments("fake")]

    def _moments(self, side: str) -> tuple[keras.Variable, ...]:
        shapes = {"count": (), "sum": (self.dim,), "products": (self.dim, self.dim)}
        return tuple(
            self.add_variable(shape, name=f"{side}_{name}", **STATE)
            for name, shape in shapes.items()
        )

    def update_state(self, real: Any, fake: Any) -> None:
        """Add features of real and of generated images: (n, dim), (m, dim); n or m may be 0."""
        for (count, total, products), features in zip(self.sides, (real, fake), strict=True):
            features = ops.cast(features, "float64")
            count.assign_add(ops.cast(ops.shape(features)[0], "float64"))
            total.assign_add(ops.sum(features, axis=0))
            products.assign_add(ops.matmul(ops.transpose(features), features))

    def result(self) -> Any:
        """Return the distance, 0 or more.

        NaN if a side has fewer than two examples, or features that are not finite.
        """
        (real_mean, real_covariance), (fake_mean, fake_covariance) = map(_gaussian, self.sides)
        # The trace of the root of a product of covariances is the sum of the singular values of the
        # product of their roots: real, 0 or more, and exact if a covariance is singular.
        product = ops.matmul(_root(real_covariance), _root(fake_covariance))
        overlap = ops.sum(ops.linalg.svd(product, compute_uv=False))
        spread = ops.trace(real_covariance) + ops.trace(fake_covariance) - 2.0 * overlap
        distance = ops.maximum(ops.sum(ops.square(real_mean - fake_mean)) + spread, 0.0)
        fewest = ops.minimum(*(count.value for count, *_ in self.sides))
        known = ops.logical_and(fewest >= 2.0, ops.isfinite(ops.sum(real_mean + fake_mean)))
        return ops.where(known, distance, float("nan"))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "dim": self.dim}


def _gaussian(moments: tuple[keras.Variable, ...]) -> tuple[Any, Any]:
    """Return the mean and the unbiased covariance."""
    count, total, products = (variable.value for variable in moments)
    mean = total / ops.maximum(count, 1.0)
    scatter = products - count * mean[:, None] * mean[None]
    return mean, scatter / ops.maximum(count - 1.0, 1.0)


def _root(covariance: Any) -> Any:
    """Return the symmetric square root of a covariance; of one that is not finite, anything."""
    values, vectors = ops.linalg.eigh(ops.nan_to_num(covariance, posinf=0.0, neginf=0.0))
    return ops.matmul(vectors * ops.sqrt(ops.maximum(values, 0.0)), ops.transpose(vectors))
