"""Images that are had as arrays of any size: how they get the size, range and channels of a set."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_gans.data.fitting import Fit, resize_array
from keras_gans.data.keeping import Source
from keras_gans.data.values import ValueRange, to_eight_bits


class ArraySource(Source):
    """One set of images that are decoded to arrays.

    Attributes:
        fit: how each image is made to fit the shape.
        value_range: what becomes 0 and 255; None for eight bits.
    """

    parts = 1
    fit: Fit
    value_range: ValueRange | None

    @property
    def settings(self) -> dict[str, Any]:
        """How the images are prepared."""
        return {"shape": self.shape, "fit": self.fit, "value_range": self.value_range}

    def prepared(self, image: np.ndarray) -> np.ndarray:
        """Return an image (h, w, c) as uint8 in the shape of all."""
        if self.value_range is not None:
            image = to_eight_bits(image, self.value_range)
        _, height, width, channels = self.shape
        if image.shape == (height, width, channels):
            return np.asarray(image)  # of a mapped array, what is read of the file
        return resize_array(np.asarray(image), (height, width), channels, self.fit)
