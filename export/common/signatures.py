"""The signatures of SavedModels: TensorFlow graphs from requests to images."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from keras_gans.training.latent_model import LatentModel

MAX_COUNT = 1024  # samples per request
MAX_PIXELS = 4096 * 4096  # of an image in a request: memory grows with them
MIN_SIDE = 16  # pixels that every translator needs to reflect an image at its edges

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


def sampler(model: LatentModel, network: keras.Model) -> dict[str, Endpoint]:
    """Return the signatures of a generator that makes images, or 2-D points, from noise.

    Args:
        model: draws the random inputs of the generator.
        network: the generator, for inference.
    """
    specs = {x.name: tf.TensorSpec(x.shape, x.dtype, name=x.name) for x in network.inputs}
    structure = keras.tree.map_structure(lambda x: specs[x.name], network.input)
    arguments = [tf.TensorSpec((), "int32", name="count"), tf.TensorSpec((), "int64", name="seed")]
    if "labels" in specs:
        arguments.append(specs["labels"])

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
        return {"images": images(values)}

    def sample(count, seed, labels=None):
        return {"images": samples(count, seed, labels)}

    def sample_png(count, seed, labels=None):
        return {"png_bytes": tf.io.encode_png(samples(count, seed, labels))}

    endpoints: dict[str, Endpoint] = {
        "serving_default": (serving_default, [structure]),
        "sample": (sample, arguments),
    }
    if len(network.output_shape) == 4:
        endpoints["sample_png"] = (sample_png, arguments)
    return endpoints


def translator(network: keras.Model, size_multiple: int) -> dict[str, Endpoint]:
    """Return the signatures of a generator that makes images from images of any size.

    Args:
        network: the generator, for inference.
        size_multiple: its images have heights and widths that are multiples of it.
    """
    channels = network.input_shape[-1]

    def serving_default(images):
        return {"images": checked_translation(images)}

    def translate_png(encoded):
        return {"png_bytes": tf.map_fn(translate_one, encoded)}

    def translate_one(encoded):
        pixels = tf.io.decode_image(encoded, channels, expand_animations=False)
        pixels = tf.ensure_shape(pixels, (None, None, channels))
        return tf.io.encode_png(checked_translation(pixels[None])[0])

    def checked_translation(images):
        height, width = (tf.cast(side, "int64") for side in tf.unstack(tf.shape(images)[1:3]))
        images = _checked(images, height * width, 1, MAX_PIXELS, "pixels of an image are")
        return translate(network, images, size_multiple)

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
        padded_side = ops.maximum(MIN_SIDE, -(-side // size_multiple) * size_multiple)
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
