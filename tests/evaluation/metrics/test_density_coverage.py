"""Density and coverage by hand, against the authors' package, and of spoilt examples."""

import numpy as np
import pytest
from prdc import compute_prdc

from keras_gans.evaluation.metrics import DensityCoverage


def measure(real, fake, k=5):
    metric = DensityCoverage(real.shape[1], k=k)
    metric.update_state(real, fake)
    return {name: float(value) for name, value in metric.result().items()}


def rows(count, seed, dim=8):
    return np.random.default_rng(seed).standard_normal((count, dim)).astype("float32")


def test_points_on_a_line_by_hand():
    # Balls reach 1, 1, 8 around 0, 1, 9: 0.5 is in the first two, 1.5 in the last two, -3 in none.
    real, fake = np.array([[0.0], [1.0], [9.0]]), np.array([[0.5], [1.5], [-3.0]])
    assert measure(real, fake, k=1) == pytest.approx({"density": 4 / 3, "coverage": 1.0})
    assert measure(real, fake[[0, 2]], k=1) == pytest.approx({"density": 1.0, "coverage": 2 / 3})


@pytest.mark.parametrize("counts, k", [((300, 200), 5), ((50, 120), 3), ((20, 20), 1)])
def test_the_authors_implementation(counts, k):
    real, fake = rows(counts[0], 0), 1.1 * rows(counts[1], 1) + 0.3
    expected = compute_prdc(real, fake, nearest_k=k)
    assert measure(real, fake, k) == pytest.approx(
        {name: float(expected[name]) for name in ("density", "coverage")}, rel=1e-4
    )


def test_fresh_examples_of_the_same_distribution():
    # Coverage is expected to be 1 - (n - 1) ... (n - k) / ((2n - 1) ... (2n - k)).
    result = measure(rows(1000, 0), rows(1000, 1))
    assert result["density"] == pytest.approx(1.0, abs=0.1)
    assert result["coverage"] == pytest.approx(1 - 0.5**5, abs=0.02)


def test_modes_that_are_never_made_lower_coverage_alone():
    real = np.concatenate([rows(300, 0), rows(300, 1) + 20])
    both = measure(real, np.concatenate([rows(300, 2), rows(300, 3) + 20]))
    one = measure(real, rows(600, 4))
    assert one["coverage"] < 0.6 * both["coverage"] and one["density"] > 0.8 * both["density"]


def test_noise_lowers_density():
    real, fake = rows(500, 0), rows(500, 1)
    assert measure(real, fake + 2 * rows(500, 2))["density"] < 0.5 * measure(real, fake)["density"]


def test_too_few_examples_of_a_side_for_the_kth_neighbor():
    assert np.isnan(list(measure(rows(5, 0), rows(9, 1)).values())).all()
    assert np.isnan(list(measure(rows(9, 0), rows(5, 1)).values())).all()
    assert not np.isnan(list(measure(rows(6, 0), rows(6, 1)).values())).any()
