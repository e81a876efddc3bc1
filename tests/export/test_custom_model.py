"""Exports of a model of the user's own, which `--model` names, and of runs of version 0.1.0."""

import json
import shutil
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

SAVED_RUN = Path(__file__).parents[1] / "saved" / "run"
MODULE = '''
"""A GAN of the user's own."""
from keras_gans.models import GAN


class OwnGAN(GAN):
    """A GAN of my own. It has no paper."""
'''


def change_class(checkpoint):
    """Make a checkpoint of `OwnGAN`, which has the weights of a `GAN`."""
    with zipfile.ZipFile(checkpoint) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    own = {"module": "own_gan", "class_name": "OwnGAN", "registered_name": "own_gan>OwnGAN"}
    members["config.json"] = json.dumps(config | own)
    with zipfile.ZipFile(checkpoint, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.fixture
def own_run(runs, tmp_path, monkeypatch):
    """A run of a model of the user's own, in a directory with its module."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_gan.py").write_text(MODULE)
    run = shutil.copytree(runs / "gan", tmp_path / "run", ignore=shutil.ignore_patterns("export"))
    config = (run / "config.yaml").read_text()
    (run / "config.yaml").write_text(config.replace("model: gan", "model: own_gan:OwnGAN"))
    change_class(next((run / "checkpoints").iterdir()))
    yield run
    sys.modules.pop("own_gan", None)
    keras.saving.get_custom_objects().pop("own_gan>OwnGAN", None)


def test_a_model_of_the_users_own_is_exported_if_it_is_named(own_run, runs, call):
    for command in ("tflite", "saved_model", "images", "__main__"):
        message = call(f"export.{command}", own_run, code=1)
        assert "--model own_gan:OwnGAN" in message and message.count("\n") == 1
    call("export.images", own_run, "--model", "own_gan:OwnGAN", "--output", "own.npz")
    call("export.images", runs / "gan", "--output", "gan.npz")
    with np.load("own.npz") as own, np.load("gan.npz") as gan:
        np.testing.assert_array_equal(own["images"], gan["images"])
    call("export.tflite", own_run, "--model", "own_gan:OwnGAN")


def test_another_model_is_refused_and_not_imported(own_run, call):
    message = call("export.tflite", own_run, "--model", "antigravity:fly", code=1)
    assert "own_gan:OwnGAN, not of antigravity:fly" in message
    assert "antigravity" not in sys.modules


def test_the_model_card_of_a_model_without_a_paper(own_run):
    from export.common import model_card
    from export.common.trained_run import open_run

    run = open_run(own_run, model="own_gan:OwnGAN")
    card = model_card.text(run, [])
    assert card.startswith("# OwnGAN on shapes\n\nA GAN of my own, trained with keras_gans.")
    assert "own_gan" not in sys.modules["keras_gans"].__dict__


def test_a_run_of_version_0_1_0_is_exported(tmp_path, call):
    run = shutil.copytree(SAVED_RUN, tmp_path / "run")
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    assert "max abs error" in call("export.tflite", run)
    call("export.images", run, "--labels", "square", "--count", 2, "--output", tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as arrays:
        assert arrays["labels"].tolist() == [5, 5] and arrays["images"].shape == (2, 8, 8, 3)
    assert all(path.read_bytes() == content for path, content in before.items())
