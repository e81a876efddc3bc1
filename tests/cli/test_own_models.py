"""Models of the user's own: trained, resumed, evaluated and exported without a change of ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from train.__main__ import main

ROOT = Path(__file__).parents[2]
MODULE = '''
from dataclasses import dataclass

from keras_gans import losses
from keras_gans.configs import LatentConfig
from keras_gans.training.latent_model import LatentModel
from keras_gans.validation import NonNegativeFloat


@dataclass(frozen=True)
class MyConfig(LatentConfig):
    """Hyperparameters.

    Args:
        strength: of something new.
    """

    strength: NonNegativeFloat = 0.5


class MyGAN(LatentModel):
    """A hinge DCGAN."""

    config_class = MyConfig
    adversarial_loss = losses.Hinge()

    def __init__(self, *args, strength: float = MyConfig.strength, **kwargs):
        super().__init__(*args, **kwargs)
        self.strength = strength

    @classmethod
    def arguments_from(cls, config):
        return {"strength": config.strength}
'''
SMALL = "--data shapes --image-size 8 --latent-dim 4 --filters 2 --steps-per-epoch 2".split()
MODEL = ["--model", "my_gan:MyGAN"]


@pytest.fixture
def run(tmp_path):
    (tmp_path / "my_gan.py").write_text(MODULE)

    def call(module, *arguments):
        done = subprocess.run(
            [sys.executable, "-m", module, *map(str, arguments)],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout, done.stderr

    return call


def test_from_training_to_images(run, tmp_path):
    code, stdout, stderr = run("train", *MODEL, *SMALL, "--epochs", 1, "--strength", 0.25)
    assert code == 0, stderr
    assert "my_gan:MyGAN on shapes" in stdout and "strength: 0.25" in stdout
    code, stdout, _ = run("train", *MODEL, *SMALL, "--epochs", 2, "--strength", 0.25)
    assert code == 0 and "epoch 2/2" in stdout and "epoch 1/2" not in stdout
    folder = tmp_path / "runs" / "mygan-shapes"
    code, stdout, stderr = run("train", "--config", folder / "config.yaml")
    assert code == 0 and "finished at step 4" in stdout, stderr
    evaluate = ["train.evaluate", folder, "--features", "random", "--metrics", "fid"]
    code, stdout, stderr = run(*evaluate, "--samples", 20, *MODEL)
    assert code == 0 and stdout.startswith("my_gan:MyGAN on shapes, step 4"), stderr
    code, _, stderr = run("export.images", folder, "--count", 2, *MODEL)
    assert code == 0 and len(list((folder / "export" / "images").glob("*.png"))) == 2, stderr


def test_what_a_run_says_is_not_imported(run, tmp_path):
    assert run("train", *MODEL, *SMALL, "--epochs", 1)[0] == 0
    (tmp_path / "my_gan.py").write_text("raise RuntimeError('imported')")
    folder = tmp_path / "runs" / "mygan-shapes"
    for module in ("train.evaluate", "export.images"):
        code, _, stderr = run(module, folder)
        assert code == 1 and "imported'" not in stderr
        assert "give --model my_gan:MyGAN to import it" in stderr


@pytest.mark.parametrize(
    "model, words",
    [
        ("nothing:MyGAN", ["nothing:MyGAN", "No module named", "working directory"]),
        ("my_gan:Other", ["my_gan:Other", "my_gan.py has no class Other"]),
        ("my_gan.py", ["MODULE:CLASS", "my_gan:MyGAN"]),
        ("my_gan:dataclass", ["no AdversarialModel"]),
        ("dcgun", ["no model 'dcgun'", "dcgan"]),
    ],
)
def test_a_model_that_there_is_not(model, words, tmp_path, monkeypatch, capsys):
    (tmp_path / "my_gan.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SystemExit) as stop:  # in this process, which spares TensorFlow's start
        main(["--model", model, *SMALL])
    said = stop.value.code  # a message: Python prints it and exits with 1
    assert all(word in said for word in words) and len(said.splitlines()) <= 2
    assert capsys.readouterr().err == "" and not (tmp_path / "runs").exists()
