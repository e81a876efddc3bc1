"""What a SavedModel can be asked for: pictures in, pictures out, in TensorFlow's graph."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from keras_gans.latent_model import LatentModel

MOST = 1024  # pictures a request
LEAST = 16  # pixels: a side that every translator has enough of to reflect at its edges

Endpoint = tuple[Callable, list]  # a function, and what it takes


class _Asked(keras.random.SeedGenerator):
    """The seeds that a `keras.random.SeedGenerator` of a seed gives, for a seed of a request."""

    def __init__(self, seed: Any):
        self.asked, self.drawn = seed, 0

    def next(self, ordered: bool = True) -> Any:
        self.drawn += 1
        return tf.stack([self.asked, self.drawn - 1])


def sampler(model: LatentModel, network: keras.Model) -> dict[str, Endpoint]:
    """Return the signatures of a generator that makes pictures, or points, from noise.

    Args:
        model: the game, which knows how to draw what the generator is given.
        network: the generator, for inference.
    """
    specs = {x.name: tf.TensorSpec(x.shape, x.dtype, name=x.name) for x in network.inputs}
    structure = keras.tree.map_structure(lambda x: specs[x.name], network.input)
    asked = [tf.TensorSpec((), "int32", name="count"), tf.TensorSpec((), "int64", name="seed")]
    if "labels" in specs:
        asked.append(specs["labels"])

    def known(labels):
        return _within(labels, 0, model.classes - 1, "labels are")

    def made(values):
        inputs = keras.tree.map_structure(lambda x: values[x.name], network.input)
        return to_pixels(network(inputs, training=False))

    def drawn(count, seed, labels=None):
        count = _within(count, 1, MOST, "count is")
        values = model.draw(count, _Asked(seed))
        if labels is not None:
            labels = known(labels)
            every = tf.cond(tf.size(labels) > 0, lambda: labels, lambda: tf.range(model.classes))
            values["labels"] = tf.gather(every, tf.range(count) % tf.size(every))
        return made(values)

    def serving_default(inputs):
        values = {
            x.name: known(value) if x.name == "labels" else value
            for x, value in zip(network.inputs, keras.tree.flatten(inputs), strict=True)
        }
        return {"images": made(values)}

    def sample(count, seed, labels=None):
        return {"images": drawn(count, seed, labels)}

    def sample_png(count, seed, labels=None):
        return {"png_bytes": tf.io.encode_png(drawn(count, seed, labels))}

    endpoints: dict[str, Endpoint] = {
        "serving_default": (serving_default, [structure]),
        "sample": (sample, asked),
    }
    if len(network.output_shape) == 4:
        endpoints["sample_png"] = (sample_png, asked)
    return endpoints


def translator(network: keras.Model, multiple: int) -> dict[str, Endpoint]:
    """Return the signatures of a generator that makes pictures from pictures of any size.

    Args:
        network: the generator, for inference.
        multiple: what the sides of its pictures are multiples of.
    """
    channels = network.input_shape[-1]

    def serving_default(images):
        return {"images": translated(network, images, multiple)}

    def translate_png(encoded):
        return {"png_bytes": tf.map_fn(one, encoded)}

    def one(encoded):
        pixels = tf.io.decode_image(encoded, channels, expand_animations=False)
        pixels = tf.ensure_shape(pixels, (None, None, channels))
        return tf.io.encode_png(translated(network, pixels[None], multiple)[0])

    images = tf.TensorSpec((None, None, None, channels), "uint8", name="images")
    strings = tf.TensorSpec((None,), "string", name="encoded")
    return {
        "serving_default": (serving_default, [images]),
        "translate_png": (translate_png, [strings]),
    }


def translated(network: keras.Model, pixels: Any, multiple: int) -> Any:
    """Translate uint8 pictures (n, h, w, c): mirrored at their edges to the sides that fit."""
    height, width = ops.shape(pixels)[1], ops.shape(pixels)[2]
    padded = pixels
    for axis, side in ((1, height), (2, width)):
        wanted = ops.maximum(LEAST, -(-side // multiple) * multiple)
        along = ops.arange(wanted) % (2 * side)
        padded = ops.take(padded, ops.minimum(along, 2 * side - 1 - along), axis=axis)
    images = ops.cast(padded, "float32") / 127.5 - 1.0
    return to_pixels(network(images, training=False))[:, :height, :width]


def to_pixels(made: Any) -> Any:
    """Return images in [-1, 1] as uint8, and points as they are."""
    if len(made.shape) != 4:
        return made
    return tf.cast(tf.clip_by_value(tf.round((made + 1.0) * 127.5), 0.0, 255.0), "uint8")


def _within(values: Any, least: int, most: int, what: str) -> Any:
    """Let integers through, and fail the request where one is out of range."""
    fits = tf.reduce_all((values >= least) & (values <= most))
    message = f"{what} from {least} to {most}, not:"
    with tf.control_dependencies([tf.debugging.Assert(fits, [message, values])]):
        return tf.identity(values)
