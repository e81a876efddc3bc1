"""Flags from typed configurations, and configurations in files."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from keras_gans.cli.flags import flat, parse, read_config, to_flags, to_yaml, with_config_files
from keras_gans.errors import UserError
from keras_gans.validation import Config, PositiveFloat, PositiveInt
from train.__main__ import open_recipe, recipe_names
from train.common.command import main, parse_options

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Options(Config):
    """Options.

    Args:
        steps: how many.
        rate: of learning.
        kind: of a network.
        size: of images.
        restart: whether to.
    """

    steps: PositiveInt = 3
    rate: PositiveFloat | Literal["paper"] = "paper"
    kind: Literal["a", "b"] | None = None
    size: PositiveInt | None = None
    restart: bool = False


def options(*arguments):
    return parse(Options, prog="python -m it", description="It.", arguments=arguments)


def test_flags_have_the_types_of_the_fields():
    found = options("--steps", "5", "--rate", "0.5", "--kind", "b", "--size", "8", "--restart")
    assert found == Options(5, 0.5, "b", 8, True)
    assert options() == Options()
    assert options("--size", "auto", "--rate=paper") == Options()


def test_the_last_of_two_equal_flags_counts():
    assert options("--steps", "5", "--steps", "7", "--restart", "--no-restart") == Options(7)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ("--steps 0", "--steps must be a whole number, 1 or more, not 0"),
        ("--steps x", "--steps must be a whole number, not 'x'"),
        ("--size x", "--size must be a whole number, not 'x'"),
        ("--size 0", "--size must be a whole number, 1 or more, not 0"),
        ("--rate 0", "--rate must be a number over 0, not 0.0"),
        ("--rate x", "--rate must be FLOAT|{paper}, not 'x'"),
        ("--kind c", "--kind must be one of a, b, not c"),
        ("--step 3", "Unrecognized options: --step, 3 (did you mean --steps?)"),
        ("--steps", "Missing value for argument '--steps'. Expected 1 values."),
    ],
)
def test_an_error_is_a_line_and_the_way_to_the_help(arguments, message, capsys):
    with pytest.raises(SystemExit) as stop:
        options(*arguments.split())
    assert stop.value.code == f"error: {message}\npython -m it --help shows all flags"
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", recipe_names())
def test_a_configuration_as_flags_is_the_same_configuration(name):
    recipe = open_recipe(name)
    settings = recipe.defaults.settings
    assert parse_options(recipe, to_flags(settings)).settings == settings
    changed = parse_options(
        recipe, ["--batch-size", "3", "--filters", "5", "--learning-rate", "0.25"]
    )
    assert (
        parse_options(recipe, to_flags(changed.settings)).settings == changed.settings != settings
    )


@pytest.mark.parametrize("name", recipe_names())
def test_a_configuration_file_is_read_back(name, tmp_path):
    recipe = open_recipe(name)
    settings = parse_options(recipe, ["--epochs", "7", "--filters", "5"]).settings
    file = tmp_path / "run.yaml"
    file.write_text(to_yaml({"model": name, **settings}))
    assert parse_options(recipe, ["--config", str(file)]).settings == settings
    later = parse_options(recipe, [f"--config={file}", "--filters", "6"])
    assert later.settings == settings | {"filters": 6}


@pytest.mark.parametrize(
    "content, message",
    [
        (None, "cannot be read"),
        ("batch_size: [", "is not YAML"),
        ("- 3", "is no configuration"),
        ("3: 4", "is no configuration"),
    ],
)
def test_a_file_that_is_no_configuration(content, message, tmp_path):
    file = tmp_path / "run.yaml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UserError, match=message):
        read_config(file)
    with pytest.raises(UserError, match=message):
        with_config_files(["--config", str(file)])


@pytest.mark.parametrize(
    "flags, message",
    [
        ("--config", "--config needs a file"),
        ("--model", "--model needs a name"),
        ("--model wgan", "of the model wgan, not of dcgan"),
        ("--model=wgan", "of the model wgan, not of dcgan"),
    ],
)
def test_a_model_and_a_file_are_named(flags, message):
    recipe = open_recipe("dcgan")
    with pytest.raises(UserError, match=message):
        parse_options(recipe, flags.split())
    assert parse_options(recipe, ["--model=dcgan"]).settings == recipe.defaults.settings


def test_a_list_in_a_file_is_one_with_commas(tmp_path):
    (tmp_path / "run.yaml").write_text("evaluate_every: 10\nmetrics: [fid, kid]\n")
    options = parse_options(open_recipe("dcgan"), ["--config", str(tmp_path / "run.yaml")])
    assert options.evaluation.metric_names == ["fid", "kid"]


def test_a_dry_run_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        main(open_recipe("dcgan"), ["--filters", "5", "--dry-run"])
    assert stop.value.code == 0 and not list(tmp_path.iterdir())
    shown = capsys.readouterr().out
    assert "model: dcgan" in shown and "filters: 5" in shown


def test_nested_configurations_are_flat():
    settings = open_recipe("pix2pix").defaults
    assert flat(settings)["direction"] == "a_to_b" and flat(settings)["l1_weight"] == 100.0
    assert "run_dir" in flat(settings) and "run_dir" not in settings.settings


def seconds(*command):
    start = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    run = {"cwd": ROOT, "env": environment, "check": True, "capture_output": True}
    subprocess.run([sys.executable, *command], **run)
    return time.perf_counter() - start


COMMANDS = "train train.dcgan train.cyclegan train.evaluate train.compare train.digit_classifier"
COMMANDS += " train.publish train.domain_classifier train.photo_features"
COMMANDS += " train.inception_features"
COMMANDS += " export export.images export.tflite export.saved_model export.onnx export.web"


@pytest.mark.parametrize("module", f"{COMMANDS} export.film".split())
def test_help_answers_in_a_second(module):
    # A machine that is busy with other tests may need a few tries.
    assert any(seconds("-m", module, "--help") < 1.0 for _ in range(5))


@pytest.mark.parametrize("module", COMMANDS.split())
def test_help_needs_no_tensorflow_and_no_fcntl(module):
    code = (
        "import runpy, sys; sys.modules['fcntl'] = None; sys.argv = ['it', '--help']\n"
        f"try: runpy.run_module({module!r}, run_name='__main__')\n"
        "except SystemExit as stop: assert not stop.code, stop.code\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)
