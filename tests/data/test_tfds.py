"""TensorFlow Datasets: real ones where there are some, and what is said where there are none."""

import os
import socket
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds

from keras_gans.data import DataError, load, read_image

REAL = os.environ.get("KERAS_GANS_TEST_DATA")
real = pytest.mark.skipif(not REAL, reason="KERAS_GANS_TEST_DATA is not set")
TFDS = os.path.join(REAL or "", "tfds")


def image(height: int, width: int, value: int) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def test_without_a_network_the_ways_round_it_are_named(monkeypatch, tmp_path):
    def unreachable(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", unreachable)
    monkeypatch.setattr("urllib3.util.retry.Retry.sleep", lambda *_: None)
    with pytest.raises(DataError) as caught:
        load("fashion_mnist", "images", data_dir=tmp_path)
    message = str(caught.value)
    for part in ("fashion_mnist", str(tmp_path), "data_dir", "folder", "shapes or stripes"):
        assert part in message
    assert len(message.splitlines()) == 2


def test_a_download_that_fails_is_explained(monkeypatch, tmp_path):
    def fail(self, **_):
        raise ConnectionError("server is down\nand more lines")

    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", fail)
    with pytest.raises(DataError, match="horse2zebra .*server is down\nGive a data_dir"):
        load("horse2zebra", "unpaired", data_dir=tmp_path)


@pytest.mark.parametrize(
    ("name", "task", "message"),
    [
        ("mnist", "unpaired", "is one set of images, but unpaired data is needed: stripes"),
        ("mnist", "paired", "is one set of images, but paired data is needed: outlines"),
        ("horse2zebra", "images", "holds two unpaired domains, but images data is needed"),
        ("imdb_reviews", "images", "has no image, only text, label"),
        ("cycle_gan/horse2dog", "unpaired", "cannot open cycle_gan/horse2dog"),
        ("mnist:0.0.1", "images", "cannot open mnist:0.0.1"),
        ("huggingface:mnist", "images", "is a community's data set"),
    ],
)
def test_what_a_set_cannot_give_is_refused_before_it_is_downloaded(name, task, message, tmp_path):
    with pytest.raises(DataError, match=message) as caught:
        load(name, task, data_dir=tmp_path)
    assert len(str(caught.value).splitlines()) <= 2


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("minst", r"called 'minst': did you mean mnist.*\?\n"),
        ("shape", "did you mean shapes"),
        ("horse2zebr", "horse2zebra"),
        ("qqqqqqqq", r"no data set is called 'qqqqqqqq'\n"),
    ],
)
def test_an_unknown_name_is_answered_with_names(name, guess):
    with pytest.raises(DataError, match=guess) as caught:
        load(name, "images")
    for known in ("shapes, stripes, outlines, ring, grid", "TensorFlow Datasets", "folder"):
        assert known in str(caught.value)


def test_a_folder_of_that_name_comes_first(tmp_path, monkeypatch):
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    Path("mnist").mkdir()
    Image.fromarray(image(8, 8, 5)).save("mnist/a.png")
    assert len(load("mnist", "images")) == 1


@real
def test_mnist():
    train = load("mnist", "labelled", data_dir=TFDS, split="test")
    assert len(train) == 10_000 and train.image_shape == (28, 28, 1) and train.split == "test"
    assert train.class_names == tuple("0123456789")
    assert (
        train.labels[:8].tolist()
        == load("mnist", "labelled", data_dir=TFDS, split="val").labels[:8].tolist()
    )
    images, labels = train.examples(20)
    assert labels.tolist() == [*range(10), *range(10)]
    assert images.min() == -1 and images.max() == 1
    resized = load("mnist", "images", data_dir=TFDS, split="test", image_size=32, channels=3)
    assert resized.image_shape == (32, 32, 3)
    assert abs(resized.domains[0].mean() - train.domains[0].mean()) < 1


@real
def test_horse2zebra():
    own = load("horse2zebra", "unpaired", data_dir=TFDS, split="test")
    assert own.image_shape == (256, 256, 3)
    assert [len(domain) for domain in own.domains] == [120, 140] and own.split == "test"
    small = load("cycle_gan/horse2zebra", "unpaired", data_dir=TFDS, split="test", image_size=32)
    assert small.domains[1].shape == (140, 32, 32, 3)


@real
def test_facades():
    folder = os.path.join(REAL, "facades")
    forth = load(folder, "paired", image_size=64, split="test")
    back = load(folder, "paired", image_size=64, split="test", direction="b_to_a")
    assert len(forth) == 106 and forth.image_shape == (64, 64, 3)
    np.testing.assert_array_equal(forth.domains[1], back.domains[0])
    photo = read_image(os.path.join(folder, "test", "1.jpg"))[:, :256]
    assert abs(forth.domains[0][0].mean() - photo.mean()) < 1


class Tiny(tfds.core.GeneratorBasedBuilder):
    """Images of several sizes, and three classes, one of them without images."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(None, None, 3)),
                    "label": tfds.features.ClassLabel(names=["ant", "bee", "cow"]),
                }
            ),
        )

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(), "validation": self._generate_examples()}

    def _generate_examples(self):
        for index, shape in enumerate([(20, 30), (40, 16), (16, 16)]):
            yield index, {"image": image(*shape, 50 * index), "label": index % 2}


def test_pictures_of_several_sizes_are_cropped_to_one(tmp_path):
    dataset = load("tiny", "labelled", data_dir=tmp_path)
    side = dataset.image_shape[0]
    assert side in (16, 20) and dataset.image_shape == (side, side, 3)
    assert sorted(dataset.domains[0][:, 0, 0, 0].tolist()) == [0, 50, 100]
    order = dataset.domains[0][:, 0, 0, 0] // 50
    assert dataset.labels.tolist() == (order % 2).tolist()
    assert dataset.class_names == ("ant", "bee", "cow")
    assert dataset.split == "train"
    test = load("tiny", "images", data_dir=tmp_path, split="test", image_size=8)
    assert len(test) == 3 and test.split == "validation"


class Unlabeled(Tiny):
    """A test split without labels, as contests have them."""

    VERSION = tfds.core.Version("1.0.0")

    def _split_generators(self, dl_manager):
        unlabeled = [(0, {"image": image(16, 16, 9), "label": -1})]
        return {"train": self._generate_examples(), "test": unlabeled}


def test_a_split_without_labels_is_not_taken_for_labels(tmp_path, capsys):
    dataset = load("unlabeled", "labelled", data_dir=tmp_path, split="test")
    assert dataset.split == "train" and len(dataset.examples(3)[1]) == 3
    assert "the test split of unlabeled has examples without labels" in capsys.readouterr().err
    assert load("unlabeled", "images", data_dir=tmp_path, split="test").split == "test"
