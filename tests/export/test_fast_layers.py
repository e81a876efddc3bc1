"""Layers for exported files compute what those of the papers do."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from export.common import fast_layers
from keras_gans.layers import InstanceNormalization, ReflectionConv2D, ReflectionPadding2D
from keras_gans.networks import dcgan, resnet_translator, subpixel_translator
from keras_gans.networks.conditioning import conditional_generator, conditional_normalization


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def network_of(*layers, channels=3):
    """Return a network of layers from images of any size, with random weights."""
    x = images = keras.Input((None, None, channels))
    for layer in layers:
        x = layer(x)
    network = keras.Model(images, x)
    network.set_weights([random(*w.shape, seed=i) for i, w in enumerate(network.get_weights())])
    return network


def operators_of(network, shape):
    """Return the names of the operations of a network's graph."""
    graph = tf.function(lambda x: network(x, training=False)).get_concrete_function(
        tf.TensorSpec(shape)
    )
    return {operation.type for operation in graph.graph.get_operations()}


@pytest.mark.parametrize("padding", [1, 2, 3])
def test_reflection_padding_is_that_of_numpy_in_concatenations_of_five_at_most(padding):
    images = random(2, 6, 5, 3)
    layer = fast_layers.SlicedReflectionPadding2D(padding)
    sides = ((0, 0), (padding, padding), (padding, padding), (0, 0))
    np.testing.assert_array_equal(layer(images), np.pad(images, sides, mode="reflect"))
    graph = tf.function(layer).get_concrete_function(tf.TensorSpec(images.shape)).graph
    kinds = [(each.type, len(each.inputs)) for each in graph.get_operations()]
    assert all(count <= 5 + 1 for kind, count in kinds if kind == "ConcatV2")  # and an axis
    assert "MirrorPad" not in dict(kinds)


def test_four_pixels_at_once_by_hand():
    # A 5x5 kernel of one weight, at row 1 and column 3, takes the pixel there, times 2, plus 1.
    layer = fast_layers.FourPixelConv2D(1, 5)
    layer.build((None, None, None, 1))
    kernel = np.zeros((5, 5, 1, 1), "float32")
    kernel[1, 3] = 2.0
    layer.set_weights([kernel, np.ones(1, "float32")])
    image = np.arange(8 * 10, dtype="float32").reshape(1, 8, 10, 1)
    np.testing.assert_array_equal(layer(image), 2 * image[:, 1:5, 3:9] + 1)


@pytest.mark.parametrize("sides", [(12, 10), (12, 11), (11, 12)])
def test_four_pixels_at_once_equal_the_convolution_at_even_and_odd_sizes(sides):
    images = random(2, *sides, 4)
    plain = network_of(keras.layers.Conv2D(3, 7, activation="tanh"), channels=4)
    network = fast_layers.for_onnx(plain)
    assert isinstance(network.layers[-1], fast_layers.FourPixelConv2D)
    np.testing.assert_allclose(network(images), plain(images), atol=1e-5)


@pytest.mark.parametrize("size", [3, 4])
def test_transposed_convolutions_stay_what_they_are_without_transposing(size):
    images = random(2, 5, 6, 20)
    plain = network_of(
        keras.layers.Conv2DTranspose(7, size, strides=2, padding="same", activation="tanh"),
        channels=20,
    )
    network = fast_layers.for_tflite(plain)
    np.testing.assert_allclose(network(images), plain(images), atol=1e-5)
    assert "Conv2DBackpropInput" not in operators_of(network, images.shape)


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.Conv2DTranspose(3, 5, strides=2, padding="same"),
        keras.layers.Conv2DTranspose(3, 4, strides=1, padding="same"),
        keras.layers.Conv2DTranspose(3, 4, strides=2),
        keras.layers.Conv2D(16, 7),
        keras.layers.Conv2D(3, 3),
        keras.layers.Conv2D(3, 7, strides=2),
        keras.layers.Conv2D(3, 7, padding="same"),
        keras.layers.Conv2D(3, 7, dilation_rate=2),
        keras.layers.UpSampling2D(3),
        keras.layers.UpSampling2D(2, interpolation="bilinear"),
        keras.layers.BatchNormalization(),
    ],
    ids=lambda layer: layer.name,
)
def test_other_layers_stay_as_they_are(layer):
    network = fast_layers.for_tflite(network_of(layer))
    assert type(network.layers[-1]) is type(layer)


