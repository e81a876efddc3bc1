"""The Inception network of papers: resize and pools by hand, features by torch-fidelity."""

import runpy
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.evaluation.inception_2015 import SIDE, Inception2015Inputs, inception_2015
from keras_gans.pixels import from_pixels

CHECK = Path(__file__).parents[2] / "docs" / "scripts" / "torch_fidelity_check.py"
# features32[0, ::256] of that script: by torch-fidelity 0.4.0, of random weights and pixels
TORCH_FIDELITY = [7.674766, 0.176919, 0.055302, 0.050605, 7.091966, 5.960879, 0.0, 1.0345]


@pytest.fixture(scope="module")
def network():
    return inception_2015()


def inputs(pixels):
    """Return what the network takes of a row of pixels: one row of 299, as pixels again."""
    images = from_pixels(np.array(pixels, "uint8"))[None, None, :, None]
    row = keras.ops.convert_to_numpy(Inception2015Inputs()(images))
    assert row.shape == (1, SIDE, SIDE, 1) and (row == row[:, :1]).all()
    return row[0, 0, :, 0] * 128 + 128


def test_resizing_by_hand():
    # Position p is 2 * p / 299 of the two pixels; beyond the second there is no other.
    resized = inputs([0, 200])
    np.testing.assert_allclose(resized[[0, 1, 149]], [0, 200 * 2 / 299, 200 * 298 / 299], rtol=1e-4)
    assert (resized[150:] == 200).all()


def test_a_smaller_image_takes_every_second_pixel_without_antialiasing():
    pixels = np.arange(2 * SIDE) % 251
    np.testing.assert_array_equal(inputs(pixels), pixels[::2])


@pytest.mark.parametrize("sides", [(32, 32), (128, 96), (SIDE, SIDE), (400, 500)])
def test_resizing_is_that_of_tensorflows_first_version(sides):
    pixels = np.random.default_rng(0).integers(0, 256, (2, *sides, 3), np.uint8)
    resized = tf.raw_ops.ResizeBilinear(
        images=pixels, size=(SIDE, SIDE), align_corners=False, half_pixel_centers=False
    )
    expected = (resized - 128.0) / 128.0
    np.testing.assert_array_equal(Inception2015Inputs()(from_pixels(pixels)), expected)


def test_values_are_those_of_8_bits():
    # 127.5, rounded to even, 127.6 and what is out of range
    images = np.array([0.0, 0.001, -3.0, 3.0], "float32")[:, None, None, None]
    found = keras.ops.convert_to_numpy(Inception2015Inputs()(images))
    np.testing.assert_array_equal(found[:, 0, 0, 0], [0, 0, -1, 127 / 128])


def test_the_pools_are_those_of_tensorflows_graph(network):
    pools = {}
    for block in ("5b", "5c", "5d", "6b", "6c", "6d", "6e", "7b", "7c"):
        convolution = network.get_layer(f"Mixed_{block}.branch_pool.conv")
        pools[block] = convolution.input._keras_history.operation
    assert isinstance(pools.pop("7c"), keras.layers.MaxPooling2D)
    image = np.arange(1, 10, dtype="float32").reshape(1, 3, 3, 1)
    for pool in pools.values():
        assert isinstance(pool, keras.layers.AveragePooling2D)
        averages = keras.ops.convert_to_numpy(pool(image))[0, ..., 0]
        # (1 + 2 + 4 + 5) / 4 in the corner: the padding does not count
        np.testing.assert_allclose(averages, [[3, 3.5, 4], [4.5, 5, 5.5], [6, 6.5, 7]])


def test_features_are_those_of_torch_fidelity(network):
    random_array = runpy.run_path(str(CHECK))["random_array"]
    for layer in network.layers:
        if layer.name.endswith(".conv"):
            height, width, taken, made = layer.kernel.shape
            kernel = random_array(f"{layer.name}.weight", (made, taken, height, width))
            layer.set_weights([kernel.transpose(2, 3, 1, 0)])
        elif layer.name.endswith(".bn"):
            names = ("weight", "bias", "running_mean", "running_var")
            shape = layer.gamma.shape
            layer.set_weights([random_array(f"{layer.name}.{name}", shape) for name in names])
    pixels = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8)
    features = network.predict_on_batch(from_pixels(pixels[:1]))
    assert features.shape == (1, 2048)
    np.testing.assert_allclose(features[0, ::256], TORCH_FIDELITY, rtol=1e-4, atol=1e-4)
