"""Networks computed in float16, with every value and every step of a sum rounded."""

import keras
import numpy as np
import pytest

from export.common import float16
from export.common.errors import NotComputedError
from export.common.fast_layers import for_gpus, for_tflite
from export.common.float16 import compute_in_float16, running_sum
from export.common.measurements import LARGEST_FLOAT16
from keras_gans.layers import GLU, InstanceNormalization
from keras_gans.networks import dcgan, fastgan, resnet_translator, subpixel_translator, unet


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def network_of(*layers, shape=(8, 8, 4)):
    x = images = keras.Input(shape, name="images")
    for layer in layers:
        x = layer(x)
    return keras.Model(images, x)


def test_sums_stop_where_float16_has_no_next_integer():
    # From 2048 on, float16 has the even integers only: 2048 + 1 is 2048 again.
    assert running_sum([np.float32(2048)] + [np.float32(1)] * 5) == 2048
    assert running_sum([np.float32(2048), np.float32(3)]) == 2052  # the tie 2051 goes to even
    assert np.isinf(running_sum([np.float32(40_000)] * 2))


def test_a_long_mean_of_ones_is_wrong_and_one_of_squares_is_right():
    images = np.ones((1, 64, 64, 1), "float32")
    one_sum = network_of(keras.layers.GlobalAveragePooling2D(), shape=(64, 64, 1))
    squares = network_of(*[keras.layers.AveragePooling2D(4)] * 3, shape=(64, 64, 1))
    assert compute_in_float16(one_sum, {"images": images}).outputs == 0.5  # 2048 of 4096
    assert compute_in_float16(squares, {"images": images}).outputs == 1.0


def test_values_that_float16_cannot_hold_are_infinite_and_reported():
    scales = [300.0, 300.0, 1 / 300, 1 / 300]
    network = network_of(*map(keras.layers.Rescaling, scales))
    result = compute_in_float16(network, {"images": np.ones((1, 8, 8, 4), "float32")})
    assert np.isinf(result.outputs).all()
    assert result.max_abs_value == np.inf
    fits = compute_in_float16(network, {"images": np.full((1, 8, 8, 4), 0.5, "float32")})
    np.testing.assert_allclose(fits.outputs, 0.5, rtol=1e-2)
    assert fits.max_abs_value == pytest.approx(4.5e4, rel=1e-3)


LAYERS = {
    "valid": keras.layers.Conv2D(20, 3),
    "strided": keras.layers.Conv2D(3, 4, strides=2, padding="same"),
    "odd": keras.layers.Conv2D(3, 3, strides=3, padding="same"),
    "dilated": keras.layers.Conv2D(3, 3, dilation_rate=2),
    "depthwise": keras.layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same"),
    "strided depthwise": keras.layers.DepthwiseConv2D(3, strides=2, padding="same"),
    "transposed": keras.layers.Conv2DTranspose(5, 4, strides=2, padding="same"),
    "transposed 3x3": keras.layers.Conv2DTranspose(5, 3, strides=2, padding="same"),
    "transposed valid": keras.layers.Conv2DTranspose(5, 3, strides=2),
    "pool": keras.layers.AveragePooling2D(2),
    "padded pool": keras.layers.AveragePooling2D(3, strides=1, padding="same"),
    "gated": GLU(),
    "expanded": keras.layers.Reshape((8, 1, 8, 4)),
    "dense": keras.layers.Dense(7),
}


@pytest.mark.parametrize("name", LAYERS)
def test_without_rounding_it_is_what_keras_computes(name, monkeypatch):
    monkeypatch.setattr(float16, "rounded", np.asarray)
    network, images = network_of(LAYERS[name]), random(1, 8, 8, 4)
    result = compute_in_float16(network, {"images": images})
    np.testing.assert_allclose(result.outputs, network(images), atol=1e-5)


@pytest.mark.parametrize(
    "network",
    [
        resnet_translator.translator((16, 16, 3), filters=4, blocks=1),
        resnet_translator.mobile((16, 16, 3), filters=4, blocks=1),
        subpixel_translator.translator((16, 16, 3), filters=4, blocks=1),
        unet.translator((32, 32, 3), filters=2),
        dcgan.generator((28, 28, 1), latent_dim=4, filters=2),
        fastgan.generator((32, 32, 3), latent_dim=4, filters=2),
    ],
    ids=["resnet", "mobile", "subpixel", "unet", "dcgan", "fastgan"],
)
def test_whole_networks_are_as_near_as_float16_is(network):
    inputs = {x.name: np.tanh(random(1, *x.shape[1:])) for x in network.inputs}
    expected = np.asarray(network(next(iter(inputs.values())), training=False))
    result = compute_in_float16(for_gpus(network), inputs)
    assert 0 < np.abs(result.outputs - expected).max() < 0.05
    assert result.max_abs_value < LARGEST_FLOAT16


def test_an_operation_that_is_not_known_is_named(monkeypatch):
    monkeypatch.delattr(float16.tf.raw_ops, "Tanh")  # as of an operation of somebody's own
    with pytest.raises(NotComputedError, match="^Tanh: "):
        compute_in_float16(
            network_of(keras.layers.Activation("tanh")), {"images": random(1, 8, 8, 4)}
        )


@pytest.mark.parametrize("size", [32, 9])
@pytest.mark.parametrize("deviation", [2000.0, 300.0, 1.0, 0.004])
def test_norms_of_files_for_gpus_hold_any_deviations(deviation, size):
    network = network_of(InstanceNormalization(), shape=(size, size, 2))
    images = deviation * random(1, size, size, 2)
    expected = np.asarray(network(images))
    np.testing.assert_allclose(for_gpus(network)(images), expected, atol=1e-5)
    result = compute_in_float16(for_gpus(network), {"images": images})
    np.testing.assert_allclose(result.outputs, expected, atol=0.03)
    if deviation > 256:
        others = compute_in_float16(for_tflite(network), {"images": images})
        assert others.max_abs_value > LARGEST_FLOAT16


def test_norms_of_files_for_gpus_hold_one_bright_pixel_where_small_values_are_zero(monkeypatch):
    """Some GPUs have no values below 2^-14 but zero."""
    smallest, all_values = 2.0**-14, float16.rounded

    def rounded(values):
        values = all_values(values)
        return np.where(np.abs(values) < smallest, np.float32(0), values)

    monkeypatch.setattr(float16, "rounded", rounded)
    network = network_of(InstanceNormalization(), shape=(256, 256, 1))
    images = 0.01 * random(1, 256, 256, 1)
    images[0, 100, 30] = 100.0
    result = compute_in_float16(for_gpus(network), {"images": images})
    np.testing.assert_allclose(result.outputs, network(images), rtol=0.01, atol=0.01)


def test_flat_images_stay_flat_in_float16():
    network = network_of(InstanceNormalization(), shape=(16, 16, 1))
    flat = np.full((1, 16, 16, 1), 0.7, "float32")
    np.testing.assert_array_equal(
        compute_in_float16(for_gpus(network), {"images": flat}).outputs, 0.0
    )


def test_norms_of_the_exported_network_hold_bright_images():
    # 300 * 32 * 32 is more than float16 holds, and so is a sum of squares.
    network = network_of(InstanceNormalization(), shape=(32, 32, 1))
    images = 300 + 10 * random(1, 32, 32, 1)
    expected = (images - images.mean()) / images.std()
    result = compute_in_float16(for_gpus(network), {"images": images})
    assert np.abs(result.outputs - expected).mean() < 0.05
    plain = compute_in_float16(network, {"images": images}).outputs
    assert not np.isfinite(plain).all() or np.abs(plain - expected).mean() > 0.5
