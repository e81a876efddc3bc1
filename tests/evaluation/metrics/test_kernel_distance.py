"""The kernel distance by hand and against scikit-learn's kernel."""

import numpy as np
import pytest
from sklearn.metrics.pairwise import polynomial_kernel

from keras_gans.evaluation.metrics import KernelDistance


def measure(real, fake, **settings):
    metric = KernelDistance(real.shape[1], **settings)
    metric.update_state(real, fake)
    return {name: float(value) for name, value in metric.result().items()}


def rows(count, seed, dim=16, shift=0.0):
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((count, dim)) + shift).astype("float32")


def independent(real, fake):
    settings = {"degree": 3, "gamma": 1 / real.shape[1], "coef0": 1}
    real, fake = real.astype("float64"), fake.astype("float64")
    within = 0.0
    for x in (real, fake):
        kernel = polynomial_kernel(x, **settings)
        within += kernel[~np.eye(len(x), dtype=bool)].mean()
    return within - 2 * polynomial_kernel(real, fake, **settings).mean()


def test_two_points_each_by_hand():
    # kernels (xy + 1)^3: 0 and 1 have 1 with each other, 1 and 2 have 27, across 1, 1, 8, 27
    real, fake = np.array([[0.0], [1.0]]), np.array([[1.0], [2.0]])
    result = measure(real, fake)
    assert result["kid"] == pytest.approx(1 + 27 - 2 * 37 / 4)
    assert np.isnan(result["kid_standard_error"])


@pytest.mark.parametrize("count, other", [(300, 300), (40, 90), (12, 12)])
def test_scikit_learns_kernel(count, other):
    real, fake = rows(count, 0), rows(other, 1, shift=0.3)
    expected = independent(real, fake)
    assert measure(real, fake)["kid"] == pytest.approx(expected, rel=1e-4)


def test_mean_and_standard_error_are_those_of_disjoint_subsets():
    real, fake = rows(95, 0), rows(70, 1, shift=0.5)
    metric = KernelDistance(16, subset_size=20)
    metric.update_state(real, fake)
    result = metric.result()
    kept = [np.asarray(side) for side in metric.samples()]
    parts = [slice(20 * n, 20 * n + 20) for n in range(3)]
    distances = [independent(kept[0][part], kept[1][part]) for part in parts]
    assert float(result["kid"]) == pytest.approx(np.mean(distances), rel=1e-6)
    error = np.std(distances, ddof=1) / np.sqrt(3)
    assert float(result["kid_standard_error"]) == pytest.approx(error, rel=1e-6)


def test_no_difference_is_no_distance_and_the_error_shrinks():
    few, many = (measure(rows(n, 0), rows(n, 1), subset_size=100) for n in (1000, 10_000))
    for result in (few, many):
        assert abs(result["kid"]) < 4 * result["kid_standard_error"]
    assert many["kid_standard_error"] < few["kid_standard_error"] / 2


def test_no_difference_is_under_zero_as_well_as_over_it():
    found = [measure(rows(50, seed), rows(50, 100 + seed))["kid"] for seed in range(30)]
    assert min(found) < 0 < max(found)
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(30)


def test_it_grows_with_the_difference():
    real = rows(500, 0)
    found = [measure(real, rows(500, 1, shift=shift))["kid"] for shift in (0.0, 0.2, 0.4)]
    assert found == sorted(found) and found[2] > 0.1


def test_one_example_of_a_side_is_too_few():
    assert np.isnan(measure(rows(1, 0), rows(9, 1))["kid"])
    assert np.isnan(measure(rows(9, 0), rows(1, 1))["kid"])
