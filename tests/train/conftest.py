import functools
import importlib

import pytest
from PIL import Image

from tests.train.small_runs import SMALL
from tests.train.stand_ins import KINDS, STAND_IN
from train.common.command import main


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Run a command in this process, which spares it TensorFlow's start; return code and output."""

    def run(name, *arguments):
        monkeypatch.chdir(tmp_path)
        module = importlib.import_module(f"train.{name}")
        has_recipe = hasattr(module, "RECIPE")
        command = functools.partial(main, module.RECIPE) if has_recipe else module.main
        capsys.readouterr()
        try:
            command([str(argument) for argument in arguments])
            code = 0
        except SystemExit as stop:
            code = stop.code
        said = capsys.readouterr()
        if isinstance(code, str):  # what Python does with a message: print it and exit with 1
            return 1, said.out, said.err + code
        return code, said.out, said.err

    return run


@pytest.fixture
def two_classes(tmp_path):
    """Make data/ant and data/bee, of one image each; return the flags of a small model of them."""
    for name in ("ant", "bee"):
        (tmp_path / "data" / name).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(tmp_path / "data" / name / "a.png")
    small = "--data data --image-size 8 --latent-dim 4 --filters 4"
    return f"{small} --epochs 1 --steps-per-epoch 1".split()


@pytest.fixture
def train(call):
    """Train a small model of a variant in this process."""
    return lambda variant, *arguments: call(variant, *SMALL[variant].split(), *arguments)


@pytest.fixture
def compare(tmp_path, monkeypatch, call):
    """Compare stand-ins, by kind, in this process; return exit code, output and errors."""
    (tmp_path / "stand_ins").mkdir()
    for kind, code in KINDS.items():
        (tmp_path / "stand_ins" / f"{kind}.py").write_text(STAND_IN + code)
    monkeypatch.syspath_prepend(tmp_path)

    def run(kinds, *arguments, minutes=0.1):
        variants = ",".join(f"stand_ins.{kind}" for kind in kinds)
        flags = ["--data", "shapes", "--variants", variants, "--minutes", minutes, "--jobs", 2]
        return call("compare", *flags, "--output", "compared", *arguments)

    return run
