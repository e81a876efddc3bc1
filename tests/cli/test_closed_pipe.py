"""What commands do if nobody reads what they print, as after `| head`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run_into_closed_pipe(*arguments, cwd):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        os.close(writer)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["keras_gans.cli.console", "--help"],
        ["train"],
        ["train.dcgan", "--help"],
        ["train.dcgan", "--dry-run"],
        ["train.evaluate", "--help"],
        ["train.compare", "--help"],
        ["train.digit_classifier", "--help"],
        ["train.domain_classifier", "--help"],
        ["train.inception_features", "--help"],
        ["train.photo_features", "--help"],
        ["train.publish", "--help"],
        ["export", "--help"],
        ["export.images", "--help"],
    ],
    ids=" ".join,
)
def test_a_command_ends_without_a_word(arguments, tmp_path):
    assert run_into_closed_pipe("-m", *arguments, cwd=tmp_path) == (141, "")


def test_errors_are_said_all_the_same(tmp_path):
    code, stderr = run_into_closed_pipe("-m", "train.evaluate", "nowhere", cwd=tmp_path)
    assert code == 1 and stderr.startswith("error: nowhere is no run")


@pytest.mark.parametrize(
    "unbuffered, outcome", [("", (1, "error: of the command\n")), ("1", (141, ""))]
)
def test_what_is_left_to_write_at_the_end_is_dropped(unbuffered, outcome, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    script = (
        "from keras_gans.cli.main import run_command\n"
        "def command():\n"
        "    print('a line')\n"
        "    raise SystemExit('error: of the command')\n"
        "run_command(command)"
    )
    assert run_into_closed_pipe("-c", script, cwd=tmp_path) == outcome
