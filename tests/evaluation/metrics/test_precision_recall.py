"""Precision and recall by hand, against the package of Naeem et al., and of spoilt examples."""

import numpy as np
import pytest
from prdc import compute_prdc

from keras_gans.evaluation.metrics import PrecisionRecall


def measure(real, fake, k=3):
    metric = PrecisionRecall(real.shape[1], k=k)
    metric.update_state(real, fake)
    return {name: float(value) for name, value in metric.result().items()}


def rows(count, seed, dim=8):
    return np.random.default_rng(seed).standard_normal((count, dim)).astype("float32")


def test_points_on_a_line_by_hand():
    # Real neighborhood_counts reach 1, 1, 8 around 0, 1, 9, that is over -1 to 2 and 1 to 17.
    # Fake neighborhood_counts reach 1, 1, 28 around 2, 3, 31, that is over 1 to 4 and 3 to 59.
    real, fake = np.array([[0.0], [1.0], [9.0]]), np.array([[2.0], [3.0], [31.0]])
    assert measure(real, fake, k=1) == pytest.approx({"precision": 2 / 3, "recall": 2 / 3})


@pytest.mark.parametrize("counts, k", [((300, 200), 3), ((50, 120), 5), ((20, 20), 1)])
def test_an_independent_implementation(counts, k):
    real, fake = rows(counts[0], 0), 1.1 * rows(counts[1], 1) + 0.3
    expected = compute_prdc(real, fake, nearest_k=k)
    assert measure(real, fake, k) == pytest.approx(
        {name: float(expected[name]) for name in ("precision", "recall")}, rel=1e-4
    )


def test_a_set_is_like_itself():
    real = rows(100, 0)
    assert measure(real, real[::-1]) == {"precision": 1.0, "recall": 1.0}


def test_a_mode_that_is_never_made_lowers_recall_alone():
    real = np.concatenate([rows(300, 0), rows(300, 1) + 20])
    both = measure(real, np.concatenate([rows(300, 2), rows(300, 3) + 20]))
    one = measure(real, rows(600, 4))
    assert one["recall"] < 0.6 * both["recall"]
    assert one["precision"] == pytest.approx(both["precision"], abs=0.1)


def test_shrinking_towards_the_mean_lowers_recall_alone():
    fresh, shrunk = (measure(rows(500, 0), scale * rows(500, 1)) for scale in (1.0, 0.5))
    assert shrunk["precision"] >= fresh["precision"] and shrunk["recall"] < 0.3 * fresh["recall"]


def test_noise_lowers_precision():
    real, fake = rows(500, 0), rows(500, 1)
    noisy = measure(real, fake + 2 * rows(500, 2))
    assert noisy["precision"] < 0.5 * measure(real, fake)["precision"]


def test_too_few_examples_of_a_side_for_the_kth_neighbor():
    assert np.isnan(list(measure(rows(3, 0), rows(9, 1)).values())).all()
    assert np.isnan(list(measure(rows(9, 0), rows(3, 1)).values())).all()
    assert not np.isnan(list(measure(rows(4, 0), rows(4, 1)).values())).any()
