"""Comparisons: several trainings, of which some resume or fail."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata

from keras_gans.cli.run_directory import RunDirectory
from tests.train.report_page import read_report, table_rows
from train.common.training_job import TrainingJob

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


# With stand-ins for trainings, which need no TensorFlow ------------------------------------------

STAND_IN = """
import argparse, json, os, signal, sys, time
from pathlib import Path

import numpy as np

from keras_gans.cli.run_directory import RunDirectory, RunInfo
from keras_gans.data.config import DataConfig

parser = argparse.ArgumentParser()
for flag in ("--run-dir", "--seed", "--cpu-minutes", "--epochs", "--data", "--evaluate-every"):
    parser.add_argument(flag, required=True)
options, others = parser.parse_known_args()
run, minutes = Path(options.run_dir), float(options.cpu_minutes)
run.mkdir(exist_ok=True)
with open(run / "calls", "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
names = ("CUDA_VISIBLE_DEVICES", "TF_FORCE_GPU_ALLOW_GROWTH", "OMP_NUM_THREADS", "TF_CONFIG")
(run / "environment").write_text(json.dumps({name: os.environ.get(name) for name in names}))
if not RunDirectory(run).exists():
    config = {"epochs": 1, "seed": int(options.seed), "precision": "float32"}
    info = RunInfo("gan", config, DataConfig("shapes", "images"), "0", None, {})
    RunDirectory(run).begin(info, [np.zeros(1)], earlier=None, may_change=())


def end(seconds):
    line = {"step": 10, "seconds": round(seconds, 1), "fid": 3.0 + float(options.seed)}
    line |= {"features": "some features", "samples": {"generator": 9}, "split": "test"}
    (run / "metrics.jsonl").write_text(json.dumps(line) + "\\n")

"""
KINDS = {
    "good": "end(60 * minutes)",
    "broken": "print('on its way'); sys.exit('error: it cannot be\\nGive something else')",
    "crashing": "raise RuntimeError('a bug')",
    "short": "end(30 * minutes)",
    "slow": """
def stop(number, frame):
    with open(run / "signals", "a") as signals:
        signals.write(f"{number}\\n")
    time.sleep(0.3)
    (run / "saved").touch()
    sys.exit(143)

signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
(run / "session").write_text(str(os.getsid(0) == os.getpid()))
while True:
    time.sleep(0.01)
""",
}


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


def calls(run):
    return [json.loads(line) for line in (run / "calls").read_text().splitlines()]


def test_the_flags_of_a_training(compare, tmp_path):
    flags = ["--metrics", "fid", "--samples", 9, "--features", "random", "--data-dir", "there"]
    code, _, _ = compare(["good"], "--seeds", 1, *flags, "--evaluations", 3, "--", "--filters", 4)
    (given,) = calls(tmp_path / "compared" / "good-0")
    assert code == 0 and dict(zip(given[::2], given[1::2], strict=True)) == {
        "--run-dir": "compared/good-0",
        "--seed": "0",
        "--cpu-minutes": "0.1",
        "--epochs": "1000000",
        "--steps-per-epoch": "500",
        "--data": "shapes",
        "--data-dir": "there",
        "--evaluate-every": "2s",
        "--metrics": "fid",
        "--samples": "9",
        "--features": "random",
        "--filters": "4",
    }


def test_a_variant_may_have_flags(compare, tmp_path):
    both = ["good", "good --filters 8  --r1 '0.5'"]
    code, stdout, _ = compare(both, "--seeds", 2, "--", "--filters", 4)
    assert code == 0 and "good-filters-8-r1-0.5-1: step 10" in stdout
    folders = [tmp_path / "compared" / f"{name}-1" for name in ("good", "good-filters-8-r1-0.5")]
    ((plain,), (own,)) = map(calls, folders)
    assert "--r1" not in plain and own[own.index("--r1") + 1] == "0.5"
    # The second of two equal flags counts: a variant's own flags override those for all.
    assert [own[i + 1] for i, flag in enumerate(own) if flag == "--filters"] == ["4", "8"]
    assert folders[1].with_name("good-filters-8-r1-0.5-1.log").exists()
    readme, page = read_report(tmp_path / "compared")
    assert [row[:2] for row in table_rows(readme)[1:]] == [
        ["good", "3.5 (3 to 4)"],
        ["good --filters 8 --r1 0.5", "3.5 (3 to 4)"],
    ]
    assert "good --filters 8 --r1 0.5" in page.text
    code, stdout, _ = compare(both, "--seeds", 2, "--", "--filters", 4)
    assert code == 0 and "4 of 4 trainings are done" in stdout


@pytest.mark.parametrize("flag", ["--run-dir", "--seed", "--cpu-minutes", "--patience"])
def test_flags_that_the_comparison_sets_are_refused(compare, tmp_path, flag):
    for kinds, for_all in ((["good"], ["--", flag, 7]), ([f"good {flag}=7"], [])):
        code, _, stderr = compare(kinds, "--seeds", 1, *for_all)
        assert code == 1 and flag in stderr and not (tmp_path / "compared").exists()


@pytest.mark.parametrize(
    "flag",
    ["--samples 9", "--image-size=8", "--image_size=8", "--features random", "--channels 1"],
)
def test_flags_that_metrics_depend_on_must_be_the_same(compare, tmp_path, flag):
    code, _, stderr = compare(["good", f"good {flag}"], "--seeds", 1)
    assert (
        code == 1 and "must be the same for all" in stderr and not (tmp_path / "compared").exists()
    )


def test_flags_in_a_configuration_file_are_checked_too(compare, tmp_path):
    (tmp_path / "seed.yaml").write_text("seed: 7")
    (tmp_path / "size.yaml").write_text("image_size: 8")
    (tmp_path / "good.yaml").write_text("filters: 8")
    for kinds, for_all, flag in (
        (["good"], ["--", "--config", "seed.yaml"], "--seed"),
        (["good --config size.yaml"], [], "--image-size"),
        (["good --config none.yaml"], [], "none.yaml"),
    ):
        code, _, stderr = compare(kinds, "--seeds", 1, *for_all)
        assert code == 1 and flag in stderr and not (tmp_path / "compared").exists()
    # What the file holds counts, also when it changes later.
    assert compare(["good"], "--seeds", 1, "--", "--config", "good.yaml")[0] == 0
    assert "--filters" in calls(tmp_path / "compared" / "good-0")[0]
    (tmp_path / "good.yaml").write_text("filters: 9")
    code, _, stderr = compare(["good"], "--seeds", 1, "--", "--config", "good.yaml")
    assert code == 1 and "flags was ['--filters', '8'], now ['--filters', '9']" in stderr


def test_a_mistake_can_be_corrected(compare, tmp_path):
    assert compare(["broken"], "--seeds", 1, "--metrics", "fdi")[0] == 1
    assert compare(["good"], "--seeds", 1, "--metrics", "fid")[0] == 0
    code, _, stderr = compare(["good"], "--seeds", 1, "--metrics", "kid")
    assert code == 1 and "metrics was fid, now kid" in stderr


def test_a_report_that_no_comparison_wrote_is_kept(compare, tmp_path):
    (tmp_path / "compared").mkdir()
    (tmp_path / "compared" / "README.md").write_text("mine")
    code, _, stderr = compare(["good"], "--seeds", 1)
    assert code == 1 and "choose another --output" in stderr
    assert [path.name for path in (tmp_path / "compared").iterdir()] == ["README.md"]
    assert (tmp_path / "compared" / "README.md").read_text() == "mine"


def test_a_damaged_record_of_the_options_is_named(compare, tmp_path):
    assert compare(["good"], "--seeds", 1)[0] == 0
    (tmp_path / "compared" / "compare.json").write_text("{")
    code, _, stderr = compare(["good"], "--seeds", 1)
    assert code == 1 and "compare.json is damaged: delete it" in stderr


def test_minutes_may_grow_but_not_shrink(compare, tmp_path):
    assert compare(["good"], "--seeds", 1, minutes=0.1)[0] == 0
    assert compare(["good"], "--seeds", 1, minutes=0.2)[0] == 0
    assert len(calls(tmp_path / "compared" / "good-0")) == 2
    code, _, stderr = compare(["good"], "--seeds", 1, minutes=0.1)
    assert code == 1 and "minutes was 0.2, now 0.1" in stderr


def test_a_training_that_fails_is_reported_and_the_others_are_kept(compare, tmp_path):
    code, stdout, stderr = compare(["good", "broken", "crashing", "short"], "--seeds", 1)
    assert code == 1 and "Traceback" not in stderr
    broken, crashing, short = sorted(stderr.splitlines())
    assert (
        broken == "error: broken-0: error: it cannot be Give something else (compared/broken-0.log)"
    )
    assert crashing == "error: crashing-0: RuntimeError: a bug (compared/crashing-0.log)"
    assert short == "error: short-0: it ended before its time was up (compared/short-0.log)"
    assert "on its way" in (tmp_path / "compared" / "broken-0.log").read_text()
    readme, _ = read_report(tmp_path / "compared")
    (row,) = table_rows(readme)[1:]
    assert row[:4] == ["good", "3", "3", "10"] and "short" not in readme.partition("```\n\n")[2]
    code, stdout, _ = compare(["good", "broken"], "--seeds", 1)
    assert code == 1 and "1 of 2 trainings are done" in stdout
    assert len(calls(tmp_path / "compared" / "good-0")) == 1
    assert len(calls(tmp_path / "compared" / "broken-0")) == 2


def test_without_evaluations_there_is_no_report(compare, tmp_path):
    assert compare(["broken"], "--seeds", 1)[0] == 1
    assert not (tmp_path / "compared" / "README.md").exists()


@pytest.mark.parametrize("minutes", [0.1, 0.0117, 1.2345])
def test_any_number_of_minutes(compare, minutes):
    assert compare(["good"], "--seeds", 1, minutes=minutes)[0] == 0


def test_seeds_can_be_added(compare, tmp_path):
    compare(["good"], "--seeds", 1)
    _, stdout, _ = compare(["good"], "--seeds", 3)
    assert "1 of 3 trainings are done" in stdout
    readme, _ = read_report(tmp_path / "compared")
    assert table_rows(readme)[1][:3] == ["good", "4 (3 to 5)", "4 (3 to 5)"]


def test_the_hyperparameters_are_written_for_tensorboard_once(compare, tmp_path):
    for _ in range(2):
        assert compare(["good"], "--seeds", 1)[0] == 0
    assert len(list((tmp_path / "compared" / "good-0" / "logs").iterdir())) == 1


def test_the_number_of_trainings_at_the_same_time(compare, monkeypatch):
    running, most, start = [], [], TrainingJob.start

    def counted(self, flags, gpu):
        most.append(sum(process.poll() is None for process in running))
        running.append(start(self, flags, gpu))
        return running[-1]

    monkeypatch.setattr(TrainingJob, "start", counted)
    monkeypatch.setattr("train.common.training_job.POLL_SECONDS", 0.01)
    assert compare(["good"], "--seeds", 5)[0] == 0
    assert len(most) == 5 and max(most) <= 1


def test_each_training_has_a_gpu_where_there_are_some(compare, tmp_path, monkeypatch):
    monkeypatch.setattr("train.compare.visible_gpus", lambda: ["4", "7"])
    monkeypatch.setenv("TF_CONFIG", "of a training on several machines")
    started = []
    start = TrainingJob.start
    monkeypatch.setattr(
        TrainingJob, "start", lambda *arguments: started.append(arguments[-1]) or start(*arguments)
    )
    assert compare(["good"], "--seeds", 3)[0] == 0
    assert started[:2] == ["4", "7"] and started[2] in ("4", "7")
    environment = json.loads((tmp_path / "compared" / "good-1" / "environment").read_text())
    assert environment["CUDA_VISIBLE_DEVICES"] == "7"
    assert environment["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert environment["TF_CONFIG"] is None


def test_without_gpus_each_training_has_a_thread(compare, tmp_path):
    assert compare(["good"], "--seeds", 1)[0] == 0
    environment = json.loads((tmp_path / "compared" / "good-0" / "environment").read_text())
    assert environment["OMP_NUM_THREADS"] == "1"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_on_a_signal_each_training_saves_its_state(compare, tmp_path, monkeypatch, number):
    runs = [tmp_path / "compared" / f"slow-{seed}" for seed in range(2)]
    pause = time.sleep

    def interrupt_once_all_run(seconds):
        if all((run / "session").exists() for run in runs):
            os.kill(os.getpid(), number)
        pause(0.01)

    stand_in = SimpleNamespace(sleep=interrupt_once_all_run)
    monkeypatch.setattr("train.common.training_job.time", stand_in)

    def own(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(number, own)  # under nohup SIGHUP would be ignored
    try:
        code, stdout, _ = compare(["slow"], "--seeds", 2)
        assert signal.getsignal(number) is own
    finally:
        signal.signal(number, before)
    resume = "To resume, run the same command again: python -m train.compare --data shapes"
    assert code == 130 and resume in stdout
    for run in runs:
        assert (run / "saved").exists()
        # In the comparison's session, Ctrl-C would reach a training too: a second signal stops it
        # immediately.
        assert (run / "session").read_text() == "True"
        assert (run / "signals").read_text() == f"{signal.SIGTERM:d}\n"


def test_closing_the_terminal_does_not_stop_it_under_nohup(compare, monkeypatch):
    def hang_up(seconds):
        os.kill(os.getpid(), signal.SIGHUP)

    monkeypatch.setattr("train.common.training_job.time", SimpleNamespace(sleep=hang_up))
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert compare(["good"], "--seeds", 1)[0] == 0
    finally:
        signal.signal(signal.SIGHUP, before)


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
