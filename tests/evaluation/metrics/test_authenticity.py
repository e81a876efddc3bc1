"""Authenticity by hand, of memorized and of fresh examples."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from keras_gans.evaluation.metrics import Authenticity


def measure(train, fake, **settings):
    metric = Authenticity(train.shape[1], **settings)
    metric.update_state(train, fake)
    return float(metric.result()["authenticity"])


def rows(count, seed, dim=16):
    return np.random.default_rng(seed).standard_normal((count, dim)).astype("float32")


def test_points_on_a_line_by_hand():
    # The nearest others of 0, 1 and 9 are 1, 1 and 8 away. 0.2 and 4 and 17 are nearest to
    # 0, 1 and 9, by 0.2, 3 and 8: only 4 is further than that.
    train, fake = np.array([[0.0], [1.0], [9.0]]), np.array([[0.2], [4.0], [17.0]])
    assert measure(train, fake) == pytest.approx(1 / 3)


def test_an_explicit_loop():
    train, fake = rows(300, 0), 0.8 * rows(200, 1)
    among, across = cdist(train, train), cdist(fake, train)
    np.fill_diagonal(among, np.inf)
    expected = np.mean([row.min() > among[row.argmin()].min() for row in across])
    assert 0.1 < expected < 0.9 and measure(train, fake) == pytest.approx(expected, rel=1e-6)


def test_memorized_examples_have_none():
    train = rows(1000, 0)
    assert measure(train, train[::3]) == 0.0
    assert measure(train, train[::3] + 0.01 * rows(334, 1)) == 0.0
    assert measure(np.repeat(train, 2, axis=0), train) == 0.0  # though the nearest other is as near


def test_fresh_examples_have_half_or_more_and_part_memorized_ones_less():
    train, fake = rows(2000, 0), rows(1000, 1)
    fresh = measure(train, fake)
    assert 0.5 <= fresh <= 1.0
    half = np.concatenate([fake[:500], train[:500]])
    assert measure(train, half) == pytest.approx(fresh / 2, abs=0.05)


def test_no_more_training_examples_are_compared_than_fit():
    train = rows(1000, 0)
    assert 0.2 < measure(train, train, capacity=500) < 0.8  # half of the originals are unknown


def test_too_few_examples():
    assert np.isnan(measure(rows(1, 0), rows(9, 1)))
    assert np.isnan(measure(rows(9, 0), rows(0, 1)))
    assert not np.isnan(measure(rows(2, 0), rows(1, 1)))
