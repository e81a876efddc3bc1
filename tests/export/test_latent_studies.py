"""What `export.images --arithmetic` finds and shows."""

import numpy as np
import pytest

from export.common import latent_studies
from export.common import runs as trained
from export.common.files import ExportError
from keras_gans import data
from keras_gans.latents import arithmetic
from keras_gans.pixels import to_pixels


def test_the_nearest_real_pictures_tell_the_class():
    real, labels = data.load("shapes", "labelled", image_size=8).examples(200)
    rng = np.random.default_rng(0)
    images = (real[:20] + rng.normal(0, 0.05, real[:20].shape)).astype("float32")
    distances = np.sum((images[:, None] - real[None]) ** 2, axis=(2, 3, 4))
    expected = labels[np.argsort(distances, axis=1)[:, :5]]
    nearest = latent_studies.nearest_classes(images, real, labels)
    np.testing.assert_array_equal(np.sort(nearest), np.sort(expected))
    assert np.all(np.any(nearest == labels[:20, None], axis=1))  # its original is among them


def test_the_surest_come_first_and_a_minority_does_not_count():
    votes = np.array([[7, 7, 7, 1, 1], [1, 1, 1, 7, 7], [7, 7, 7, 7, 7], [7, 7, 7, 7, 2]])
    np.testing.assert_array_equal(latent_studies._alike(votes, 7, "seven"), [2, 3, 0])
    with pytest.raises(ExportError, match="only 1 of 1000 samples look like one"):
        latent_studies._alike(votes, 1, "one")


def test_the_picture_of_an_equation(runs, tmp_path, call, monkeypatch):
    # An untrained generator makes nothing of any class: let these be theirs.
    chosen = {"circle": np.arange(3), "square": np.arange(3, 7), "ring": np.arange(7, 12)}
    monkeypatch.setattr(latent_studies, "_alike", lambda votes, label, name: chosen[name])
    flags = ["--count", 2, "--output", tmp_path / "o.npz", "--arithmetic", "circle", 5, "ring"]
    stdout = call("export.images", runs / "gan", *flags)
    assert "3 like circle, 4 like square, 5 like ring" in stdout
    with np.load(tmp_path / "o.npz") as arrays:
        picture = arrays["seed0-circle-minus-square-plus-ring"]
    side = picture.shape[1] // 4
    assert side % 8 == 0 and side >= 7 * len("- square")
    assert picture.shape == (14 + 3 * side, 4 * side, 3)
    run = trained.open_run(runs / "gan")
    (generator,) = run.generators()
    drawn = run.model.sampling_inputs(1000, 0)["latents"]
    likes = [drawn[indices] for indices in chosen.values()]
    terms = np.stack([*(like.mean(axis=0) for like in likes), arithmetic(*likes)])
    row = np.hstack(to_pixels(generator.make({"latents": terms})))
    np.testing.assert_allclose(picture[14 : 14 + side : side // 8, :: side // 8], row, atol=1)


def test_what_cannot_be_added_or_subtracted_is_said(runs, call):
    def refused(kind, *classes):
        return call("export.images", runs / kind, "--arithmetic", *classes, code=1)

    message = refused("gan", 0, 1, 2)
    assert "of 1000 samples look like" in message and "train on" in message
    message = refused("gan", "circle", 1, "dog")
    assert "no class 'dog'" in message and "ring" in message
    assert "is told labels" in refused("cgan", 0, 1, 2)
    assert "give --input" in refused("pix2pix", 0, 1, 2)


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_data_without_labels_are_an_error(run, call):
    config = (run / "config.json").read_text()
    (run / "config.json").write_text(config.replace('"shapes"', '"stripes"'))
    message = call("export.images", run, "--arithmetic", 0, 1, 2, code=1)
    assert "stripes" in message and "labelled" in message
