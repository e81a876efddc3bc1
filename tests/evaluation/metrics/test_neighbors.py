"""Neighbors, block by block, against scipy's distances of all pairs."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from keras_gans.evaluation.metrics import neighbors


@pytest.fixture(autouse=True)
def _several_blocks(monkeypatch):
    monkeypatch.setattr(neighbors, "BLOCK", 16)


def rows(count, seed, dim=5, shift=0.0):
    return np.random.default_rng(seed).standard_normal((count, dim)) + shift


@pytest.mark.parametrize("shift", [0.0, 1000.0])
def test_distances_to_the_kth_other_example(shift):
    x = rows(50, 0, shift=shift)
    expected = np.sort(cdist(x, x), axis=1) ** 2
    for k in (1, 3):
        np.testing.assert_allclose(neighbors.knn_radii(x, x, k), expected[:, k], rtol=1e-7)
    np.testing.assert_allclose(neighbors.knn_radii(x[7:30], x, 2), expected[7:30, 2], rtol=1e-7)


def test_the_nearest_center():
    points, centers = rows(40, 0), rows(70, 1)
    indices, squares = neighbors.nearest(points, centers)
    distances = cdist(points, centers)
    np.testing.assert_array_equal(indices, distances.argmin(axis=1))
    np.testing.assert_allclose(squares, distances.min(axis=1) ** 2, rtol=1e-9)


def test_points_in_balls():
    centers, points = rows(50, 0), rows(33, 1)
    knn_radii = np.sort(cdist(centers, centers), axis=1)[:, 4]
    inside = cdist(centers, points) <= knn_radii[:, None]
    in_ball, around_point = neighbors.neighborhood_counts(centers, points, 4)
    np.testing.assert_array_equal(in_ball, inside.sum(axis=1))
    np.testing.assert_array_equal(around_point, inside.sum(axis=0))


def test_balls_without_extent_still_hold_their_center():
    # Three examples, six times each: the nearest other one is at no distance, up to rounding.
    centers = np.repeat(rows(3, 0, dim=100, shift=3.0), 6, axis=0)
    in_ball, around_point = neighbors.neighborhood_counts(centers, centers[::-1], 2)
    assert set(np.asarray(in_ball)) == set(np.asarray(around_point)) == {6}
