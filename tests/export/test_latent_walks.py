"""`export.images --arithmetic`: the classes of samples, and the image of an equation."""

import numpy as np
import pytest

from export.common import latent_walks
from export.common.errors import ExportError
from export.common.trained_run import TrainedRun, open_run
from keras_gans import data
from keras_gans.latents import arithmetic
from keras_gans.pixels import to_pixels


class LabeledData:
    def __init__(self, class_names):
        self.class_names = class_names

    def __len__(self):
        return 6

    def examples(self, count):
        return np.zeros((count, 8, 8, 3), "float32"), np.zeros(count, "int32")


def test_samples_are_classified_by_their_nearest_real_images():
    real, labels = data.load("shapes", "labelled", image_size=8).examples(200)
    rng = np.random.default_rng(0)
    images = (real[:20] + rng.normal(0, 0.05, real[:20].shape)).astype("float32")
    distances = np.sum((images[:, None] - real[None]) ** 2, axis=(2, 3, 4))
    expected = labels[np.argsort(distances, axis=1)[:, :5]]
    nearest = latent_walks.nearest_labels(images, real, labels)
    np.testing.assert_array_equal(np.sort(nearest), np.sort(expected))
    assert np.all(np.any(nearest == labels[:20, None], axis=1))  # its original is among them


def test_most_votes_come_first_and_a_minority_does_not_count():
    votes = np.array([[7, 7, 7, 1, 1], [1, 1, 1, 7, 7], [7, 7, 7, 7, 7], [7, 7, 7, 7, 2]])
    np.testing.assert_array_equal(latent_walks._rows_of_class(votes, 7, "seven"), [2, 3, 0])
    with pytest.raises(ExportError, match="only 1 of 1000 samples look like one"):
        latent_walks._rows_of_class(votes, 1, "one")


def test_the_image_of_an_equation(runs, tmp_path, call, monkeypatch):
    # An untrained generator makes no class: choose some samples instead.
    chosen = {"circle": np.arange(3), "square": np.arange(3, 7), "ring": np.arange(7, 12)}
    monkeypatch.setattr(latent_walks, "_rows_of_class", lambda votes, label, name: chosen[name])
    flags = ["--count", 2, "--output", tmp_path / "o.npz", "--arithmetic", "circle", 5, "ring"]
    stdout = call("export.images", runs / "gan", *flags)
    assert "3 like circle, 4 like square, 5 like ring" in stdout
    with np.load(tmp_path / "o.npz") as arrays:
        assert arrays.files == ["images"]
        (image,) = arrays["images"]
    side = image.shape[1] // 4
    assert side % 8 == 0 and side >= 7 * len("- square")
    assert image.shape == (14 + 3 * side, 4 * side, 3)
    run = open_run(runs / "gan")
    (generator,) = run.generators()
    samples = run.model.sampling_inputs(1000, 0)["latents"]
    of_class = [samples[rows] for rows in chosen.values()]
    terms = np.stack([*(found.mean(axis=0) for found in of_class), arithmetic(*of_class)])
    row = np.hstack(to_pixels(generator.predict_on_batch({"latents": terms})))
    np.testing.assert_allclose(image[14 : 14 + side : side // 8, :: side // 8], row, atol=1)


def test_the_files_name_is_that_of_the_equation(runs, tmp_path, call, monkeypatch):
    monkeypatch.setattr(latent_walks, "_rows_of_class", lambda *arguments: np.arange(3))
    names = ["a/b", "c d", "../e"]  # such as TensorFlow Datasets' sun397 has
    monkeypatch.setattr(TrainedRun, "load_data", lambda run, task: LabeledData(names))
    call("export.images", runs / "gan", "--output", tmp_path / "o", "--arithmetic", *names)
    assert [path.name for path in tmp_path.rglob("*.png")] == ["seed0-a_b-minus-c_d-plus-.._e.png"]


def test_impossible_equations_are_explained(runs, call):
    def refused(kind, *classes):
        return call("export.images", runs / kind, "--arithmetic", *classes, code=1)

    message = refused("gan", 0, 1, 2)
    assert "of 1000 samples look like" in message and "train longer" in message
    message = refused("gan", "circle", 1, "dog")
    assert "no class 'dog'" in message and "ring" in message
    assert "is class-conditional" in refused("cgan", 0, 1, 2)
    assert "give --input" in refused("pix2pix", 0, 1, 2)


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_data_without_labels_are_an_error(run, call, change_data):
    change_data(run, "stripes")
    message = call("export.images", run, "--arithmetic", 0, 1, 2, code=1)
    assert "stripes" in message and "labelled" in message
