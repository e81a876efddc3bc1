"""The signatures of SavedModels: TensorFlow graphs from requests to images."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from export.common.served_images import decode, pixels_of
from keras_gans.data.values import ValueRange
from keras_gans.tiling.translator import SMALLEST_SIDE
from keras_gans.training.latent_model import LatentModel

MAX_COUNT = 1024  # samples, latents or encoded images per request

Endpoint = tuple[Callable, list]  # a function, and its input signature


class RequestSeedGenerator(keras.random.SeedGenerator):
    """A `keras.random.SeedGenerator` whose seed is a tensor in a request.

    Args:
        seed: int64, ().
    """

    def __init__(self, seed: Any):
        self.request_seed, self.count = seed, 0

    def next(self, ordered: bool = True) -> Any:
        """Return the next seed, as `keras.random.SeedGenerator` does."""
        self.count += 1
        return tf.stack([self.request_seed, self.count - 1])


def sampler(
    model: LatentModel, network: keras.Model, class_names: Sequence[str] | None
) -> dict[str, Endpoint]:
    """Return the signatures of a generator that makes images, or 2-D points, from noise.

    Args:
        model: draws the random inputs of the generator.
        network: the generator, for inference.
        class_names: of the labels, if the generator is class-conditional.
    """
    specs = {x.name: tf.TensorSpec(x.shape, x.dtype, name=x.name) for x in network.inputs}
    structure = keras.tree.map_structure(lambda x: specs[x.name], network.input)
    arguments = [tf.TensorSpec((), "int32", name="count"), tf.TensorSpec((), "int64", name="seed")]

    def checked_labels(labels):
        return _checked(labels, labels, 0, model.classes - 1, "labels are")

    def images(values):
        inputs = keras.tree.map_structure(lambda x: values[x.name], network.input)
        return to_pixels(network(inputs, training=False))

    def samples(count, seed, labels=None):
        count = _checked(count, count, 1, MAX_COUNT, "count is")
        values = model.random_inputs(count, RequestSeedGenerator(seed))
        if labels is not None:
            labels = checked_labels(labels)
            cycle = tf.cond(tf.size(labels) > 0, lambda: labels, lambda: tf.range(model.classes))
            values["labels"] = tf.gather(cycle, tf.range(count) % tf.size(cycle))
        return images(values)

    def serving_default(inputs):
        values = {
            x.name: checked_labels(value) if x.name == "labels" else value
            for x, value in zip(network.inputs, keras.tree.flatten(inputs), strict=True)
        }
        count = tf.shape(values["latents"])[0]
        values["latents"] = _checked(values["latents"], count, 0, MAX_COUNT, "latents are")
        return {"images": images(values)}

    def sample(count, seed, labels=None):
        return {"images": samples(count, seed, labels)}

    def sample_png(count, seed, labels=None):
        return {"png_bytes": tf.io.encode_png(samples(count, seed, labels))}

    makes_images = len(network.output_shape) == 4
    drawing = {"sample": sample} | ({"sample_png": sample_png} if makes_images else {})
    endpoints: dict[str, Endpoint] = {"serving_default": (serving_default, [structure])}
    if class_names is None:
        return endpoints | {name: (function, arguments) for name, function in drawing.items()}
    labels = tf.TensorSpec((None,), "int32", name="labels")
    names = tf.TensorSpec((None,), "string", name="classes")
    endpoints["classes"] = (_classes(class_names), [labels])
    for name, function in drawing.items():
        endpoints[name] = (function, [*arguments, specs["labels"]])
        endpoints[f"{name}_by_name"] = (_by_name(function, class_names), [*arguments, names])
    return endpoints


def _classes(class_names: Sequence[str]) -> Callable:
    def classes(labels):
        labels = _checked(labels, labels, 0, len(class_names) - 1, "labels are")
        names = tf.constant(list(class_names))
        return {
            "class_names": tf.cond(
                tf.size(labels) > 0, lambda: tf.gather(names, labels), lambda: names
            )
        }

    return classes


def _by_name(function: Callable, class_names: Sequence[str]) -> Callable:
    """Return the function with names of classes, or their numbers as text, instead of labels."""

    def by_name(count, seed, classes):
        numbers = [str(number) for number in range(len(class_names))]
        named, numbered = (
            classes[:, None] == tf.constant(texts)[None] for texts in (list(class_names), numbers)
        )
        is_name = tf.reduce_any(named, axis=1)
        known = is_name | tf.reduce_any(numbered, axis=1)
        message = "classes are " + ", ".join(class_names) + ", not:"
        with tf.control_dependencies(
            [tf.debugging.Assert(tf.reduce_all(known), [message, classes])]
        ):
            found = tf.where(is_name[:, None], named, numbered)
        labels = tf.argmax(tf.cast(found, "int32"), axis=1, output_type="int32")
        return function(count, seed, labels)

    return by_name


def translator(
    network: keras.Model, size_multiple: int, max_pixels: int, value_range: ValueRange | None
) -> dict[str, Endpoint]:
    """Return the signatures of a generator that makes images from images of any size.

    Args:
        network: the generator, for inference.
        size_multiple: its images have heights and widths that are multiples of it.
        max_pixels: of all images in a request, and of each encoded one.
        value_range: of PNG files of sixteen bits, what becomes black and white; None for all bits.
    """
    channels = network.input_shape[-1]

    def serving_default(images):
        pixels = tf.reduce_prod(tf.cast(tf.shape(images)[:3], "int64"))
        images = _checked(images, pixels, 1, max_pixels, "pixels of a request's images are")
        return {"images": translate(network, images, size_multiple)}

    def translate_png(encoded):
        count = tf.shape(encoded)[0]
        encoded = _checked(encoded, count, 0, MAX_COUNT, "images are")
        # One at a time: of several, the memory that they need at once would be unknown.
        return {"png_bytes": tf.map_fn(translate_one, encoded, parallel_iterations=1)}

    def translate_one(encoded):
        encoded = _checked(
            encoded, pixels_of(encoded), 1, max_pixels, "pixels of a JPEG or PNG file are"
        )
        pixels = decode(encoded, channels, value_range)
        return tf.io.encode_png(translate(network, pixels[None], size_multiple)[0])

    images = tf.TensorSpec((None, None, None, channels), "uint8", name="images")
    strings = tf.TensorSpec((None,), "string", name="encoded")
    return {
        "serving_default": (serving_default, [images]),
        "translate_png": (translate_png, [strings]),
    }


def translate(network: keras.Model, pixels: Any, size_multiple: int) -> Any:
    """Translate uint8 images (n, h, w, c) of any size.

    They are mirrored at their edges up to sides that the network takes, and cropped afterwards.
    """
    height, width = ops.shape(pixels)[1], ops.shape(pixels)[2]
    padded = pixels
    for axis, side in ((1, height), (2, width)):
        padded_side = ops.maximum(SMALLEST_SIDE, -(-side // size_multiple) * size_multiple)
        indices = ops.arange(padded_side) % (2 * side)
        padded = ops.take(padded, ops.minimum(indices, 2 * side - 1 - indices), axis=axis)
    images = ops.cast(padded, "float32") / 127.5 - 1.0
    return to_pixels(network(images, training=False))[:, :height, :width]


def to_pixels(images: Any) -> Any:
    """Return images in [-1, 1] as uint8, and 2-D points as they are."""
    if len(images.shape) != 4:
        return images
    return tf.cast(tf.clip_by_value(tf.round((images + 1.0) * 127.5), 0.0, 255.0), "uint8")


def _checked(tensor: Any, values: Any, least: int, most: int, what: str) -> Any:
    """Return the tensor; the request fails if any of the integer values is out of range."""
    in_range = tf.reduce_all((values >= least) & (values <= most))
    message = f"{what} from {least} to {most}, not:"
    with tf.control_dependencies([tf.debugging.Assert(in_range, [message, values])]):
        return tf.identity(tensor)
