"""How unlike each other generated images are."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_gans.evaluation.metrics.image_pairs import perceptual_distance
from keras_gans.evaluation.metrics.state import SumMetric


@keras.saving.register_keras_serializable("keras_gans")
class Diversity(SumMetric):
    """Mean perceptual distance of pairs of generated images, and of real ones.

    The distance is the sum over layers of a network of the squared distance of feature vectors
    scaled to length 1, averaged over the map.
    [Zhang et al., 2018, equation 1](https://arxiv.org/abs/1801.03924), without learned weights.
    Pairs are of one batch, so batches should be shuffled.
    """

    def __init__(self, name: str = "diversity", **kwargs):
        super().__init__(name=name, **{"dtype": "float64", **kwargs})
        self.sides = [self._distances("real"), self._distances("fake")]

    def _distances(self, side: str) -> tuple[Any, ...]:
        names = f"{side}_sum", f"{side}_pairs"
        return tuple(self.add_variable((), "zeros", dtype="float64", name=name) for name in names)

    def update_state(self, real: Sequence[Any], fake: Sequence[Any]) -> None:
        """Add a batch of real and one of generated images, either of which may be empty.

        The ith of n is compared with the one n // 2 after it. The last of an odd number is left
        out.

        Args:
            real: a layer's features each: (n, h, w, c) or (n, c).
            fake: as many layers' features.
        """
        for (total, count), maps in zip(self.sides, (real, fake), strict=True):
            pairs = ops.shape(maps[0])[0] // 2
            first, second = ([x[i * pairs : (i + 1) * pairs] for x in maps] for i in range(2))
            apart = ops.sum(perceptual_distance(first, second))
            total.assign_add(ops.cast(apart, "float64"))
            count.assign_add(ops.cast(pairs, "float64"))

    def result(self) -> dict[str, Any]:
        """Return "diversity" and "diversity_of_real", 0 to 4 a layer; NaN without pairs."""
        real, fake = (total / count for total, count in self.sides)
        return {"diversity": fake, "diversity_of_real": real}
