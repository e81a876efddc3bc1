import pytest

from keras_gans.training.loss_tracker import LossTracker


def test_means_by_hand():
    tracker = LossTracker()
    assert tracker.result() == {}
    tracker.update_state({"generator/a": 1.0, "discriminator/b": -4.0})
    tracker.update_state({"generator/a": 2.0, "discriminator/b": 4.0})
    assert {k: float(v) for k, v in tracker.result().items()} == {
        "generator/a": 1.5,
        "discriminator/b": 0.0,
    }
    tracker.reset_state()
    tracker.update_state({"generator/a": 7.0, "discriminator/b": 1.0})
    assert float(tracker.result()["generator/a"]) == 7.0


def test_too_many_losses_are_an_error():
    with pytest.raises(ValueError, match="32 losses at most, not 33"):
        LossTracker().update_state({str(n): 0.0 for n in range(33)})
