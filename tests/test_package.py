"""The package: its layers, its sizes, its wheel, its console script."""

import ast
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRESETS = ROOT / "keras_gans" / "presets"
PACKAGES = ("keras_gans", "train", "export")
FILES = [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
MOST_LINES, MEDIAN_LINES, MOST_IN_A_FUNCTION = 300, 100, 60


def lines(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("package, other", [("train", "export"), ("export", "train")])
def test_commands_of_one_kind_do_not_import_the_other(package, other):
    for path in (ROOT / package).rglob("*.py"):
        assert other not in {name.split(".")[0] for name in imported(path)}, path


def test_files_and_functions_are_short():
    sizes = sorted(map(lines, FILES))
    assert sizes[-1] <= MOST_LINES and sizes[len(sizes) // 2] < MEDIAN_LINES
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno - node.lineno < MOST_IN_A_FUNCTION, f"{path}: {node.name}"


def test_the_wheel_holds_what_the_package_needs(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(ROOT)], check=True, cwd=tmp_path)
    (wheel,) = tmp_path.glob("keras_gans-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in FILES:
        assert str(path.relative_to(ROOT)) in names
    for name in ("keras_gans/evaluation/digits.keras", "train/common/report.html.jinja"):
        assert name in names
    for path in [*(ROOT / "export" / "web_page").iterdir(), *PRESETS.glob("*/*")]:
        if path.is_file() and path.suffix != ".pyc":
            assert str(path.relative_to(ROOT)) in names


def console(*arguments, cwd):
    code = "from keras_gans.cli.console import main; main()"
    return subprocess.run(
        [sys.executable, "-P", "-c", code, *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_the_console_script_runs_every_kind_of_command(tmp_path):
    for arguments, words in (
        (["--help"], "keras-gans train MODEL"),
        (["train"], "wgan_gp"),
        (["train", "dcgan", "--dry-run"], "model: dcgan"),
        (["evaluate", "--help"], "python -m train.evaluate"),
        (["compare", "--help"], "python -m train.compare"),
        (["export", "--help"], "python -m export"),
        (["export", "images", "--help"], "python -m export.images"),
    ):
        done = console(*arguments, cwd=tmp_path)
        assert done.returncode == 0 and words in done.stdout, done.stderr
    done = console("trian", cwd=tmp_path)
    assert done.returncode == 1 and "no command 'trian'" in done.stderr


def test_the_console_script_is_not_misled_by_a_file_called_like_a_package(tmp_path):
    (tmp_path / "train.py").write_text("print('not ours')")
    (tmp_path / "export").mkdir()
    for arguments in (["train", "dcgan", "--dry-run"], ["export", "--help"]):
        done = console(*arguments, cwd=tmp_path)
        assert done.returncode == 0 and "not ours" not in done.stdout, done.stderr


def test_fcntl_is_not_needed():
    code = "import sys; sys.modules['fcntl'] = None; import keras_gans.callbacks, keras_gans.models"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)
