"""What a classifier of two domains takes translations for."""

from typing import Any

import keras
from keras import ops

from keras_gans.evaluation.metrics.state import SumMetric

OF = ("translations", "real", "sources")


@keras.saving.register_keras_serializable("keras_gans")
class TargetShare(SumMetric):
    """The share of translations that a classifier of domains takes for the target domain.

    It says little of how good they are: the classifier was shown real images only, and a few
    stripes may do. The classifier's own errors are beside it: the share of real images of the
    target domain, 1 for a perfect classifier, and of the sources before their translation, 0.
    """

    def __init__(self, name: str = "target_share", **kwargs):
        super().__init__(name=name, **{"dtype": "float64", **kwargs})
        self.sides = {side: (self._number(side, "taken"), self._number(side, "all")) for side in OF}

    def _number(self, side: str, what: str) -> Any:
        return self.add_variable((), "zeros", dtype="float64", name=f"{side}_{what}")

    def update_state(self, real: Any, no_sources: Any, translations: Any, sources: Any) -> None:
        """Add a batch: whether each image is taken for the target domain; either may be empty.

        Args:
            real: of real images of the target domain, booleans (n,).
            no_sources: not used: real images have none.
            translations: of translations (m,).
            sources: of the images that were translated (m,).
        """
        for side, values in zip(OF, (translations, real, sources), strict=True):
            taken, count = self.sides[side]
            taken.assign_add(ops.sum(ops.cast(values, "float64")))
            count.assign_add(float(len(values)))

    def result(self) -> dict[str, Any]:
        """Return "target_share", "target_share_of_real" and "target_share_of_sources"."""
        found, real, sources = (taken / count for taken, count in self.sides.values())
        return {
            "target_share": found,
            "target_share_of_real": real,
            "target_share_of_sources": sources,
        }
