"""Networks with a choice of normalization."""

from collections.abc import Callable

import keras

Normalization = Callable[[], keras.layers.Layer] | None  # makes a layer; None for none


def normalized(x, normalization: Normalization):
    """Apply a new normalization layer, if any."""
    return x if normalization is None else normalization()(x)
