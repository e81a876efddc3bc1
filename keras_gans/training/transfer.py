"""Training that begins from the weights of another model: other data, other classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import keras
import numpy as np
from keras import ops

from keras_gans.training.adversarial_model import AdversarialModel


@dataclass(frozen=True)
class SharedClasses:
    """The classes of two models.

    Attributes:
        target: how many the model has that is copied to.
        source: how many the model has that is copied from.
        shared: the label in the source of each label of the target that means the same.
    """

    target: int = 0
    source: int = 0
    shared: Mapping[int, int] = field(default_factory=dict)


def copy_weights(
    target: keras.Model,
    source: keras.Model,
    probe: keras.Model | None = None,
    classes: SharedClasses = SharedClasses(),  # noqa: B008  it is frozen
) -> bool:
    """Copy a network's weights into one of the same layers, whose images may be of other sizes.

    What belongs to a class is copied for the classes that both have; that of others stays new.

    Args:
        target: the network to copy to.
        source: the network to copy from.
        probe: the target as it is with one class more, which shows where the classes are in its
            weights; None if it has none.
        classes: of both.

    Returns:
        Whether the networks fit. If not, nothing is copied.
    """
    shapes = [weight.shape for weight in (target if probe is None else probe).weights]
    if not len(source.weights) == len(target.weights) == len(shapes):
        return False
    found = []
    for new, old, shape in zip(target.weights, source.weights, shapes, strict=True):
        values = _merged(ops.convert_to_numpy(new), ops.convert_to_numpy(old), shape, classes)
        if values is None:
            return False
        found.append(values)
    for weight, values in zip(target.weights, found, strict=True):
        weight.assign(values)
    return True


def freeze_discriminators(model: AdversarialModel, count: int) -> None:
    """Do not train the first layers of the discriminators: FreezeD.

    [Mo et al., 2020](https://arxiv.org/abs/2002.10964): the lower layers of a discriminator that
    was trained on many images know what images look like, and few images cannot spoil that. Call
    this before `compile`.

    Args:
        model: a model whose discriminators were trained before.
        count: convolutions and dense layers to freeze, with the normalizations after them.

    Raises:
        ValueError: a discriminator has no more layers than that.
    """
    for name, network in model.discriminators.items():
        layers = _with_weights(network)
        kernels = [index for index, layer in enumerate(layers) if _has_kernel(layer)]
        if count >= len(kernels):
            raise ValueError(
                f"the discriminator {name} has {len(kernels)} layers: freeze fewer than that"
            )
        for layer in layers[: kernels[count]]:
            layer.trainable = False


def _merged(
    new: np.ndarray, old: np.ndarray, probed: Sequence[int], classes: SharedClasses
) -> np.ndarray | None:
    """Return a weight's new values; None if the old ones do not fit.

    Args:
        new: the target's values.
        old: the source's values.
        probed: the target's shape with one class more.
        classes: of both.
    """
    axes = [axis for axis, (x, y) in enumerate(zip(new.shape, probed, strict=True)) if x != y]
    if not axes:
        return old if new.shape == old.shape else None
    (axis,) = axes
    # As often as this (for each pixel of an image, say), the classes come after all else.
    repeats = probed[axis] - new.shape[axis]
    if old.ndim != new.ndim or old.shape[axis] % repeats:
        return None
    merged, source = _entries(new, axis, repeats).copy(), _entries(old, axis, repeats)
    rest = merged.shape[1] - classes.target
    if rest != source.shape[1] - classes.source or merged.shape[2:] != source.shape[2:]:
        return None
    merged[:, :rest] = source[:, :rest]
    for label, other in classes.shared.items():
        merged[:, rest + label] = source[:, rest + other]
    moved = merged.reshape(new.shape[axis], *merged.shape[2:])
    return np.moveaxis(moved, 0, axis)


def _entries(values: np.ndarray, axis: int, repeats: int) -> np.ndarray:
    """Return values as (repeats, entries, everything else)."""
    moved = np.moveaxis(values, axis, 0)
    return moved.reshape(repeats, -1, *moved.shape[1:])


def _with_weights(network: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers of a network that have weights, in its order, and of networks in it."""
    found = []
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            found += _with_weights(layer)
        elif layer.weights:
            found.append(layer)
    return found


def _has_kernel(layer: keras.layers.Layer) -> bool:
    return any(len(weight.shape) > 1 for weight in layer.weights)
