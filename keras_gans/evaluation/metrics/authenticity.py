"""Whether a generator makes images of its own, or repeats those that it was trained on."""

from typing import Any

import keras
from keras import ops

from keras_gans.evaluation.metrics import neighbors
from keras_gans.evaluation.metrics.reservoir import TwoReservoirs

FAKES = 10_000


@keras.saving.register_keras_serializable("keras_gans")
class Authenticity(TwoReservoirs):
    """The share of generated examples that are no copies of training examples.

    One is a copy if the training example nearest to it is nearer to it than to any other
    training example, or as near. Of fresh examples from the distribution of the training examples
    about a half are authentic, or more; of memorized ones none. It says nothing of quality: noise
    is authentic. [Alaa et al., 2022](https://arxiv.org/abs/2102.08921)

    Args:
        dim: length of a feature vector.
        capacity: how many training examples are compared, at most. One that is left out can be
            copied unnoticed. Of generated examples 10,000 are compared, at most.
        seed: of the examples that are compared, if there are more.
    """

    def __init__(
        self,
        dim: int,
        capacity: int = 60_000,
        seed: int = 0,
        name: str = "authenticity",
        **kwargs,
    ):
        super().__init__(dim, capacity, FAKES, seed, name=name, **kwargs)

    def result(self) -> dict[str, Any]:
        """Return "authenticity", from 0 to 1.

        NaN if there are fewer than two training examples, or nothing is generated.
        """
        train, fake = self.samples()
        if len(train) < 2 or len(fake) < 1:
            return {"authenticity": float("nan")}
        copied, squares = neighbors.nearest(fake, train)
        others = neighbors.knn_radii(ops.take(train, copied, axis=0), train, k=1)
        return {"authenticity": ops.mean(ops.cast(squares > others, "float64"))}
