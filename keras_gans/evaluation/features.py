"""Networks that turn images into features, whose statistics are compared.

A figure means something only beside figures of the same features.
"""

import functools
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from keras_gans.data import stacked_mnist
from keras_gans.errors import UserError, first_line
from keras_gans.evaluation import inception_2015  # noqa: F401  files of it can be opened
from keras_gans.files import download_lock

DIGITS = tuple("0123456789")
WIDTHS = (32, 64, 64)
PROBE = 256  # side of an image by which sizes of feature maps are found if the network takes any


class FeaturesError(UserError):
    """The features cannot be had. The message says what to do about it."""


@dataclass(frozen=True)
class Features:
    """The features of a batch of images.

    Attributes:
        features: (n, d).
        predicted: the class of each image (n,); None if the extractor is no classifier.
        maps: feature maps (n, h, w, c), one a size, for a perceptual distance of two images.
    """

    features: np.ndarray
    predicted: np.ndarray | None
    maps: list[np.ndarray]


class FeatureExtractor:
    """A network whose features images are compared by.

    Args:
        name: what figures made with it are called by.
        network: images in [-1, 1] to features (n, d) or (n, h, w, d), which are averaged over the
            image; or to such features and class logits (n, k).
        class_names: of the logits' classes; None if there are none, or nobody knows.

    Raises:
        ValueError: the network takes or gives something else.
    """

    def __init__(self, name: str, network: keras.Model, class_names: Sequence[str] | None = None):
        _check(network)
        self.name = name
        self.class_names = None if class_names is None else tuple(class_names)
        (images,) = network.inputs
        features, *self._logits = keras.tree.flatten(network.outputs)
        if len(features.shape) == 4:
            features = ops.mean(features, axis=(1, 2))
        maps = _maps(network)
        self.has_maps = bool(maps)
        self._network = keras.Model(images, [features, *self._logits])
        self._maps = keras.Model(images, [features, *self._logits, *(maps or [features])])

    @property
    def dim(self) -> int:
        """Length of a feature vector."""
        return self._network.outputs[0].shape[-1]

    @property
    def classes(self) -> int | None:
        """How many classes it has; None if it is no classifier."""
        return self._logits[0].shape[-1] if self._logits else None

    def classifies(self, class_names: Sequence[str]) -> bool:
        """Return whether it classifies into these; of a network of your own, into as many."""
        if self.class_names is None:
            return self.classes == len(class_names)
        return self.class_names == tuple(class_names)

    def extract(
        self, images: Any, *, maps: bool = False, interpolation: str = "bilinear"
    ) -> Features:
        """Return the features of images (n, h, w, c) in [-1, 1] of any size.

        Args:
            images: grayscale or color, whichever the network takes.
            maps: whether feature maps are wanted.
            interpolation: by which images of another size are resized; antialiased.
        """
        network = self._maps if maps else self._network
        seen = predict(network, _fitted(images, network.input_shape[1:], interpolation))
        features, *rest = keras.tree.flatten(seen)  # of one output Keras makes no list
        predicted = _most_likely(rest.pop(0)) if self._logits else None
        return Features(features, predicted, rest if maps else [])

    @functools.cached_property
    def fingerprint(self) -> str:
        """16 hex digits that tell this network from others, by its weights."""
        digest = hashlib.sha256(repr([x.shape for x in self._network.outputs]).encode())
        for weight in self._network.weights:
            digest.update(np.ascontiguousarray(ops.convert_to_numpy(weight)).data)
        return digest.hexdigest()[:16]

    def describe(self, image_shape: tuple[int, ...]) -> str:
        """Return its name, and what images of a shape go through before it: "digits features"."""
        sides = _fitted_sides(image_shape[:2], self._network.input_shape[1:3])
        if sides == tuple(image_shape[:2]):
            return f"{self.name} features"
        return f"{self.name} features, resized to {sides[0]}x{sides[1]}"


