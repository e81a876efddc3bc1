"""Copies of networks, in the precision that is asked for."""

import keras
import numpy as np
import pytest

from keras_gans.networks import patch, unet
from keras_gans.networks.copying import copy_network


@pytest.fixture
def policy():
    before = keras.config.dtype_policy()
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy(before)


def compute_dtypes(network):
    return [x.compute_dtype for x in network.layers if not isinstance(x, keras.layers.InputLayer)]


@pytest.mark.parametrize("build", [patch.discriminator, unet.translator])
def test_a_copy_computes_in_its_own_precision_and_gives_float32(build, policy):
    shape = (32, 32, 3)
    images = np.random.default_rng(0).uniform(-1, 1, (2, *shape)).astype("float32")
    networks = {}
    for name in ("float32", "mixed_float16"):
        policy(name)
        networks[name] = build(shape, 2)
    policy("float32")
    for source in networks.values():
        for name, native in networks.items():
            copy = copy_network(source, name)
            # As if it had been built so.
            assert compute_dtypes(copy) == compute_dtypes(native)
            assert copy.output.dtype == "float32"
            for x, y in zip(copy.weights, source.weights, strict=True):
                np.testing.assert_array_equal(x, y)
            # Instance normalization of few pixels multiplies rounding errors.
            np.testing.assert_allclose(copy(images), source(images), atol=0.05)


def test_a_network_with_operators_is_copied():
    images = keras.Input((4, 4, 3))
    features = keras.layers.Conv2D(3, 1)(images)
    network = keras.Model(images, keras.layers.Conv2D(3, 1)(features * images + 1.0))
    x = np.random.default_rng(0).uniform(-1, 1, (2, 4, 4, 3)).astype("float32")
    np.testing.assert_array_equal(copy_network(network, "float32")(x), network(x))
