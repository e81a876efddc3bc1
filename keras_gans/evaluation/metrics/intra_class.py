"""How far generated images of a class are from real ones of that class."""

from typing import Any

import keras
from keras import ops

from keras_gans.evaluation.metrics.frechet import FrechetDistance
from keras_gans.evaluation.metrics.state import SumMetric


@keras.saving.register_keras_serializable("keras_gans")
class IntraClassFrechet(SumMetric):
    """Mean over the classes of the Frechet distance of their real and generated examples.

    Unlike the distance of all examples, it notices a generator that ignores its class labels.
    [Miyato and Koyama, 2018](https://arxiv.org/abs/1802.05637), who call it intra FID

    Args:
        dim: length of a feature vector.
        classes: how many there are. The state is that many covariances (dim, dim) of each side.
    """

    def __init__(self, dim: int, classes: int, name: str = "intra_class_frechet", **kwargs):
        super().__init__(name=name, **{"dtype": "float64", **kwargs})
        self.dim, self.classes = dim, classes
        self.distances = [FrechetDistance(dim, name=f"class_{n}") for n in range(classes)]

    def update_state(self, real: Any, real_labels: Any, fake: Any, fake_labels: Any) -> None:
        """Add features of real and of generated images: (n, dim), (m, dim); n or m may be 0.

        Args:
            real: features of real images.
            real_labels: their labels (n,), from 0 to under `classes`. Others are left out.
            fake: features of generated images.
            fake_labels: the labels (m,) that the generator was told.
        """
        for label, distance in enumerate(self.distances):
            distance.update_state(_of(label, real, real_labels), _of(label, fake, fake_labels))

    def result(self) -> dict[str, Any]:
        """Return "intra_class_frechet", 0 or more.

        NaN if a class has fewer than two examples on a side.
        """
        distances = [distance.result() for distance in self.distances]
        return {"intra_class_frechet": ops.mean(ops.stack(distances))}

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "dim": self.dim, "classes": self.classes}


def _of(label: int, features: Any, labels: Any) -> Any:
    """Return the features of a class."""
    (indices,) = ops.nonzero(ops.equal(labels, label))
    return ops.take(features, indices, axis=0)
