"""The command lines of exports: help, errors and interrupts."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = ("", ".saved_model", ".tflite", ".onnx", ".web", ".images", ".film")
HELP = """
import runpy, sys
sys.argv = ["export", "--help"]
try:
    runpy.run_module("export" + {module!r}, run_name="__main__", alter_sys=True)
except SystemExit as stop:
    assert not stop.code
assert not {{"tensorflow", "keras", "onnxruntime", "ai_edge_litert"}} & set(sys.modules)
"""


def environment():
    return os.environ | {"PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize("module", MODULES)
def test_help_needs_no_tensorflow(module, tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", HELP.format(module=module)],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert f"usage: python -m export{module}" in result.stdout and "RUN" in result.stdout
    assert ("--best" in result.stdout) == (module != ".film")


@pytest.mark.parametrize(
    "module, flags, words",
    [
        ("tflite", "--quantize int4", "int4"),
        ("tflite", "--batch-size 0", "--batch-size must be a whole number, 1 or more"),
        ("saved_model", "--version 0", "--version must be a whole number, 1 or more"),
        ("images", "--seed -1", "--seed must be a whole number from 0"),
        ("images", "--count none", "none"),
        ("onnx", "--directoin both", "did you mean --direction"),
    ],
)
def test_a_wrong_flag_is_named_in_two_lines(module, flags, words, call):
    message = call(f"export.{module}", "run", *flags.split(), code=1)
    assert message.startswith("error: ") and words in message and message.count("\n") == 2


def test_ctrl_c_is_one_line(runs):
    process = subprocess.Popen(
        [sys.executable, "-m", "export", runs / "cyclegan"],
        cwd=ROOT,
        env=environment() | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    printed = []
    for line in process.stdout:
        printed.append(line)
        if line.startswith(("SavedModel of", "TFLite")):  # the next format has begun
            process.send_signal(signal.SIGINT)  # again if it came in a __del__, where it is lost
    _, stderr = process.communicate()
    assert process.returncode == 130
    assert printed[-1] == "stopped\n"
    assert "Traceback" not in stderr
