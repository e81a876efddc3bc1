"""`python -m train --data FOLDER`: the model that suits the data."""

import numpy as np
import pytest
import yaml
from PIL import Image

from tests.train.small_runs import assert_refused
from train.__main__ import main, recipe_names
from train.common.default_model import DEFAULTS


def photographs(folder, width=64, names=("a", "b")):
    folder.mkdir(parents=True)
    for seed, name in enumerate(names):
        pixels = np.random.default_rng(seed).integers(0, 256, (64, width, 3), "uint8")
        Image.fromarray(pixels).save(folder / f"{name}.png")


def test_every_default_is_a_command():
    assert set(DEFAULTS.values()) <= set(recipe_names())


@pytest.mark.parametrize(
    "make, model, why",
    [
        (lambda data: photographs(data), DEFAULTS["photographs"], "photographs"),
        (lambda data: photographs(data, width=128), "pix2pix", "pairs"),
        (
            lambda data: [photographs(data / name) for name in ("x", "y")],
            "sngan",
            "2 classes: x, y",
        ),
        (
            lambda data: [photographs(data / f"train{x}", names=[x]) for x in "AB"],
            "cyclegan",
            "two domains",
        ),
    ],
)
def test_the_model_is_named_and_all_its_flags_are_taken(
    make, model, why, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "data")
    with pytest.raises(SystemExit) as stop:
        main(["--data", "data", "--filters", "3", "--dry-run"])
    said = capsys.readouterr()
    assert not stop.value.code
    assert said.err.count("\n") == 1 and why in said.err and f"train.{model}" in said.err
    config = yaml.safe_load(said.out)
    assert (config["model"], config["data"], config["filters"]) == (model, "data", 3)


def test_a_run_is_trained_and_resumed_by_the_same_command(tmp_path, call):
    photographs(tmp_path / "data")
    small = (
        "--data data --image-size 16 --latent-dim 4 --filters 2 --steps-per-epoch 1 --batch-size 2"
    )
    for epochs in (1, 2):
        code, stdout, stderr = call("__main__", *small.split(), "--epochs", epochs)
        assert code == 0, stderr
        assert f"epoch {epochs}/{epochs}" in stdout
    assert (tmp_path / "runs" / f"{DEFAULTS['photographs']}-data" / "model.keras").exists()


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--data", "mnist"], ["folder of images", "python -m train.MODEL --data mnist"]),
        (["--data", "./missing"], ["folder of images", "./missing"]),
        (["--data", "images.npz"], ["folder of images", "images.npz"]),
        (["--data", "empty"], ["no model can be chosen", "no images in"]),
        (["--data"], ["--data needs a value"]),
        (["--filters", "3"], ["--data FOLDER", "--model"]),
    ],
)
def test_where_no_model_can_be_chosen_it_is_said(arguments, words, tmp_path, call):
    (tmp_path / "empty").mkdir()
    (tmp_path / "images.npz").write_bytes(b"")
    assert_refused(call("__main__", *arguments), *words)
