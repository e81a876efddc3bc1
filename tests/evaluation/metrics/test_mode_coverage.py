import keras
import numpy as np
import pytest

from keras_gans.evaluation.metrics import ModeCoverage

MODES = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]


def test_modes_found_and_samples_near_one_by_hand():
    metric = ModeCoverage(MODES, std=0.1)
    # within 0.3 of the first mode; 0.31 off the second; at the first again
    metric.update_state(np.array([[0.0, 0.29], [1.31, 0.0]], "float32"))
    metric.update_state(np.array([[0.0, 0.0]], "float32"))
    result = metric.result()
    assert float(result["modes"]) == 1 and float(result["high_quality"]) == pytest.approx(2 / 3)


def test_every_mode_is_found_in_the_data_themselves():
    rng = np.random.default_rng(0)
    points = np.repeat(np.array(MODES), 500, axis=0) + 0.1 * rng.standard_normal((1500, 2))
    metric = ModeCoverage(MODES, std=0.1)
    metric.update_state(points.astype("float32"))
    assert float(metric.result()["modes"]) == 3
    # a normal distribution in the plane is within three deviations with 1 - exp(-9 / 2) = 98.9%
    assert float(metric.result()["high_quality"]) == pytest.approx(0.989, abs=0.01)


def test_nothing_seen_is_nothing_found():
    result = ModeCoverage(MODES, std=0.1).result()
    assert float(result["modes"]) == 0 and float(result["high_quality"]) == 0


def test_it_resets_and_serializes():
    metric = ModeCoverage(MODES, std=0.1)
    metric.update_state(np.zeros((5, 2), "float32"))
    metric.reset_state()
    assert float(metric.result()["modes"]) == 0
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    copy.update_state(np.zeros((5, 2), "float32"))
    assert float(copy.result()["modes"]) == 1
