"""The weights of a model's networks, and of nothing else, in Keras's weight files."""

import contextlib
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_gans.training.adversarial_model import AdversarialModel


class _Networks(keras.Model):
    """Networks as attributes: their weights are in groups of these names in a file."""

    def __init__(self, networks: dict[str, keras.Model]):
        super().__init__()
        for name, network in networks.items():
            setattr(self, name, network)
        self.built = True


def networks_of(model: AdversarialModel) -> dict[str, keras.Model]:
    """Return the networks of a model by the names that they have in files."""
    found = dict(model.generators)
    for name, network in model.discriminators.items():
        found[name if name.startswith("discriminator") else f"discriminator_{name}"] = network
    return found | model.auxiliary_networks()


def save_networks(model: AdversarialModel, names: Sequence[str], file: Path, dtype: str) -> None:
    """Save the weights of the networks with some names; the generators' are the averaged ones.

    Args:
        model: the model.
        names: of its networks.
        file: a `.weights.h5` file.
        dtype: "float32", or "float16" for all weights that it can hold.
    """
    networks = networks_of(model)
    with model.averaged():
        _Networks({name: networks[name] for name in names}).save_weights(file)
    if dtype == "float16":
        _halve(file)


def load_networks(model: AdversarialModel, names: Sequence[str], file: Path) -> None:
    """Load what `save_networks` saved.

    Raises:
        Exception: of any kind, if the file is damaged or of other networks.
    """
    networks = networks_of(model)
    if not set(model.generators) <= set(names) <= set(networks):
        raise ValueError(f"it holds {', '.join(names)} instead of {', '.join(networks)}")
    _refuse_compressed(file)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # Keras only warns of layers it did not find
        _Networks({name: networks[name] for name in names}).load_weights(file)


@contextlib.contextmanager
def at_most(count: int) -> Iterator[None]:
    """Let what is built here have so many weights at most: a larger model would fill the memory.

    Args:
        count: numbers in all variables together.

    Raises:
        ValueError: by what builds more, before the memory is taken.
    """
    import tensorflow as tf

    left = count

    def create(next_creator: Callable[..., Any], **arguments: Any) -> Any:
        nonlocal left
        with tf.Graph().as_default():  # where a tensor has a shape, and takes no memory
            value = arguments["initial_value"]
            shape = tf.TensorShape((value() if callable(value) else value).shape)
        left -= math.prod(shape.as_list())
        if left < 0:
            raise ValueError(f"its model has more than {count:,} weights")
        return next_creator(**arguments)

    with tf.variable_creator_scope(create):
        yield


def _refuse_compressed(file: Path) -> None:
    """Refuse a file whose content is larger than itself: it was made to fill the memory."""
    import h5py

    sizes: list[int] = []

    def add(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            sizes.append(item.nbytes)

    with h5py.File(file) as content:
        content.visititems(add)
    if sum(sizes) > file.stat().st_size:
        raise ValueError("its weights are larger than the file")


def _halve(file: Path) -> None:
    """Store weights in float16, but for those that would become infinite; in place."""
    import h5py

    part = file.with_name(f"half-{file.name}")
    with h5py.File(file) as source, h5py.File(part, "w") as target:

        def copy(name: str, item: Any) -> None:
            if isinstance(item, h5py.Group):
                target.require_group(name).attrs.update(item.attrs)
                return
            target[name] = _halved(item[()])
            target[name].attrs.update(item.attrs)

        target.attrs.update(source.attrs)
        source.visititems(copy)
    part.replace(file)


def _halved(values: Any) -> Any:
    if values.dtype != np.float32:
        return values
    with np.errstate(over="ignore"):
        halved = values.astype(np.float16)
    return halved if np.all(np.isfinite(halved) == np.isfinite(values)) else values
