"""Diversity by hand, of repeated images and of different ones."""

import numpy as np
import pytest

from keras_gans.evaluation.metrics import Diversity


def measure(real, fake):
    metric = Diversity()
    metric.update_state(real, fake)
    return {name: float(value) for name, value in metric.result().items()}


def maps(count, seed):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((count, size, size, 4)).astype("float32") for size in (4, 2)]


def test_two_layers_by_hand():
    # (3, 4) and (4, 3) are at 0.2, -0.2 of each other at length 1; (1, 0) and (0, 9) at 1, -1.
    # A map of two places, one of which does not differ, and a vector.
    first, second = [[3.0, 4.0], [2.0, 2.0]], [[4.0, 3.0], [7.0, 7.0]]
    layers = [np.array([[first], [second]]), np.array([[1.0, 0.0], [0.0, 9.0]])]
    result = measure(layers, [layer[:1] for layer in layers])
    assert result["diversity_of_real"] == pytest.approx(0.08 / 2 + 2.0, rel=1e-6)
    assert np.isnan(result["diversity"])


def test_pairs_are_half_a_batch_apart_and_an_odd_one_is_left_out():
    vectors = np.eye(5)[[0, 1, 0, 2, 3]]  # 0 with 0, at no distance, and 1 with 2, at 2
    assert measure([vectors], [vectors[:4]]) == pytest.approx(
        {"diversity": 1.0, "diversity_of_real": 1.0}
    )


def test_the_mean_is_over_all_batches():
    metric = Diversity()
    for count in (8, 2):  # three pairs and one at a distance of 2 and 0
        layer = np.eye(2)[np.arange(count) // (count // 2) if count > 2 else [0, 0]]
        metric.update_state([layer], [layer])
    assert float(metric.result()["diversity"]) == pytest.approx(8 / 5)


def test_no_features_at_all_are_at_no_distance_of_each_other():
    assert measure([np.zeros((4, 3, 3, 2))], maps(4, 0))["diversity_of_real"] == 0.0


def test_repeated_pictures_have_none_and_alike_ones_less():
    different = maps(20, 0)
    base = [layer[:1] for layer in different]
    alike = [0.1 * layer + one for layer, one in zip(different, base, strict=True)]
    repeated = [np.repeat(one, 20, axis=0) for one in base]
    diverse = measure(different, alike)
    assert diverse["diversity"] < 0.2 * diverse["diversity_of_real"]
    assert measure(different, repeated)["diversity"] == pytest.approx(0.0, abs=1e-9)
