"""The mean of the classes' Frechet distances, and what it notices."""

import numpy as np
import pytest

from keras_gans.evaluation.metrics import FrechetDistance, IntraClassFrechet

CLASSES = 3


def measure(real, real_labels, fake, fake_labels):
    metric = IntraClassFrechet(real.shape[1], CLASSES)
    for start in range(0, len(real), 64):
        part = slice(start, start + 64)
        metric.update_state(real[part], real_labels[part], fake[part], fake_labels[part])
    return float(metric.result()["intra_class_frechet"])


def rows(seed, count=300, dim=5):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, CLASSES, count)
    return rng.standard_normal((count, dim)) + 4.0 * labels[:, None], labels


def test_two_points_each_by_hand():
    # Every class is the two points 0, 2 and 2, 6: 11, see the Frechet distance's own test.
    real, fake = np.array([[0.0], [2.0]] * 3), np.array([[2.0], [6.0]] * 3)
    labels = np.repeat([0, 1, 2], 2)
    fake[4:] = real[4:]
    assert measure(real, labels, fake, labels) == pytest.approx((11 + 11 + 0) / 3)


def test_it_is_the_mean_of_each_classs_distance():
    (real, real_labels), (fake, fake_labels) = rows(0), rows(1)
    expected = []
    for label in range(CLASSES):
        metric = FrechetDistance(5)
        metric.update_state(real[real_labels == label], fake[fake_labels == label])
        expected.append(float(metric.result()))
    found = measure(real, real_labels, fake, fake_labels)
    assert found == pytest.approx(np.mean(expected), rel=1e-9)


def test_a_generator_that_does_not_listen_is_noticed():
    (real, real_labels), (fake, fake_labels) = rows(0), rows(1)
    told = np.random.default_rng(2).permutation(fake_labels)
    listening = measure(real, real_labels, fake, fake_labels)
    assert measure(real, real_labels, fake, told) > 10 * listening
    assert listening < 1.0


def test_a_class_with_one_example_makes_it_no_number():
    (real, real_labels), (fake, fake_labels) = rows(0), rows(1)
    rare = np.where(np.arange(300) == 0, 2, fake_labels % 2)
    assert np.isnan(measure(real, real_labels, fake, rare))
    assert np.isnan(measure(real, rare, fake, fake_labels))


def test_fewer_examples_than_features():
    features, labels = rows(0, count=30, dim=40)
    assert measure(features, labels, features, labels) == pytest.approx(0.0, abs=1e-6)
    assert np.isfinite(measure(features, labels, *rows(1, count=30, dim=40)))
