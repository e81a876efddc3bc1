"""Stacked MNIST: three digits of MNIST as the color channels."""

import numpy as np
import pytest

from keras_gans.data import DataError, load, shared_decoding, tfds_source
from keras_gans.data.config import DataConfig
from keras_gans.evaluation.features import suggest_extractor


@pytest.fixture(scope="module")
def stacked(real_data):
    return lambda task="labelled", **asked: load(
        "stacked_mnist", task, data_dir=f"{real_data}/tfds", **{"split": "test", **asked}
    )


@pytest.fixture(scope="module")
def labelled(stacked):
    return stacked()


def test_the_label_is_the_number_that_the_channels_make_up(labelled, real_data):
    assert labelled.image_shape == (28, 28, 3) and len(labelled) == 26_000
    assert labelled.labels.dtype == np.int32 and labelled.class_names[7::500] == ("007", "507")
    assert len(labelled.class_names) == 1000 and len(np.unique(labelled.labels)) == 1000
    assert suggest_extractor(labelled.image_shape, labelled.class_names) == "stacked_digits"
    digits = load("mnist", "labelled", data_dir=f"{real_data}/tfds", split="test")
    known = {
        image.tobytes(): label
        for image, label in zip(digits.domains[0], digits.labels, strict=True)
    }
    for image, label in zip(labelled.domains[0][:50], labelled.labels, strict=False):
        each = [known[image[..., [channel]].tobytes()] for channel in range(3)]
        assert label == 100 * each[0] + 10 * each[1] + each[2]


def test_the_shares_of_its_classes_are_known(labelled, real_data):
    digits = load("mnist", "labelled", data_dir=f"{real_data}/tfds", split="test").labels
    share = [np.mean(digits == digit) for digit in range(10)]
    assert sum(labelled.class_shares) == pytest.approx(1.0)
    assert labelled.class_shares[123] == pytest.approx(share[1] * share[2] * share[3])


def test_it_is_a_function_of_seed_and_split(stacked, labelled):
    reseeded, val = stacked(seed=1), stacked(split="val")
    assert len({each.fingerprint for each in (labelled, reseeded, val)}) == 3
    assert (labelled.split, val.split) == ("test", "val")


def test_a_cache_changes_no_fingerprint(tmp_path, monkeypatch):
    def mnist(config):
        images = np.random.default_rng(0).integers(256, size=(10, 4, 4, 1), dtype=np.uint8)
        labels = np.arange(10, dtype=np.int32)
        return config.dataset((images,), 4, keys=["of these images"], labels=labels)

    def fingerprints():
        asked = [{}, {"seed": 1}, {"split": "val"}, {"split": "test"}]
        made = [load("stacked_mnist", "labelled", **each).fingerprint for each in asked]
        return [mnist(DataConfig("mnist", "labelled")).fingerprint, *made]

    monkeypatch.setattr(tfds_source, "read", mnist)
    plain = fingerprints()
    assert len(set(plain)) == 5
    for _ in range(2):
        with shared_decoding(tmp_path):
            assert fingerprints() == plain


def test_the_labels_may_be_left_out(stacked, labelled):
    plain = stacked("images")  # the same images, drawn again
    np.testing.assert_array_equal(plain.domains[0], labelled.domains[0])
    assert plain.task == "images" and plain.labels is None and plain.class_names is None
    assert plain.name == labelled.name == "stacked_mnist"


@pytest.mark.parametrize("task", ["paired", "unpaired"])
def test_it_is_no_pairs(task, tmp_path):
    with pytest.raises(DataError, match=f"labelled images, but {task} data is needed"):
        load("stacked_mnist", task, data_dir=tmp_path)


def test_it_is_not_grey(tmp_path):
    with pytest.raises(DataError, match="a digit a channel: leave channels out"):
        load("stacked_mnist", "images", data_dir=tmp_path, channels=1)
