"""The benchmark of the frame rate, `python -m benchmarks.web_page`."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
pytest.importorskip("playwright", reason="pip install playwright")
pytestmark = pytest.mark.skipif(not shutil.which("chromium"), reason="there is no chromium")


def measure(*arguments):
    command = [sys.executable, "-m", "benchmarks.web_page", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_row_for_each_accelerator(site):
    done = measure(site[1] / "pix2pix", "--seconds", "2")
    assert done.returncode == 0, done.stderr
    rows = done.stdout.splitlines()[2:]
    assert ["CPU" in rows[0], "WebGPU" in rows[1], len(rows)] == [True, True, 2]
    for row in rows:
        assert re.search(r"\| 32x32 .*\| \d+\.\d +\| \d+\.\d +\|$", row)


def test_a_page_of_a_sampler_has_no_camera(site):
    done = measure(site[1] / "gan")
    assert done.returncode == 1 and "has no camera" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_folder_that_is_no_page_is_named(tmp_path):
    done = measure(tmp_path)
    assert done.returncode == 1 and f"{tmp_path} is no exported page" in done.stderr
    assert done.stderr.count("\n") == 1
