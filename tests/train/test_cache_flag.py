"""`--cache`: where the commands keep decoded images."""

import os

import numpy as np
import pytest
from PIL import Image

SMALL = "--image-size 8 --latent-dim 4 --filters 4 --steps-per-epoch 2 --batch-size 4".split()


@pytest.fixture
def photos(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for number in range(12):
        pixels = rng.integers(0, 256, (8, 8, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{number}.png")
    return ["--data", "photos", *SMALL, "--precision", "float32"]


def kept(tmp_path, name="cache"):
    return list((tmp_path / name).rglob("images-0"))


def weights(run):
    import keras_gans

    return keras_gans.load_model(run / "model.keras").get_weights()


def test_the_second_start_and_the_evaluation_read_the_cache(call, photos, tmp_path):
    arguments = [*photos, "--epochs", 1, "--cache", "cache"]
    code, _, said = call("dcgan", *arguments, "--run-dir", "a")
    assert code == 0 and "kept in" in said and len(kept(tmp_path)) == 1
    code, _, said = call("dcgan", *arguments, "--run-dir", "b")
    assert code == 0 and "read from" in said and "kept in" not in said
    metrics = ["--metrics", "fid", "--features", "random"]
    code, _, said = call("evaluate", "a", *metrics, "--cache", "cache")
    assert code == 0 and "read from" in said and len(kept(tmp_path)) == 1


def test_none_and_the_environment(call, photos, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_GANS_CACHE", str(tmp_path / "mine"))
    arguments = [*photos, "--epochs", 1, "--run-dir"]
    code, _, said = call("dcgan", *arguments, "a", "--cache", "none")
    assert (code, said) == (0, "") and not (tmp_path / "mine").exists()
    assert call("dcgan", *arguments, "b")[0] == 0 and len(kept(tmp_path, "mine")) == 1
    for x, y in zip(weights(tmp_path / "a"), weights(tmp_path / "b"), strict=True):
        np.testing.assert_array_equal(x, y)


def test_a_run_resumes_to_the_bit_whichever_way_its_data_go(call, photos, tmp_path, monkeypatch):
    def train(run, epochs, *flags):
        code, out, said = call("dcgan", *photos, "--epochs", epochs, "--run-dir", run, *flags)
        assert code == 0, said
        return said

    train("whole", 3)
    train("mixed", 1)
    assert "kept in" in train("mixed", 2, "--cache", "cache")
    monkeypatch.setenv("KERAS_GANS_CACHE_GB", "0.0000001")
    assert "decoded when needed" in train("mixed", 3, "--cache", "small")
    for x, y in zip(weights(tmp_path / "whole"), weights(tmp_path / "mixed"), strict=True):
        np.testing.assert_array_equal(x, y)


def test_an_image_that_is_gone_while_it_is_needed_is_named(call, photos, tmp_path, monkeypatch):
    from train.common.trainer import Trainer

    plain = Trainer.fit

    def fit(self, *arguments):
        os.remove(tmp_path / "photos" / "7.png")
        return plain(self, *arguments)

    monkeypatch.setattr(Trainer, "fit", fit)
    monkeypatch.setenv("KERAS_GANS_CACHE_GB", "0.0000001")
    flags = [*photos, "--epochs", 20, "--run-dir", "run", "--cache", "small"]
    code, _, said = call("dcgan", *flags)
    assert code == 1 and "7.png cannot be used" in said and "Traceback" not in said
