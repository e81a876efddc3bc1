"""Shares of labels by hand and against scipy's divergence."""

import numpy as np
import pytest
from scipy.stats import entropy

from keras_gans.evaluation.metrics import ClassCoverage


def measure(real, fake, classes):
    metric = ClassCoverage(classes)
    metric.update_state(np.array(real, "int64"), np.array(fake, "int64"))
    return {name: float(value) for name, value in metric.result().items()}


def test_shares_and_divergence_by_hand():
    result = measure([0, 1, 2, 3], [0, 0, 0, 1], classes=4)
    assert result == pytest.approx(
        {
            "classes_found": 2,
            "smallest_share": 0.0,
            "largest_share": 0.75,
            "reverse_kl": 0.75 * np.log(3),
        }
    )


def test_scipys_divergence_of_a_thousand_classes():
    rng = np.random.default_rng(0)
    real, fake = rng.integers(0, 1000, 20_000), rng.integers(0, 1000, 5000) // 2
    counts = [np.bincount(labels, minlength=1000) for labels in (real, fake)]
    result = measure(real, fake, classes=1000)
    assert result["reverse_kl"] == pytest.approx(entropy(counts[1], counts[0]), rel=1e-6)
    assert result["classes_found"] == np.count_nonzero(counts[1])


def test_equal_shares_do_not_diverge():
    result = measure([0, 1, 2] * 5, [2, 1, 0], classes=3)
    assert result["reverse_kl"] == pytest.approx(0.0, abs=1e-12)
    assert result["smallest_share"] == result["largest_share"] == pytest.approx(1 / 3)


def test_a_class_without_real_pictures_is_infinitely_far_off():
    assert measure([0, 0], [0, 1], classes=2)["reverse_kl"] == np.inf


def test_known_shares_are_better_than_counted_ones():
    metric = ClassCoverage(2, real_shares=[0.25, 0.75])
    metric.update_state(np.array([0, 0]), np.array([0, 1]))
    result = metric.result()["reverse_kl"]
    assert float(result) == pytest.approx(0.5 * np.log(2) + 0.5 * np.log(2 / 3))
    again = ClassCoverage.from_config(metric.get_config())
    assert again.real_shares == [0.25, 0.75]


def test_a_side_without_labels():
    no_fakes = measure([0, 1], [], classes=2)
    assert no_fakes.pop("classes_found") == 0 and np.isnan(list(no_fakes.values())).all()
    no_real = measure([], [0, 1], classes=2)
    assert np.isnan(no_real["reverse_kl"]) and no_real["largest_share"] == 0.5