def predict(network: keras.Model, inputs: Any) -> Any:
    """Return what a network makes of its inputs, as arrays.

    Under a strategy of several replicas `predict_on_batch` would return that of each.
    """
    if network.distribute_strategy.num_replicas_in_sync == 1:
        return network.predict_on_batch(inputs)
    return keras.tree.map_structure(ops.convert_to_numpy, network(inputs, training=False))


def _most_likely(logits: np.ndarray) -> np.ndarray:
    """Return the class of each row, and of one that holds no numbers -1, which no class is."""
    return np.where(np.isnan(logits).any(axis=-1), -1, logits.argmax(axis=-1))


def load_extractor(name: str | os.PathLike, channels: int) -> FeatureExtractor:
    """Return an extractor by its name, or one of your own from a file.

    Args:
        name: "digits", a classifier of MNIST's digits that comes with the library;
            "stacked_digits", the same for each color channel; "inception", Inception-v3 trained on
            ImageNet, whose weights Keras downloads when they are first asked for; "random", a
            network with random weights; or a `.keras` file or the directory of a SavedModel that
            takes images in [-1, 1], see `FeatureExtractor`. A SavedModel's outputs are taken in the
            order of their names.
        channels: of the images, for "random", and a SavedModel that does not say.

    Raises:
        FeaturesError: there is no such extractor, or its weights cannot be downloaded.
    """
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")  # whatever the model is trained in
    try:
        return _NAMED[str(name)](channels) if name in _NAMED else _own(Path(name), channels)
    finally:
        keras.config.set_dtype_policy(policy)


def suggest_extractor(image_shape: tuple[int, ...], class_names: Sequence[str] | None) -> str:
    """Return the extractor's name for images of a shape: "digits" for grayscale ones called so."""
    names = tuple(class_names or ())
    if names == stacked_mnist.CLASS_NAMES:
        return "stacked_digits"
    return "digits" if (names, image_shape[-1]) == (DIGITS, 1) else "inception"


def random_conv_features(channels: int) -> keras.Model:
    """Return a convolutional network with random weights, always the same.

    It needs no download and no data of its own, and notices any change of patches of 15x15 pixels.
    Random networks order generators much as trained ones do
    ([Naeem et al., 2020, section 4.2](https://arxiv.org/abs/2002.09797)); the figures cannot be
    compared with those of other features.

    Args:
        channels: of the images.

    Returns:
        A model of images (n, h, w, c) in [-1, 1] to features (n, h / 8, w / 8, 64).
    """
    x = images = keras.Input((None, None, channels))
    for seed, width in enumerate(WIDTHS):
        kernel = keras.initializers.HeNormal(seed=seed)
        x = layers.Conv2D(width, 3, 2, "same", use_bias=False, kernel_initializer=kernel)(x)
        x = layers.ReLU()(x)
    return keras.Model(images, x, name="random_conv_features")


def _digits_network() -> keras.Model:
    return keras.saving.load_model(Path(__file__).with_name("digits.keras"), compile=False)


def _digits(channels: int) -> FeatureExtractor:
    return FeatureExtractor("digits", _digits_network(), DIGITS)


def _stacked_digits(channels: int) -> FeatureExtractor:
    """Look at each color channel as a digit; the class is the number that the three make up."""
    network, images = _digits_network(), keras.Input((28, 28, 3))
    seen = [network(images[..., channel : channel + 1]) for channel in range(3)]
    hundreds, tens, ones = (ops.log_softmax(logits) for _, logits in seen)
    logits = hundreds[:, :, None, None] + tens[:, None, :, None] + ones[:, None, None, :]
    features = ops.concatenate([features for features, _ in seen], axis=-1)
    network = keras.Model(images, [features, ops.reshape(logits, (-1, 1000))])
    return FeatureExtractor("stacked digits", network, stacked_mnist.CLASS_NAMES)


def _inception(channels: int) -> FeatureExtractor:
    try:
        with download_lock():
            network = keras.applications.InceptionV3(
                include_top=False, weights="imagenet", pooling="avg", input_shape=(299, 299, 3)
            )
    except Exception as error:  # Keras raises a bare one if there is no network
        raise FeaturesError(
            "Inception's weights cannot be downloaded: go online once, or take random features, or "
            "a network of your own"
        ) from error
    return FeatureExtractor("inception", network)


