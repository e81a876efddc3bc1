import pytest

from keras_gans.metrics import TermMeans


def test_means_by_hand():
    means = TermMeans()
    assert means.result() == {}
    means.update_state({"generator/a": 1.0, "discriminator/b": -4.0})
    means.update_state({"generator/a": 2.0, "discriminator/b": 4.0})
    assert {k: float(v) for k, v in means.result().items()} == {
        "generator/a": 1.5,
        "discriminator/b": 0.0,
    }
    means.reset_state()
    means.update_state({"generator/a": 7.0, "discriminator/b": 1.0})
    assert float(means.result()["generator/a"]) == 7.0


def test_too_many_terms_are_refused():
    with pytest.raises(ValueError, match="32 terms at most, not 33"):
        TermMeans().update_state({str(n): 0.0 for n in range(33)})
