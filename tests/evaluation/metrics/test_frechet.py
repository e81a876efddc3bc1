"""The Frechet distance against closed forms and against scipy's square root of a matrix."""

import keras
import numpy as np
import pytest
from scipy.linalg import sqrtm

from keras_gans.evaluation.features import random_conv_features
from keras_gans.evaluation.metrics import FrechetDistance


def distance(real, fake, batch=None):
    metric = FrechetDistance(real.shape[1])
    for start in range(0, len(real), batch or len(real)):
        part = slice(start, start + (batch or len(real)))
        metric.update_state(real[part], fake[part])
    return float(metric.result())


def correlated(count, dim, seed, shift=0.0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((count, dim)) @ rng.standard_normal((dim, dim)) + shift


def test_two_points_each_by_hand():
    # means 1 and 4; unbiased variances 2 and 8: (1 - 4)^2 + (sqrt 2 - sqrt 8)^2 = 9 + 2
    real, fake = np.array([[0.0], [2.0]]), np.array([[2.0], [6.0]])
    assert distance(real, fake) == pytest.approx(11.0)


def test_closed_form_of_independent_gaussians():
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((50_000, 3))
    noise = (noise - noise.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(noise.T))).T
    real, fake = noise * [1.0, 2.0, 3.0], noise * [2.0, 2.0, 1.0] + [0.0, 3.0, 0.0]
    assert distance(real, fake) == pytest.approx(9.0 + 1.0 + 0.0 + 4.0, rel=1e-9)


@pytest.mark.parametrize("count, dim", [(500, 20), (25, 20), (12, 20)])
def test_scipys_formula_and_any_batches(count, dim):
    real, fake = correlated(count, dim, 0), correlated(count, dim, 1, shift=0.5)
    covariances = np.cov(real.T), np.cov(fake.T)
    root = sqrtm(covariances[0] @ covariances[1]).real
    expected = np.sum((real.mean(0) - fake.mean(0)) ** 2)
    expected += np.trace(covariances[0] + covariances[1] - 2 * root)
    assert distance(real, fake) == pytest.approx(expected, rel=1e-4)
    assert distance(real, fake, batch=7) == pytest.approx(distance(real, fake), rel=1e-9)


@pytest.mark.parametrize("count", [300, 30])
def test_a_set_is_at_no_distance_of_itself(count):
    features = correlated(count, 64, 3, shift=10.0)
    assert distance(features, features[::-1]) == pytest.approx(0.0, abs=1e-6)


def test_its_state_is_of_fixed_size_and_it_can_be_made_anew():
    metric = FrechetDistance(4)
    before = [variable.shape for variable in metric.variables]
    for seed in range(3):
        metric.update_state(correlated(10, 4, seed), correlated(20, 4, seed))
    assert [variable.shape for variable in metric.variables] == before
    copy = keras.metrics.deserialize(keras.metrics.serialize(metric))
    assert copy.dim == 4 and np.isnan(float(copy.result()))


def test_random_features_are_the_same_every_time_and_notice_blur():
    images = np.random.default_rng(0).uniform(-1, 1, (8, 32, 32, 3)).astype("float32")
    first, second = (random_conv_features(3)(images) for _ in range(2))
    assert first.shape == (8, 4, 4, 64)
    np.testing.assert_array_equal(first, second)
    blurred = keras.ops.average_pool(images, 3, 1, "same")
    rows = [np.reshape(random_conv_features(3)(x), (-1, 64)) for x in (images, blurred, -images)]
    assert distance(rows[0], rows[1]) > 0.01 and distance(rows[0], rows[0]) < 1e-6
