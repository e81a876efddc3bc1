import importlib
import json
import shutil
import subprocess
import sys

import keras
import pytest

from train.common.command import main

SHAPES = "--data shapes --image-size 8 --latent-dim 4"
RUNS = {
    "gan": f"{SHAPES} --ema 0.5",
    "cgan": f"{SHAPES} --filters 4 --precision bfloat16",
    "cyclegan": "--data stripes --image-size 24 --filters 2 --blocks 1 --discriminator-filters 2",
    "pix2pix": "--data outlines --image-size 32 --filters 2 --discriminator-filters 2",
}


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """A run of each kind of model, trained for two steps, by name."""
    folder = tmp_path_factory.mktemp("runs")
    for name, flags in RUNS.items():
        shared = ["--epochs", "1", "--steps-per-epoch", "2", "--run-dir", str(folder / name)]
        recipe = importlib.import_module(f"train.{name}").RECIPE
        with pytest.raises(SystemExit) as stop:
            main(recipe, [*flags.split(), *shared])
        assert stop.value.code == 0
    keras.config.set_dtype_policy("float32")
    return folder


@pytest.fixture
def run(runs, tmp_path, request):
    """A copy of the run that a test is parametrized with, without other tests' exports."""
    ignored = shutil.ignore_patterns("export")
    return shutil.copytree(runs / request.param, tmp_path / "run", ignore=ignored)


@pytest.fixture
def change_data():
    """Change the name of the data set that a run was trained on."""

    def change(run, name):
        metadata = json.loads((run / "metadata.json").read_text())
        metadata["data"]["name"] = str(name)
        (run / "metadata.json").write_text(json.dumps(metadata))

    return change


@pytest.fixture
def call(capsys):
    """Run a command in this process, which saves TensorFlow's start; return what it prints."""

    def call_it(module, *arguments, code=0):
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            importlib.import_module(module).main([str(argument) for argument in arguments])
        exit_code, printed = stop.value.code, capsys.readouterr()
        message = printed.err
        if isinstance(exit_code, str):  # as Python does: it prints a message and exits with 1
            message, exit_code = f"{printed.err}{exit_code}\n", 1
        assert exit_code == code, message
        return message if code else printed.out

    return call_it


@pytest.fixture
def without_the_library(tmp_path):
    """Run a program in a new process, in a directory without this library."""

    def start(program, *arguments):
        subprocess.run([sys.executable, "-c", program, *arguments], cwd=tmp_path, check=True)

    return start
