"""Spectral normalization of a whole network."""

import keras
from keras import layers

from keras_gans.layers import SpectralConv2D, SpectralDense, SpectralEmbedding

COUNTERPARTS: dict[type[keras.layers.Layer], type[keras.layers.Layer]] = {
    layers.Dense: SpectralDense,
    layers.Conv2D: SpectralConv2D,
    layers.Embedding: SpectralEmbedding,
}


def spectral_normalization(network: keras.Model) -> keras.Model:
    """Return a copy of a network, with new weights and with spectral normalization in every layer.

    [Miyato et al., 2018](https://arxiv.org/abs/1802.05957)

    Args:
        network: a functional model of Dense, Conv2D and Embedding layers and layers without
            kernel. It may contain functional models.

    Raises:
        ValueError: it has another layer with a kernel.
    """
    return keras.models.clone_model(network, clone_function=_normalized, recursive=True)


def _normalized(layer: keras.layers.Layer) -> keras.layers.Layer:
    kind = type(layer)
    if kind not in COUNTERPARTS and any(len(w.shape) > 1 for w in layer.trainable_weights):
        raise ValueError(
            f"there is no spectral normalization of {kind.__name__}: choose another network"
        )
    return COUNTERPARTS.get(kind, kind).from_config(layer.get_config())
