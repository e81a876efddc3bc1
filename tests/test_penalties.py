"""Penalties of discriminators whose gradient is known."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_gans import penalties
from keras_gans.training.gradients import value_and_input_gradient
from keras_gans.training.random import SeedGenerator

GRADIENT = np.array([3.0, 4.0], "float32")
POINTS = ops.convert_to_tensor(np.array([[0.5, -1.0], [2.0, 0.0]], "float32"))


def linear(points):
    """A discriminator whose gradient is (3, 4), of norm 5, everywhere."""
    return ops.sum(points * GRADIENT, axis=-1, keepdims=True)


def square(points):
    """A discriminator whose gradient is twice the point."""
    return ops.sum(ops.square(points), axis=-1, keepdims=True)


def test_gradients_are_those_of_each_example():
    logits, gradient = value_and_input_gradient(square, POINTS)
    np.testing.assert_allclose(logits[:, 0], [1.25, 4.0])
    np.testing.assert_allclose(gradient, [[1.0, -2.0], [4.0, 0.0]])


def test_gradient_penalty_by_hand():
    penalty = penalties.GradientPenalty(10.0)
    value = penalty(linear, POINTS, POINTS + 1.0, SeedGenerator(0))
    assert float(value) == pytest.approx(10.0 * (5.0 - 1.0) ** 2, rel=1e-5)


def test_gradient_penalty_is_at_a_random_interpolation_of_each_pair():
    inputs = []

    def discriminate(points):
        inputs.append(ops.convert_to_numpy(points))
        return square(points)

    real, fake = np.zeros((200, 2), "float32"), np.full((200, 2), 2.0, "float32")
    value = penalties.GradientPenalty(1.0)(discriminate, real, fake, SeedGenerator(0))
    (mixed,) = inputs
    assert np.all((mixed >= 0) & (mixed <= 2)) and np.all(mixed[:, 0] == mixed[:, 1])
    fractions = 1 - mixed[:, 0] / 2
    assert 0.4 < fractions.mean() < 0.6 and 0.2 < fractions.std() < 0.4  # 1/2 and sqrt(1/12) = 0.29
    norms = 2 * np.linalg.norm(mixed, axis=-1)
    assert float(value) == pytest.approx(np.mean((norms - 1) ** 2), rel=1e-4)


def test_r1_by_hand():
    # the squared norms are 1 + 4 and 16: weight / 2 * 10.5
    value = penalties.R1(0.2)(square, POINTS, POINTS + 1.0, SeedGenerator(0))
    assert float(value) == pytest.approx(0.1 * 10.5, rel=1e-5)


def test_a_constant_discriminator_has_a_finite_gradient():
    import tensorflow as tf

    weight = tf.Variable([[0.0], [0.0]])
    with tf.GradientTape() as tape:
        value = penalties.GradientPenalty(10.0)(
            lambda points: ops.matmul(points, weight), POINTS, POINTS, SeedGenerator(0)
        )
    assert float(value) == pytest.approx(10.0, rel=1e-3)
    assert np.all(np.isfinite(tape.gradient(value, weight)))


@pytest.mark.parametrize("penalty", [penalties.GradientPenalty(3.0), penalties.R1(3.0)])
def test_saved_and_loaded(penalty):
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(penalty))
    assert type(copy) is type(penalty) and copy.weight == 3.0
