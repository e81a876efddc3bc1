"""Whether a generator makes all classes, and as often as they are in the data."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_gans.evaluation.metrics.state import SumMetric


@keras.saving.register_keras_serializable("keras_gans")
class ClassCoverage(SumMetric):
    """How a classifier's labels of generated images are distributed, beside those of real ones.

    [Srivastava et al., 2017, section 4.2](https://arxiv.org/abs/1705.07761), of the 1,000 classes
    of Stacked MNIST

    Args:
        classes: how many there are.
        real_shares: those of the real classes, if they are known better than by counting: of
            many classes, counts are off by chance, which adds to the divergence.
    """

    def __init__(
        self,
        classes: int,
        real_shares: Sequence[float] | None = None,
        name: str = "label_shares",
        **kwargs,
    ):
        super().__init__(name=name, **{"dtype": "float64", **kwargs})
        self.classes = classes
        self.real_shares = None if real_shares is None else [float(x) for x in real_shares]
        counts = {"shape": (classes,), "initializer": "zeros", "dtype": "float64"}
        self.real = self.add_variable(**counts, name="real")
        self.fake = self.add_variable(**counts, name="fake")

    def update_state(self, real_labels: Any, fake_labels: Any) -> None:
        """Add integer labels (n,), (m,), from 0 to under `classes`. Others are left out."""
        for counts, labels in ((self.real, real_labels), (self.fake, fake_labels)):
            hits = ops.one_hot(ops.cast(labels, "int32"), self.classes, dtype="float64")
            counts.assign_add(ops.sum(hits, axis=0))

    def result(self) -> dict[str, Any]:
        """Return what the labels say.

        Returns:
            "classes_found", how many of the classes are generated; "smallest_share" and
            "largest_share", of the generated images; and "reverse_kl", the Kullback-Leibler
            divergence of the generated from the real distribution in nats, infinite if a class
            is generated that no real image has. Shares and divergence are NaN without labels.
        """
        real, fake = (counts / ops.sum(counts) for counts in (self.real, self.fake))
        if self.real_shares is not None:
            real = ops.convert_to_tensor(self.real_shares, "float64")
        terms = ops.where(ops.equal(fake, 0.0), 0.0, fake * ops.log(fake / real))
        return {
            "classes_found": ops.sum(ops.cast(self.fake > 0, "float64")),
            "smallest_share": ops.min(fake),
            "largest_share": ops.max(fake),
            "reverse_kl": ops.sum(terms),
        }

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"classes": self.classes, "real_shares": self.real_shares}
        return {**super().get_config(), **own}
