"""What networks are put together from."""

from collections.abc import Callable, Sequence

import keras
from keras import layers

from keras_gans.layers import OneHot

Normalization = Callable[[], keras.layers.Layer] | None  # makes a layer; None for none


def normalized(x, normalization: Normalization):
    """Apply a new normalization layer, if any."""
    return x if normalization is None else normalization()(x)


def labelled_generator(network: keras.Model, classes: int, codes: int = 0) -> keras.Model:
    """Let a generator be told what to make.

    Args:
        network: latents (n, d + classes + codes) to images.
        classes: number of labels.
        codes: length of a vector of further, continuous conditions; 0 for none.

    Returns:
        A network from [latents (n, d), labels (n,)], and codes (n, codes) if any, to images.
    """
    latents = keras.Input((network.input_shape[-1] - classes - codes,), name="latents")
    labels = keras.Input((), dtype="int32", name="labels")
    inputs = [latents, labels]
    joined = [latents, OneHot(classes)(labels)]
    if codes:
        inputs.append(keras.Input((codes,), name="codes"))
        joined.append(inputs[-1])
    return keras.Model(inputs, network(layers.Concatenate()(joined)), name=network.name)


def labelled_discriminator(
    build: Callable[[tuple[int, ...]], keras.Model], image_shape: tuple[int, ...], classes: int
) -> keras.Model:
    """Let a discriminator see the label as further channels of the image.

    Args:
        build: makes a network for images of a shape.
        image_shape: (h, w, c), or (2,) for points.
        classes: number of labels.

    Returns:
        A network from [images (n, *image_shape), labels (n,)] to what the built one returns.
    """
    images = keras.Input(image_shape, name="images")
    labels = keras.Input((), dtype="int32", name="labels")
    condition = OneHot(classes)(labels)
    if len(image_shape) == 3:
        condition = layers.Reshape((1, 1, classes))(condition)
        condition = layers.UpSampling2D(image_shape[:2])(condition)
    network = build((*image_shape[:-1], image_shape[-1] + classes))
    verdict = network(layers.Concatenate()([images, condition]))
    return keras.Model([images, labels], verdict, name=network.name)


def verdict(body: keras.Model, use_bias: bool = True) -> keras.Model:
    """Turn a body, images to features, into a discriminator: images to logits (n, 1).

    A bias has no say where only differences of logits count.
    """
    logits = layers.Dense(1, use_bias=use_bias, dtype="float32")(body.output)
    return keras.Model(body.inputs[0], logits, name="discriminator")


def projection(body: keras.Model, classes: int) -> keras.Model:
    """Turn a body into a discriminator that looks for the features of a label.

    [Miyato and Koyama, 2018, equation 3](https://arxiv.org/abs/1802.05637)

    Args:
        body: images to features (n, d).
        classes: number of labels.

    Returns:
        A network from [images, labels (n,)] to logits (n, 1).
    """
    labels = keras.Input((), dtype="int32", name="labels")
    wanted = layers.Embedding(classes, body.output_shape[-1], dtype="float32")(labels)
    fitting = layers.Dot(axes=-1, dtype="float32")([wanted, body.output])
    logits = layers.Dense(1, dtype="float32")(body.output)
    logits = layers.Add(dtype="float32")([logits, fitting])
    return keras.Model([body.inputs[0], labels], logits, name="discriminator")


def with_auxiliary(body: keras.Model, outputs: int) -> keras.Model:
    """Turn a body into a discriminator that says more: images to [(n, 1), (n, outputs)]."""
    heads = [layers.Dense(units, dtype="float32")(body.output) for units in (1, outputs)]
    return keras.Model(body.inputs[0], heads, name="discriminator")


def seen_through(network: keras.Model, views: Sequence[keras.layers.Layer]) -> keras.Model:
    """Let layers change the images, in training, before a discriminator sees them."""
    if not views:
        return network
    inputs = [keras.Input(i.shape[1:], dtype=i.dtype, name=i.name) for i in network.inputs]
    images, *labels = inputs
    for view in views:
        images = view(images)
    outputs = network([images, *labels] if labels else images)
    return keras.Model(inputs if labels else inputs[0], outputs, name=network.name)