def test_nearest_upsampling_repeats_rows_and_columns():
    images = random(2, 3, 5, 4)
    upsampled = fast_layers.NearestUpSampling2D(2)(images)
    np.testing.assert_array_equal(upsampled, images.repeat(2, axis=1).repeat(2, axis=2))


def test_instance_norm_equals_the_papers_and_is_exact_for_flat_images():
    plain = network_of(InstanceNormalization(), channels=4)
    network = fast_layers.for_tflite(plain)
    for shape in ((2, 16, 12, 4), (2, 7, 9, 4), (1, 1, 1, 4)):
        images = random(*shape) + 2
        np.testing.assert_allclose(network(images), plain(images), atol=1e-5)
    _, beta = plain.get_weights()
    for side in (64, 24, 15, 1):
        for value in (0.7, 0.1, -1 / 3):
            flat = np.full((1, side, side, 4), value, "float32")
            np.testing.assert_array_equal(network(flat), np.broadcast_to(beta, flat.shape))


@pytest.mark.parametrize(
    "build",
    [resnet_translator.translator, resnet_translator.mobile, subpixel_translator.translator],
)
def test_a_translator_keeps_its_images_and_its_names(build):
    plain = build((24, 32, 3), filters=4, blocks=1)
    plain.set_weights([random(*w.shape, seed=i) for i, w in enumerate(plain.get_weights())])
    network = fast_layers.for_tflite(plain)
    images = np.tanh(random(2, 24, 32, 3))
    np.testing.assert_allclose(network(images), plain(images), atol=1e-4)
    assert network.name == plain.name
    assert [layer.name for layer in network.layers] == [layer.name for layer in plain.layers]
    kinds = operators_of(network, images.shape)
    assert "MirrorPad" not in kinds and "SquaredDifference" not in kinds
    assert "MirrorPad" in operators_of(fast_layers.for_onnx(plain), images.shape)


def labelled_generators():
    """Yield generators of 3 classes: by appended labels, and by conditional normalization."""
    build = {"latent_dim": 7, "filters": 4}
    yield conditional_generator(dcgan.generator((8, 8, 1), **build), classes=3)
    build["latent_dim"] = 4
    yield conditional_normalization(dcgan.generator((8, 8, 1), **build), classes=3)


@pytest.mark.parametrize(
    "copy_of", [fast_layers.for_tflite, fast_layers.for_gpus, fast_layers.for_onnx]
)
def test_labels_never_become_int64_and_images_stay_the_same(copy_of):
    labels = np.array([0, 2, 1, 2], "int32")
    one_hot = fast_layers.FloatOneHot(3)(labels)
    assert one_hot.dtype == "float32"
    np.testing.assert_array_equal(one_hot, [[1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 1]])
    latents = random(4, 4)
    for plain in labelled_generators():
        for i, weight in enumerate(plain.weights):
            value = random(*weight.shape, seed=i)
            weight.assign(np.abs(value) if weight.name == "moving_variance" else value)
        network = copy_of(plain)
        images = network([latents, labels])
        np.testing.assert_allclose(images, plain([latents, labels]), atol=1e-5)
        assert np.abs(images[1] - network([latents, np.ones_like(labels)])[1]).max() > 0.01
        graph = tf.function(lambda *inputs: network(inputs)).get_concrete_function(  # noqa: B023
            tf.TensorSpec((1, 4)), tf.TensorSpec((1,), "int32")
        )
        tensors = [x for each in graph.graph.get_operations() for x in each.outputs]
        assert tf.int64 not in {x.dtype for x in tensors}


def test_nested_networks_are_replaced_too():
    inner = network_of(ReflectionPadding2D(1), ReflectionConv2D(4))
    images = keras.Input((None, None, 3))
    network = fast_layers.for_tflite(keras.Model(images, inner(images)))
    assert "MirrorPad" not in operators_of(network, (1, 8, 8, 3))
    x = random(1, 8, 8, 3)
    np.testing.assert_allclose(network(x), inner(x), atol=1e-5)