def _random(channels: int) -> FeatureExtractor:
    return FeatureExtractor("random", random_conv_features(channels))


_NAMED = {
    "digits": _digits,
    "stacked_digits": _stacked_digits,
    "inception": _inception,
    "random": _random,
}


def _own(path: Path, channels: int) -> FeatureExtractor:
    if not path.exists():
        raise FeaturesError(
            f"there are no features {str(path)!r}: give one of {', '.join(_NAMED)}, a .keras file "
            "or the directory of a SavedModel"
        )
    try:
        network = _saved_model(path, channels) if path.is_dir() else keras.saving.load_model(path)
        return FeatureExtractor(path.stem, network)
    except Exception as error:  # each format has its own ways to be damaged, or something else
        why = shorten(first_line(error), 200)  # Keras quotes whole configurations
        raise FeaturesError(f"{path} is no network of images to features: {why}") from error


def _saved_model(path: Path, channels: int) -> keras.Model:
    """Let a SavedModel's default signature be a network."""
    layer = layers.TFSMLayer(path, call_endpoint="serving_default")
    (taken,) = layer.call_endpoint_fn.structured_input_signature[1].values()
    _, *sides, own_channels = taken.shape
    images = keras.Input((*sides, own_channels or channels), name=taken.name)
    return keras.Model(images, keras.tree.flatten(layer(images)))


def _check(network: keras.Model) -> None:
    """Refuse a network that is none of images to features."""
    if not hasattr(network, "inputs"):
        raise ValueError(f"it is a {type(network).__name__}, whose inputs are not known")
    taken = [tensor.shape for tensor in network.inputs]
    if len(taken) != 1 or len(taken[0]) != 4 or taken[0][-1] not in (1, 3):
        raise ValueError(f"it takes {taken}, not images (n, h, w, 1 or 3)")
    features, *logits = (tensor.shape for tensor in keras.tree.flatten(network.outputs))
    if len(features) not in (2, 4) or [len(shape) for shape in logits] not in ([], [2]):
        raise ValueError(f"it gives {[features, *logits]}, not features (n, d) or (n, h, w, d)")


def _maps(network: keras.Model) -> list[Any]:
    """Return the last feature map of each size that a network computes, in its order.

    What a network within the network computes is not known: its `output` is of another graph.
    """
    own = [x for x in network.layers if not isinstance(x, (layers.InputLayer, keras.Model))]
    known = keras.tree.flatten([[layer.output for layer in own], network.outputs])
    maps = [tensor for tensor in known if len(tensor.shape) == 4]
    _, height, width, channels = network.input_shape
    shape = 1, height or PROBE, width or PROBE, channels
    shapes = keras.Model(network.inputs[0], maps).compute_output_shape(shape) if maps else []
    return list({shape[1:3]: found for shape, found in zip(shapes, maps, strict=True)}.values())


def _fitted(images: Any, shape: tuple[int | None, ...], interpolation: str) -> Any:
    """Bring images in [-1, 1] to a size, antialiased, and to grayscale or color."""
    *sides, channels = shape
    if channels == 1 and images.shape[-1] == 3:
        images = ops.image.rgb_to_grayscale(images)
    if channels == 3 and images.shape[-1] == 1:
        images = ops.repeat(images, 3, axis=-1)
    fitted = _fitted_sides(images.shape[1:3], sides)
    if fitted != tuple(images.shape[1:3]):
        images = ops.image.resize(images, fitted, interpolation, antialias=True)
        images = ops.clip(images, -1.0, 1.0)  # bicubic overshoots
    return ops.convert_to_numpy(images)


def _fitted_sides(own: Sequence[int], asked: Sequence[int | None]) -> tuple[int, ...]:
    """Return the height and width that images get: their own where a network takes any."""
    return tuple(side or mine for side, mine in zip(asked, own, strict=True))
