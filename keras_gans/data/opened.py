"""An image that has been decoded, in its own bits and in eight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from keras_gans.data import values
from keras_gans.data.fitting import to_pil
from keras_gans.data.strips import Strips
from keras_gans.data.values import UnknownValueRangeError, ValueRange

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True)
class OpenImage:
    """An image that has been decoded, upright.

    Attributes:
        pixels: of eight bits; None where the image has more, or was not decoded.
        values: of an image of more than eight bits, (h, w) or (h, w, c); else None.
        several_frames: whether the file holds more images: this is the first.
        inverted: whether the lowest of the values is white, and not the highest.
        all_bits: whether opaque is the largest value of the type, and not of the bits in use.
    """

    pixels: Strips[Image.Image] | None = None
    values: Strips[np.ndarray] | None = None
    several_frames: bool = False
    inverted: bool = False
    all_bits: bool = False

    def deep_colors(self) -> Strips[np.ndarray] | None:
        """Return the values without transparency; None if they have eight bits."""
        return None if self.values is None else self.values.map(_colors)

    def in_eight_bits(self, value_range: ValueRange | None) -> Strips[Image.Image]:
        """Return the image in a mode of eight bits.

        Raises:
            UnknownValueRangeError: it has more, and no range is given.
        """
        if self.values is None:
            assert self.pixels is not None
            return self.pixels
        if value_range is None:
            raise UnknownValueRangeError("the range of the values is not known")
        low, high = value_range
        black_to_white = (high, low) if self.inverted else (low, high)
        if not _alpha(self.values.rows(0, 1)).size:
            return self.values.map(
                lambda strip: to_pil(values.to_eight_bits(_colors(strip), black_to_white))
            )

        alpha_range = self._alpha_range(high)

        def with_alpha(strip: np.ndarray) -> Image.Image:
            colors = values.to_eight_bits(_colors(strip), black_to_white)
            alpha = values.to_eight_bits(_alpha(strip), alpha_range)
            return to_pil(np.concatenate([colors, alpha], axis=-1))

        return self.values.map(with_alpha)

    def _alpha_range(self, highest_color: float) -> ValueRange:
        assert self.values is not None
        dtype = self.values.rows(0, 1).dtype
        if self.all_bits or dtype.kind in "bf":
            return values.alpha_range(dtype)
        used = values.extremes_of_strips(self.values).max()
        return values.alpha_range(dtype, max(float(used), highest_color))


def _colors(deep: np.ndarray) -> np.ndarray:
    return deep if deep.ndim == 2 else deep[..., : 3 if deep.shape[-1] > 2 else 1]


def _alpha(deep: np.ndarray) -> np.ndarray:
    """The transparency, (h, w, 1); empty if there is none."""
    return deep[..., :0] if deep.ndim == 2 else deep[..., _colors(deep).shape[-1] :]
