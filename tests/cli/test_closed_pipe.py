"""What commands do if nobody reads what they print, as after `| head`, or the disk is full."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"])
def unbuffered(request, monkeypatch):
    monkeypatch.setenv("PYTHONUNBUFFERED", request.param)
    return bool(request.param)


def run_into(stdout, *arguments, cwd):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )
    return done.returncode, done.stderr


def run_into_closed_pipe(*arguments, cwd):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return run_into(writer, *arguments, cwd=cwd)
    finally:
        os.close(writer)


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
def test_a_command_ends_without_a_word(arguments, tmp_path, unbuffered):
    assert run_into_closed_pipe("-m", *arguments, cwd=tmp_path) == (141, "")


def test_errors_are_said_all_the_same(tmp_path, unbuffered):
    code, stderr = run_into_closed_pipe("-m", "train.dcgan", "--filters", "x", cwd=tmp_path)
    assert code == 1 and stderr.startswith("error: --filters must be a whole number, not 'x'\n")


SCRIPT = """
from keras_gans.cli.main import run_command
def command():
    print("a line")
    {}
run_command(command)
"""


def test_what_is_left_to_write_at_the_end_is_dropped(tmp_path, unbuffered):
    script = SCRIPT.format("raise SystemExit('error: of the command')")
    # Without a buffer, the line before fails already.
    expected = (141, "") if unbuffered else (1, "error: of the command\n")
    assert run_into_closed_pipe("-c", script, cwd=tmp_path) == expected


@pytest.mark.parametrize("arguments", [["train"], ["train.dcgan", "--help"]], ids=" ".join)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_said_in_one_line(arguments, tmp_path, unbuffered):
    with open("/dev/full", "w") as full:
        code, stderr = run_into(full, "-m", *arguments, cwd=tmp_path)
    assert (code, stderr) == (1, "error: [Errno 28] No space left on device\n")


def test_a_socket_that_nobody_reads_is_not_stdout(tmp_path, unbuffered):
    script = SCRIPT.format(
        "import socket; a, b = socket.socketpair(); b.close(); a.sendall(b'text')"
    )
    found = run_into(subprocess.DEVNULL, "-c", script, cwd=tmp_path)
    assert found == (1, "error: [Errno 32] Broken pipe\n")


def test_of_tensorflows_warnings_that_of_retracing_alone_is_left_out(tmp_path):
    script = """
from keras_gans.cli.main import import_tensorflow_quietly
import_tensorflow_quietly()
import tensorflow as tf
tf.get_logger().warning("5 out of the last 5 calls triggered tf.function retracing.")
tf.get_logger().warning("the gradients do not exist")
"""
    code, stderr = run_into(subprocess.DEVNULL, "-c", script, cwd=tmp_path)
    assert code == 0 and "the gradients do not exist" in stderr and "retracing" not in stderr
