import importlib
import shutil
import subprocess
import sys

import keras
import pytest

SHAPES = "--data shapes --image-size 8 --latent-dim 4"
RUNS = {
    "gan": f"{SHAPES} --ema 0.5",
    "cgan": f"{SHAPES} --filters 4 --precision bfloat16",
    "cyclegan": "--data stripes --image-size 24 --filters 2 --blocks 1 --discriminator-filters 2",
    "pix2pix": "--data outlines --image-size 32 --filters 2 --discriminator-filters 2",
}


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """A run of each kind, trained for two steps, by name."""
    folder = tmp_path_factory.mktemp("runs")
    for name, flags in RUNS.items():
        shared = ["--epochs", "1", "--steps-per-epoch", "2", "--run-dir", str(folder / name)]
        entry = importlib.import_module(f"train.{name}").ENTRY
        with pytest.raises(SystemExit) as stop:
            entry.main([*flags.split(), *shared])
        assert stop.value.code == 0
    keras.config.set_dtype_policy("float32")
    return folder


@pytest.fixture
def run(runs, tmp_path, request):
    """A run of its own, of the kind that a test is parametrized with."""
    # Without what other tests have exported of it.
    ignored = shutil.ignore_patterns("export")
    return shutil.copytree(runs / request.param, tmp_path / "run", ignore=ignored)


@pytest.fixture
def call(capsys):
    """Run a command in this process, which spares it TensorFlow's start; return what it says."""

    def call_it(module, *arguments, code=0):
        capsys.readouterr()
        try:
            importlib.import_module(module).main([str(argument) for argument in arguments])
            stopped = 0
        except SystemExit as stop:
            stopped = stop.code
        said = capsys.readouterr()
        message = said.err
        if isinstance(stopped, str):  # what Python does with a message: print it and exit with 1
            message, stopped = f"{said.err}{stopped}\n", 1
        assert stopped == code, message
        return message if code else said.out

    return call_it


@pytest.fixture
def without_the_library(tmp_path):
    """Run a program in a process of its own, from a directory without this library."""

    def start(program, *arguments):
        subprocess.run([sys.executable, "-c", program, *arguments], cwd=tmp_path, check=True)

    return start
