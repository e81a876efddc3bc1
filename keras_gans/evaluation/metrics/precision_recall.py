"""How many generated images are like real ones, and how many real ones are like generated."""

from typing import Any

import keras
from keras import ops

from keras_gans.evaluation.metrics.neighbors import neighborhood_counts
from keras_gans.evaluation.metrics.reservoir import NeighborMetric


@keras.saving.register_keras_serializable("keras_gans")
class PrecisionRecall(NeighborMetric):
    """The fractions of generated and of real examples that are within the others' manifold.

    A manifold is the union of balls around examples, each of which reaches to the kth nearest
    other example of the same kind.
    [Kynkaanniemi et al., 2019](https://arxiv.org/abs/1904.06991)

    Args:
        dim: length of a feature vector.
        k: which neighbor a ball reaches to.
        *args: the capacity and the seed of `NeighborMetric`.
        **kwargs: likewise.
    """

    def __init__(self, dim: int, k: int = 3, *args, name: str = "precision_recall", **kwargs):
        super().__init__(dim, k, *args, name=name, **kwargs)

    def result(self) -> dict[str, Any]:
        """Return "precision", of generated examples, and "recall", of real ones, from 0 to 1.

        NaN if a side has no more than k examples.
        """
        real, fake = self.samples()
        if min(len(real), len(fake)) <= self.k:
            return {"precision": float("nan"), "recall": float("nan")}
        _, around_fakes = neighborhood_counts(real, fake, self.k)
        _, around_real = neighborhood_counts(fake, real, self.k)
        return {"precision": _share(around_fakes > 0), "recall": _share(around_real > 0)}


def _share(holds: Any) -> Any:
    return ops.mean(ops.cast(holds, "float64"))
