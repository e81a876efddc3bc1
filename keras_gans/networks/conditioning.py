"""Class-conditional networks, and discriminators with augmentation."""

from collections.abc import Callable, Sequence

import keras
from keras import layers, tree

from keras_gans.layers import ConditionalBatchNormalization, OneHot


def conditional_generator(network: keras.Model, classes: int, codes: int = 0) -> keras.Model:
    """Make a generator class-conditional: the one-hot label is appended to the latents.

    Args:
        network: latents (n, d + classes + codes) to images.
        classes: number of classes.
        codes: number of continuous codes, which are appended too; 0 for none.

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


def conditional_normalization(network: keras.Model, classes: int) -> keras.Model:
    """Make a generator class-conditional: each batch normalization has a gamma and beta per class.

    [Miyato and Koyama, 2018](https://arxiv.org/abs/1802.05637)

    Args:
        network: latents (n, d) to images: a functional model without nested models.
        classes: number of classes.

    Returns:
        A copy, with new weights, from [latents (n, d), labels (n,)] to images.

    Raises:
        ValueError: it has no batch normalization.
    """
    if not any(isinstance(layer, layers.BatchNormalization) for layer in network.layers):
        raise ValueError("the generator has no batch normalization that could depend on the class")
    latents = keras.Input(network.input_shape[1:], name="latents")
    labels = keras.Input((), dtype="int32", name="labels")
    copies = {id(network.input): latents}
    for layer in network.layers[1:]:  # each comes after those whose outputs it takes
        inputs = tree.map_structure(lambda tensor: copies[id(tensor)], layer.input)
        if isinstance(layer, layers.BatchNormalization):
            copy = ConditionalBatchNormalization(classes, dtype=layer.dtype_policy)
            copies[id(layer.output)] = copy([inputs, labels])
        else:
            copies[id(layer.output)] = type(layer).from_config(layer.get_config())(inputs)
    return keras.Model([latents, labels], copies[id(network.output)], name=network.name)


def conditional_discriminator(
    build: Callable[[tuple[int, ...]], keras.Model], image_shape: tuple[int, ...], classes: int
) -> keras.Model:
    """Make a discriminator class-conditional: the one-hot label becomes channels of the image.

    Args:
        build: from a shape of images to a network.
        image_shape: (h, w, c), or (2,) for 2-D points.
        classes: number of classes.

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
    outputs = network(layers.Concatenate()([images, condition]))
    return keras.Model([images, labels], outputs, name=network.name)


def with_augmentation(
    network: keras.Model, augmentations: Sequence[keras.layers.Layer]
) -> keras.Model:
    """Return a discriminator that augments its images in training.

    Args:
        network: images, or [images, labels], to logits.
        augmentations: layers from images to images, applied in this order.
    """
    if not augmentations:
        return network
    inputs = [keras.Input(i.shape[1:], dtype=i.dtype, name=i.name) for i in network.inputs]
    images, *labels = inputs
    for augmentation in augmentations:
        images = augmentation(images)
    outputs = network([images, *labels] if labels else images)
    return keras.Model(inputs if labels else inputs[0], outputs, name=network.name)
