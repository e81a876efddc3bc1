"""A trained generator as exports need it: in float32, with example inputs."""

import dataclasses
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_gans.pixels import from_pixels, to_pixels

Inputs = dict[str, np.ndarray]  # of a generator, by name: equally many rows in each
BATCH_SIZE = 64  # images made at once


@dataclass(frozen=True)
class Generator:
    """A trained generator: float32, with averaged weights if the model averages them.

    Attributes:
        name: "generator", or the direction of a translator: "a_to_b".
        network: the `keras.Model`. A translator takes images of any height and width.
        examples: real inputs by name: latents (n, d), labels (n,) if it is class-conditional and
            codes (n, k) if it has them; or images (n, h, w, c) in [-1, 1] that uint8 holds exactly.
        statistics_inputs: inputs of the same kind, for the Frechet distance of exported files.
        size_multiple: a translator's images have heights and widths that are multiples of it.
    """

    name: str
    network: Any
    examples: Inputs
    statistics_inputs: Inputs
    size_multiple: int = 1

    @property
    def is_translator(self) -> bool:
        """Whether it makes images from images, and not from noise."""
        return len(self.network.inputs[0].shape) == 4

    @property
    def makes_points(self) -> bool:
        """Whether it makes 2-D points instead of images."""
        return len(self.network.output_shape) != 4

    @functools.cached_property
    def expected(self) -> np.ndarray:
        """Its images of the examples."""
        return self.predict(self.examples)

    @functools.cached_property
    def expected_statistics(self) -> np.ndarray:
        """Its images of the inputs for the Frechet distance."""
        if self.statistics_inputs is self.examples:
            return self.expected
        return self.predict(self.statistics_inputs)

    @functools.cached_property
    def flat_images(self) -> Inputs | None:
        """A black and a white image, which a translator has to translate like any other.

        Their variance is zero, and instance normalization divides by its root.
        """
        if not self.is_translator:
            return None
        ((name, images),) = self.examples.items()
        return {name: np.stack([np.full_like(images[0], value) for value in (-1.0, 1.0)])}

    @functools.cached_property
    def expected_flat(self) -> np.ndarray:
        """Its images of the flat ones, computed in float64.

        Keras's own, in float32, can be wrong by 0.3: a mean of equal numbers is off by its rounding
        errors, and instance normalization multiplies them by 300.
        """
        assert self.flat_images is not None
        exact = dataclasses.replace(self, network=clone_with_dtype(self.network, "float64"))
        return exact.predict(self.flat_images)

    @functools.cached_property
    def network_for_tflite(self) -> Any:
        """Its network in operators that are fast in .tflite files."""
        from export.common.fast_layers import for_tflite

        return for_tflite(self.network)

    @functools.cached_property
    def network_for_gpus(self) -> Any:
        """Its network in operators that are right in float16, as GPUs compute .tflite files."""
        from export.common.fast_layers import for_gpus

        return for_gpus(self.network)

    @functools.cached_property
    def first_in_float16(self) -> Any:
        """The `Float16Result` of the first example: what a GPU may make of the .tflite file."""
        from export.common.float16 import compute_in_float16

        return compute_in_float16(self.network_for_gpus, take(self.examples, slice(1)))

    def predict_on_batch(self, inputs: Inputs) -> np.ndarray:
        """Return images (n, h, w, c) in [-1, 1], or 2-D points (n, 2), made at once."""
        from keras import tree

        values = tree.map_structure(lambda tensor: inputs[tensor.name], self.network.input)
        return np.asarray(self.network(values, training=False))

    def predict(self, inputs: Inputs) -> np.ndarray:
        """Return images (n, h, w, c) in [-1, 1], or 2-D points (n, 2), made in batches."""
        return np.stack(list(self.images(inputs)))

    def images(self, inputs: Inputs) -> Iterator[np.ndarray]:
        """Yield the image (h, w, c) of each row of the inputs, made in batches."""
        for start in range(0, num_rows(inputs), BATCH_SIZE):
            yield from self.predict_on_batch(take(inputs, slice(start, start + BATCH_SIZE)))


def num_rows(inputs: Inputs) -> int:
    """Return the number of rows."""
    return len(next(iter(inputs.values())))


def take(inputs: Inputs, rows: Any) -> Inputs:
    """Return the rows of a slice, or of an array of indices."""
    return {name: values[rows] for name, values in inputs.items()}


def inputs_by_name(network: Any, values: Any) -> Inputs:
    """Name a network's inputs, given as a tensor or as a list in the network's order."""
    from keras import tree

    tensors = zip(network.inputs, tree.flatten(values), strict=True)
    return {tensor.name: np.asarray(value) for tensor, value in tensors}


def rounded_to_uint8(images: Any) -> np.ndarray:
    """Return images in [-1, 1] rounded to values that uint8 pixels can hold."""
    return from_pixels(to_pixels(np.asarray(images)))


def clone_with_dtype(network: Any, dtype: str) -> Any:
    """Copy a network for inference: in float32 or float64, and for images of any size."""
    import keras

    from keras_gans.networks.copying import copy_network

    def new_input(tensor):
        is_image = len(tensor.shape) == 4
        shape = (None, None, tensor.shape[-1]) if is_image else tensor.shape[1:]
        is_float = keras.backend.is_float_dtype(tensor.dtype)
        return keras.Input(shape, dtype=dtype if is_float else tensor.dtype, name=tensor.name)

    return copy_network(network, dtype, keras.tree.map_structure(new_input, network.input))


def downsampling_factor(network: Any, flexible: Any) -> int:
    """Return how many times smaller than its images a translator's smallest features are.

    Args:
        network: the translator, for images of one size.
        flexible: the same for images of any size, as `clone_with_dtype` returns it. Features that
            have one size there too, such as those of a global pooling, ask none of images.
    """
    side = network.inputs[0].shape[1]
    heights = [
        layer.output.shape[1]
        for layer in network.layers
        if len(layer.output.shape) == 4 and flexible.get_layer(layer.name).output.shape[1] is None
    ]
    return max(side // height for height in heights)


def input_signature(network: Any, shapes: dict[str, tuple[int | None, ...]]) -> list:
    """Return the `input_signature` for `keras.export`, given the shapes by name."""
    import keras

    def spec(tensor):
        return keras.InputSpec(shape=shapes[tensor.name], dtype=tensor.dtype, name=tensor.name)

    return [keras.tree.map_structure(spec, network.input)]
