"""Comparisons: two variants as a user compares them, and what is refused."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata

from keras_gans.cli.run_directory import RunDirectory
from tests.train.report_page import read_report, table_rows

ROOT = Path(__file__).parents[2]
SMALL = "--data shapes --features random --metrics fid --samples 20 --evaluations 2".split()
FOR_ALL = "-- --image-size 8 --filters 4 --latent-dim 4 --r1 0".split()


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Compare two variants as a user does; return the folder and the output."""
    folder = tmp_path_factory.mktemp("compared") / "comparison"
    command = [*SMALL, "--variants", "gan,lsgan", "--minutes", "0.003", "--seeds", "2"]
    command += ["--jobs", "2", "--output", str(folder), *FOR_ALL]
    done = subprocess.run(
        [sys.executable, "-m", "train.compare", *command],
        cwd=folder.parent,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return SimpleNamespace(folder=folder, output=done.stdout, command=command)


def evaluations(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_every_variant_is_trained_from_every_seed_for_its_time(compared):
    runs = sorted(path.name for path in compared.folder.iterdir() if path.is_dir())
    assert runs == ["gan-0", "gan-1", "lsgan-0", "lsgan-1"]
    assert "0 of 4 trainings are done" in compared.output
    for name in runs:
        last = evaluations(compared.folder / name)[-1]
        assert last["seconds"] >= 0.2 and last["features"] == "random features"
        assert last["samples"] == {"generator": 20}
        assert f"{name}: step {last['step']:,}  fid {last['fid']:.4g}" in compared.output
        config = RunDirectory(compared.folder / name).read().config
        assert config["seed"] == int(name[-1]) and config["image_size"] == 8
        log = (compared.folder / f"{name}.log").read_text().splitlines()
        assert any(line.startswith(f"{name[:-2]} on shapes: ") for line in log)


def test_the_report(compared):
    readme, page = read_report(compared.folder)
    title = readme.splitlines()[0].removeprefix("# ")
    digits = r" \([0-9a-f]{8}\)"  # which tell examples and networks by their content
    expected = "0.003 CPU minutes each, 2 seeds: random features, 20 samples against val"
    assert re.sub(digits, "", title) == expected and title in page.text
    command = "python -m train.compare " + " ".join(compared.command)
    assert command in readme and command in page.text
    assert len(page.links) == 3  # the curves, and a sample grid of each variant
    headers, *rows = table_rows(readme)
    assert headers == ["variant", "fid, last", "fid, best", "steps", "steps per CPU second"]
    assert {row[0] for row in rows} == {"gan", "lsgan"}
    assert table_rows(compared.output) == [headers, *rows]


def hparams(run):
    logs = EventAccumulator(str(run / "logs"))
    logs.Reload()
    content = logs.SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data.content
    values = metadata.parse_session_start_info_plugin_data(content).hparams
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in values.items()}


def test_tensorboard_has_the_hyperparameters(compared):
    found = hparams(compared.folder / "lsgan-1")
    assert found["variant"] == "lsgan" and found["seed"] == 1 and found["filters"] == 4


def test_the_same_command_again_trains_nothing(compared, call):
    def state():
        files = [path for path in compared.folder.rglob("*") if path.is_file()]
        return {path: path.stat().st_mtime_ns for path in files if path.parent != compared.folder}

    before = state()
    code, stdout, stderr = call("compare", *compared.command)
    assert (code, stderr) == (0, "") and "4 of 4 trainings are done" in stdout
    assert state() == before
    read_report(compared.folder)


def test_other_flags_are_refused_if_there_are_evaluations(compared, call):
    before = (compared.folder / "README.md").read_text()
    code, _, stderr = call("compare", *compared.command, "--learning-rate", "0.1")
    assert code == 1 and "flags was" in stderr and "choose another --output" in stderr
    assert (compared.folder / "README.md").read_text() == before


@pytest.mark.parametrize(
    "flags, words",
    [
        ("--variants gam --minutes 1", "no variant 'gam': choose from acgan, cgan"),
        ("--variants gan,no.such.module --minutes 1", "no variant 'no.such.module'"),
        ("--variants train.nothing --minutes 1", "no variant 'train.nothing'"),
        ("--variants .gan --minutes 1", "no variant '.gan'"),
        ("--variants gan,gan --minutes 1", "given twice: gan,gan"),
        ("--variants , --minutes 1", "no variant ''"),
        ("--variants gan,'gan --minutes 1", "No closing quotation"),
        ("--variants gan --minutes 0", "over 0"),
        ("--variants gan --minutes 1 --seeds 0", "1 or more"),
        ("--variants gan", "--minutes"),
    ],
)
def test_what_cannot_be_compared_is_refused(flags, words, tmp_path, call):
    code, _, stderr = call("compare", "--data", "shapes", *flags.split())
    assert code == 1 and words in stderr and "Traceback" not in stderr
    assert not (tmp_path / "runs").exists()
