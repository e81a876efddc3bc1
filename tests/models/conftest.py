"""Networks of numbers, whose losses can be calculated by hand."""

import keras
import pytest
import tensorflow as tf


@pytest.fixture
def shift():
    """Make a generator that adds a constant to its latents (n, 1)."""

    def make(constant):
        latents = keras.Input((1,))
        bias = keras.initializers.Constant(constant)
        layer = keras.layers.Dense(1, kernel_initializer="ones", bias_initializer=bias)
        return keras.Model(latents, layer(latents))

    return make


@pytest.fixture
def linear():
    """Make a discriminator of numbers (n, 1): the logit of x is gradient * x."""

    def make(gradient):
        inputs = keras.Input((1,))
        kernel = keras.initializers.Constant(gradient)
        layer = keras.layers.Dense(1, use_bias=False, kernel_initializer=kernel)
        return keras.Model(inputs, layer(inputs))

    return make


@pytest.fixture
def normal():
    """Make endless batches of normally distributed numbers (n, 1)."""

    def make(count):
        data = tf.data.Dataset.random(seed=1)
        return data.map(lambda n: tf.random.stateless_normal((count, 1), (n, 0)))

    return make
