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
    """Return a network like a functional model, with new weights, every layer's spectral norm 1.

    [Miyato et al., 2018](https://arxiv.org/abs/1802.05957)

    Args:
        network: of Dense, Conv2D and Embedding layers, and such as have no kernel; functional
            models in it, too.

    Raises:
        ValueError: a layer has a kernel and is none of these.
    """
    return keras.models.clone_model(network, clone_function=_normalized, recursive=True)


def _normalized(layer: keras.layers.Layer) -> keras.layers.Layer:
    kind = type(layer)
    if kind not in COUNTERPARTS and any(len(w.shape) > 1 for w in layer.trainable_weights):
        raise ValueError(
            f"spectral normalization does not know {kind.__name__}: choose another --network"
        )
    return COUNTERPARTS.get(kind, kind).from_config(layer.get_config())
