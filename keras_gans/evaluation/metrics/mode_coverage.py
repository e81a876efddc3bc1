"""How many modes of a known mixture a generator makes, and how well."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_gans.evaluation.metrics.state import SumMetric

HIGH_QUALITY = 3.0  # standard deviations


@keras.saving.register_keras_serializable("keras_gans")
class ModeCoverage(SumMetric):
    """Modes found, and the share of samples near one, for points from a mixture of Gaussians.

    A sample is of high quality if it is within three standard deviations of a mode, and a mode
    is found if a sample of high quality is nearest to it.
    [Srivastava et al., 2017, section 4.1](https://arxiv.org/abs/1705.07761), on 2,500 samples

    Args:
        modes: the centers (k, d).
        std: the standard deviation around each.
    """

    def __init__(self, modes: Any, std: float, name: str = "mode_coverage", **kwargs):
        super().__init__(name=name, **kwargs)
        self.modes, self.std = np.asarray(modes, "float32"), std
        state = {"initializer": "zeros", "aggregation": "sum"}
        self.hits = self.add_variable((len(self.modes),), name="hits", **state)
        self.count = self.add_variable((), name="count", **state)

    def update_state(self, points: Any) -> None:
        """Add samples (n, d)."""
        apart = ops.norm(ops.expand_dims(points, 1) - self.modes, axis=-1)
        near = ops.min(apart, axis=1) <= HIGH_QUALITY * self.std
        hits = ops.one_hot(ops.argmin(apart, axis=1), len(self.modes)) * near[:, None]
        self.hits.assign_add(ops.sum(ops.cast(hits, self.dtype), axis=0))
        self.count.assign_add(ops.shape(points)[0])

    def result(self) -> dict[str, Any]:
        """Return "modes", how many are found, and "high_quality", the share of such samples."""
        found = ops.sum(ops.cast(self.hits > 0, self.dtype))
        share = ops.divide_no_nan(ops.sum(self.hits), self.count)
        return {"modes": found, "high_quality": share}

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "modes": self.modes.tolist(), "std": self.std}
