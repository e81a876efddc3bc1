"""What `export.images --arithmetic` finds and shows."""

import numpy as np
import pytest
from PIL import Image

from export import common, latent_studies
from keras_gans import data

SHAPES = data.load("shapes", "labelled", image_size=8)


@pytest.fixture
def drawn(runs, monkeypatch):
    """The gan run as if it made real shapes: the n-th latent of any kind, the n-th picture."""
    pictures, _ = SHAPES.examples(latent_studies.DRAWN + 4)

    def make(self, inputs):
        return pictures[-len(inputs["latents"]) :]

    monkeypatch.setattr(common.Generator, "make", make)
    return runs / "gan"


def test_the_nearest_real_pictures_tell_the_class():
    real, labels = SHAPES.examples(400)
    noise = np.random.default_rng(0).normal(0, 0.05, real[:50].shape)
    nearest = latent_studies.nearest_classes(real[:50] + noise, real, labels)
    assert nearest.shape == (50, 5)
    assert np.all(np.any(nearest == labels[:50, None], axis=1))  # itself is among them
    distances = np.sum((real[:50, None] + noise[:, None] - real[None]) ** 2, axis=(2, 3, 4))
    expected = labels[np.argsort(distances, axis=1)[:, :5]]
    np.testing.assert_array_equal(np.sort(nearest), np.sort(expected))


def test_the_surest_come_first_and_a_minority_does_not_count():
    votes = np.array([[7, 7, 7, 1, 1], [1, 1, 1, 7, 7], [7, 7, 7, 7, 7], [7, 7, 7, 7, 2]])
    np.testing.assert_array_equal(latent_studies._alike(votes, 7, "seven"), [2, 3, 0])
    with pytest.raises(common.ExportError, match="only 1 of 1000 samples look like one"):
        latent_studies._alike(votes, 1, "one")


def test_a_picture_of_an_equation(runs, tmp_path, call, monkeypatch):
    # An untrained generator makes one thing: let it be all classes.
    monkeypatch.setattr(latent_studies, "nearest_classes", lambda images, *_: np.eye(0))
    real_alike = latent_studies._alike
    monkeypatch.setattr(latent_studies, "_alike", lambda votes, label, name: np.arange(5) + label)
    assert real_alike is not latent_studies._alike
    flags = ["--arithmetic", "circle", 1, "circle", "--count", 2, "--output", tmp_path]
    stdout = call("export.images", runs / "gan", *flags)
    assert "5 like circle, 5 like square, 5 like circle" in stdout
    with Image.open(tmp_path / "seed0-circle-minus-square-plus-circle.png") as picture:
        width, height = picture.size
    assert width % (4 * 8) == 0 and width // 4 >= 7 * len("+ circle")
    assert height == 14 + 3 * width // 4


def test_a_class_that_is_not_made_is_named(runs, call):
    message = call("export.images", runs / "gan", "--arithmetic", 0, 1, 2, code=1)
    assert "samples look like" in message and "train on" in message


def test_what_has_no_labels_or_is_told_them_is_refused(runs, call):
    message = call("export.images", runs / "cgan", "--arithmetic", 0, 1, 2, code=1)
    assert "is told labels" in message
    message = call("export.images", runs / "gan", "--arithmetic", 0, 1, "dog", code=1)
    assert "no class 'dog'" in message and "circle" in message
