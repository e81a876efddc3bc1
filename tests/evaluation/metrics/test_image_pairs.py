import keras
import numpy as np
import pytest

from keras_gans.evaluation import metrics


def constant(value, side=16, channels=3):
    return np.full((1, side, side, channels), value, "float32")


def noise(count=2, side=16, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, side, side, 3)).astype("float32")


def test_psnr_by_hand():
    # The range is 2 and the mean squared error 0.2^2: 10 log10(4 / 0.04) = 20.
    assert np.asarray(metrics.psnr(constant(0.1), constant(0.3))) == pytest.approx([20.0], abs=1e-3)
    assert np.asarray(metrics.psnr(constant(0.1), constant(0.1))) == pytest.approx([np.inf])


@pytest.mark.parametrize("side", [16, 5])
def test_ssim_of_constant_images_by_hand(side):
    # Of pixels in [0, 2]: means 1 and 0.5, no variance, c1 = (0.01 * 2)^2.
    expected = (2 * 1.0 * 0.5 + 0.0004) / (1.0**2 + 0.5**2 + 0.0004)
    found = np.asarray(metrics.ssim(constant(0.0, side), constant(-0.5, side)))
    assert found == pytest.approx([expected], rel=1e-3)


def test_ssim_is_1_of_equal_images_and_near_0_of_unlike_ones():
    assert np.asarray(metrics.ssim(noise(), noise())) == pytest.approx([1.0, 1.0], abs=1e-5)
    assert np.abs(np.asarray(metrics.ssim(noise(), noise(seed=1)))).max() < 0.2


def test_perceptual_distance_by_hand():
    # Directions at right angles are 2 apart, opposite ones 4, equal ones of any length 0.
    first = np.array([[[[1.0, 0.0], [0.0, 3.0]]]], "float32")
    second = np.array([[[[0.0, 2.0], [0.0, 1.0]]]], "float32")
    vectors = np.array([[1.0, 0.0]], "float32"), np.array([[-5.0, 0.0]], "float32")
    found = metrics.perceptual_distance([first, vectors[0]], [second, vectors[1]])
    assert np.asarray(found) == pytest.approx([(2.0 + 0.0) / 2 + 4.0], abs=1e-5)


def test_structure_distance_by_hand():
    # Two places at right angles, and two that are alike: two of four similarities differ by 1.
    apart = np.array([[[[1.0, 0.0], [0.0, 1.0]]]], "float32")
    alike = np.array([[[[0.0, 2.0], [0.0, 5.0]]]], "float32")
    assert np.asarray(metrics.structure_distance([apart], [alike])) == pytest.approx([0.5])
    assert np.asarray(metrics.structure_distance([alike], [alike])) == pytest.approx([0.0])


def test_structure_distance_does_not_depend_on_what_the_parts_look_like():
    """All features turned alike, and longer, are other features of the same structure."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2, 4, 4, 6)).astype("float32")
    turn = np.linalg.qr(rng.normal(size=(6, 6)))[0].astype("float32")
    turned = metrics.structure_distance([features], [3.0 * features @ turn])
    assert np.asarray(turned) == pytest.approx([0.0, 0.0], abs=1e-6)
    moved = metrics.structure_distance([features], [features[:, ::-1]])
    assert np.asarray(moved).min() > 0.01


def test_structure_distance_is_of_the_finest_map_that_is_not_too_large():
    large, fine, coarse = (np.ones((1, side, side, 2), "float32") for side in (64, 32, 8))
    other = np.ones((1, 32, 32, 2), "float32")
    other[:, :16, :, 0] = -1.0  # at right angles to the other half: half of the similarities
    found = metrics.structure_distance([large, fine, coarse], [-large, other, coarse])
    assert np.asarray(found) == pytest.approx([0.5], abs=1e-5)


def test_structure_distance_of_large_maps_is_of_every_few_places():
    large, other = np.ones((2, 1, 80, 80, 2), "float32")
    other[:, 1::3] = -1.0  # rows between those that are looked at: 80^2 / 3^2 < 1024
    other[:, 2::3] = -1.0
    assert np.asarray(metrics.structure_distance([large], [other])) == pytest.approx([0.0])
    other[:, :39, :, 0] = -1.0  # 13 of 27 rows, at right angles to the others
    other[:, :39, :, 1] = 1.0
    found = np.asarray(metrics.structure_distance([large], [other]))
    assert found == pytest.approx([2 * 13 * 14 / 27**2], abs=1e-5)


def test_they_are_means_over_all_pairs():
    metric = keras.metrics.MeanMetricWrapper(metrics.psnr, "psnr")
    metric.update_state(constant(0.0), constant(0.2))  # 20 dB
    metric.update_state(constant(0.0), constant(0.02))  # 40 dB
    assert float(metric.result()) == pytest.approx(30.0, abs=1e-3)


def test_target_share_by_hand():
    metric, none = metrics.TargetShare(), np.zeros(0, bool)
    metric.update_state(np.array([True, True, False, True]), none, none, none)
    metric.update_state(none, none, np.array([True, False]), np.array([False, False]))
    metric.update_state(none, none, np.array([True]), np.array([True]))
    found = {name: float(value) for name, value in metric.result().items()}
    assert found == pytest.approx(
        {
            "target_share": 2 / 3,
            "target_share_of_real": 3 / 4,
            "target_share_of_sources": 1 / 3,
        }
    )
