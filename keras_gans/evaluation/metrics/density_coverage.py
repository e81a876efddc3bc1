"""How densely generated images lie where real ones do, and how many of those they reach."""

from typing import Any

import keras
from keras import ops

from keras_gans.evaluation.metrics.neighbors import neighborhood_counts
from keras_gans.evaluation.metrics.reservoir import NeighborMetric


@keras.saving.register_keras_serializable("keras_gans")
class DensityCoverage(NeighborMetric):
    """Precision and recall that single real and generated outliers cannot raise.

    Every real example has a neighborhood, a ball that reaches to its kth nearest other one. Density
    is the number of neighborhoods that a generated example is in, over k; coverage the fraction of
    neighborhoods with a generated example in them. [Naeem et al., 2020](https://arxiv.org/abs/2002.09797)

    Args:
        dim: length of a feature vector.
        k: which neighbor a ball reaches to.
        *args: the capacity and the seed of `NeighborMetric`.
        **kwargs: likewise.
    """

    def __init__(self, dim: int, k: int = 5, *args, name: str = "density_coverage", **kwargs):
        super().__init__(dim, k, *args, name=name, **kwargs)

    def result(self) -> dict[str, Any]:
        """Return "density", 0 or more and about 1 for real images, and "coverage", 0 to 1.

        NaN if a side has no more than k examples.
        """
        real, fake = self.samples()
        if min(len(real), len(fake)) <= self.k:
            return {"density": float("nan"), "coverage": float("nan")}
        inside_balls, around_fakes = neighborhood_counts(real, fake, self.k)
        density = ops.mean(ops.cast(around_fakes, "float64")) / self.k
        return {"density": density, "coverage": ops.mean(ops.cast(inside_balls > 0, "float64"))}
