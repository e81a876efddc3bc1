"""Comparisons: trainings side by side, going on, failing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata

from train.common.trial import Trial

ROOT = Path(__file__).parents[2]
SMALL = "--data shapes --features random --metrics fid --samples 20 --evaluations 2".split()
PASSED_ON = "-- --image-size 8 --filters 4 --latent-dim 4 --r1 0".split()


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Compare two variants, as a user does: the directory, and what was said."""
    folder = tmp_path_factory.mktemp("compared") / "page"
    command = [*SMALL, "--variants", "gan,lsgan", "--minutes", "0.003", "--seeds", "2"]
    command += ["--jobs", "2", "--output", str(folder), *PASSED_ON]
    done = subprocess.run(
        [sys.executable, "-m", "train.compare", *command],
        cwd=folder.parent,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return SimpleNamespace(folder=folder, said=done.stdout, command=command)


def lines_of(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_every_variant_is_trained_from_every_seed_for_its_time(compared):
    runs = sorted(path.name for path in compared.folder.iterdir() if path.is_dir())
    assert runs == ["gan-0", "gan-1", "lsgan-0", "lsgan-1"]
    assert "0 of 4 trainings are done" in compared.said
    for name in runs:
        last = lines_of(compared.folder / name)[-1]
        assert last["seconds"] >= 0.2 and last["features"] == "random features"
        assert last["samples"] == {"generator": 20}
        assert f"{name}: step {last['step']:,}  fid {last['fid']:.4g}" in compared.said
        settings = json.loads((compared.folder / name / "config.json").read_text())["settings"]
        assert settings["seed"] == int(name[-1]) and settings["image_size"] == 8
        assert (compared.folder / f"{name}.log").read_text().startswith(name[:-2])


def test_the_page(compared, assert_whole):
    readme, html = assert_whole(compared.folder)
    head = "0.003 CPU minutes each, 2 seeds: random features, 20 samples against val"
    assert readme.startswith(f"# {head}\n") and head in html.text
    command = "python -m train.compare " + " ".join(compared.command)
    assert command in readme and command in html.text
    assert len(html.found) == 2
    table = [line for line in readme.splitlines() if line.startswith("|")]
    assert table[0] == "| variant | fid, last | fid, best | steps | steps a CPU second |"
    assert {row.split(" | ")[0] for row in table[2:]} == {"| gan", "| lsgan"}
    assert "\n".join(table) in compared.said


def hparams(run):
    logs = EventAccumulator(str(run / "logs"))
    logs.Reload()
    content = logs.SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data.content
    settings = metadata.parse_session_start_info_plugin_data(content).hparams
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in settings.items()}


def test_tensorboard_knows_the_settings(compared):
    found = hparams(compared.folder / "lsgan-1")
    assert found["variant"] == "lsgan" and found["seed"] == 1 and found["filters"] == 4


def test_the_same_command_again_trains_nothing(compared, call, assert_whole):
    def state():
        files = [path for path in compared.folder.rglob("*") if path.is_file()]
        return {path: path.stat().st_mtime_ns for path in files if path.parent != compared.folder}

    before = state()
    code, stdout, stderr = call("compare", *compared.command)
    assert (code, stderr) == (0, "") and "4 of 4 trainings are done" in stdout
    assert state() == before
    assert_whole(compared.folder)


def test_other_flags_are_refused_where_figures_are_already(compared, call):
    before = (compared.folder / "README.md").read_text()
    code, _, stderr = call("compare", *compared.command, "--learning-rate", "0.1")
    assert code == 1 and "flags was" in stderr and "give another --output" in stderr
    assert (compared.folder / "README.md").read_text() == before


# Of stand-ins for trainings, which need no TensorFlow -------------------------------------------

STAND_IN = """
import argparse, json, os, signal, sys, time
from pathlib import Path

parser = argparse.ArgumentParser()
for flag in ("--run-dir", "--seed", "--cpu-minutes", "--epochs", "--data", "--evaluate-every"):
    parser.add_argument(flag, required=True)
options, others = parser.parse_known_args()
run, minutes = Path(options.run_dir), float(options.cpu_minutes)
run.mkdir(exist_ok=True)
with open(run / "calls", "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
(run / "config.json").write_text(json.dumps({"settings": {"seed": int(options.seed)}}))


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
    """Compare stand-ins, by kind, within this process; return code, output, errors."""
    (tmp_path / "stand_ins").mkdir()
    for kind, code in KINDS.items():
        (tmp_path / "stand_ins" / f"{kind}.py").write_text(STAND_IN + code)
    monkeypatch.syspath_prepend(tmp_path)

    def run(kinds, *arguments, minutes=0.1):
        variants = ",".join(f"stand_ins.{kind}" for kind in kinds)
        flags = ["--data", "shapes", "--variants", variants, "--minutes", minutes, "--jobs", 2]
        return call("compare", *flags, "--output", "page", *arguments)

    return run


def calls(run):
    return [json.loads(line) for line in (run / "calls").read_text().splitlines()]


def test_what_a_training_is_told(compare, tmp_path):
    flags = ["--metrics", "fid", "--samples", 9, "--features", "random", "--data-dir", "there"]
    code, _, _ = compare(["good"], "--seeds", 1, *flags, "--evaluations", 3, "--", "--filters", 4)
    (told,) = calls(tmp_path / "page" / "good-0")
    asked = dict(zip(told[::2], told[1::2], strict=True))
    assert code == 0 and asked == {
        "--run-dir": "page/good-0",
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


def test_a_variant_may_bring_flags_of_its_own(compare, tmp_path, assert_whole):
    both = ["good", "good --filters 8  --r1 '0.5'"]
    code, stdout, _ = compare(both, "--seeds", 2, "--", "--filters", 4)
    assert code == 0 and "good-filters-8-r1-0.5-1: step 10" in stdout
    folders = [tmp_path / "page" / f"{name}-1" for name in ("good", "good-filters-8-r1-0.5")]
    ((plain,), (own,)) = map(calls, folders)
    assert "--r1" not in plain and own[own.index("--r1") + 1] == "0.5"
    # The last of two equal flags counts: what it brings goes before what all are given.
    assert [own[i + 1] for i, flag in enumerate(own) if flag == "--filters"] == ["4", "8"]
    assert folders[1].with_name("good-filters-8-r1-0.5-1.log").exists()
    readme, html = assert_whole(tmp_path / "page")
    assert "| good --filters 8 --r1 0.5 | 3.5 (3 to 4) |" in readme
    assert "good --filters 8 --r1 0.5" in html.text and "| good | 3.5 (3 to 4) |" in readme
    code, stdout, _ = compare(both, "--seeds", 2, "--", "--filters", 4)
    assert code == 0 and "4 of 4 trainings are done" in stdout


@pytest.mark.parametrize("flag", ["--run-dir", "--seed", "--cpu-minutes", "--patience"])
def test_what_a_comparison_decides_itself_is_refused(compare, tmp_path, flag):
    for kinds, further in ((["good"], ["--", flag, 7]), ([f"good {flag}=7"], [])):
        code, _, stderr = compare(kinds, "--seeds", 1, *further)
        assert code == 2 and flag in stderr and not (tmp_path / "page").exists()


@pytest.mark.parametrize(
    "flag", ["--samples 9", "--image-size=8", "--features random", "--channels 1"]
)
def test_what_figures_depend_on_is_the_same_for_all(compare, tmp_path, flag):
    code, _, stderr = compare(["good", f"good {flag}"], "--seeds", 1)
    assert code == 2 and "is the same for all" in stderr and not (tmp_path / "page").exists()


def test_a_mistake_can_be_put_right(compare, tmp_path):
    assert compare(["broken"], "--seeds", 1, "--metrics", "fdi")[0] == 1
    assert compare(["good"], "--seeds", 1, "--metrics", "fid")[0] == 0
    code, _, stderr = compare(["good"], "--seeds", 1, "--metrics", "kid")
    assert code == 1 and "metrics was fid, now kid" in stderr


def test_a_page_that_is_no_comparisons_is_kept(compare, tmp_path):
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "README.md").write_text("mine")
    code, _, stderr = compare(["good"], "--seeds", 1)
    assert code == 1 and "give another --output" in stderr
    assert [path.name for path in (tmp_path / "page").iterdir()] == ["README.md"]
    assert (tmp_path / "page" / "README.md").read_text() == "mine"


def test_minutes_may_grow_but_not_shrink(compare, tmp_path):
    assert compare(["good"], "--seeds", 1, minutes=0.1)[0] == 0
    assert compare(["good"], "--seeds", 1, minutes=0.2)[0] == 0
    assert len(calls(tmp_path / "page" / "good-0")) == 2
    code, _, stderr = compare(["good"], "--seeds", 1, minutes=0.1)
    assert code == 1 and "minutes was 0.2, now 0.1" in stderr


def test_a_training_that_fails_is_reported_and_the_others_are_kept(compare, tmp_path, assert_whole):
    code, stdout, stderr = compare(["good", "broken", "crashing", "short"], "--seeds", 1)
    assert code == 1 and "Traceback" not in stderr
    broken, crashing, short = sorted(stderr.splitlines())
    assert broken == "error: broken-0: error: it cannot be Give something else (page/broken-0.log)"
    assert crashing == "error: crashing-0: RuntimeError: a bug (page/crashing-0.log)"
    assert short == "error: short-0: it ended before its time was up (page/short-0.log)"
    assert "on its way" in (tmp_path / "page" / "broken-0.log").read_text()
    readme, _ = assert_whole(tmp_path / "page")
    assert "| good | 3 | 3 | 10 |" in readme and "short" not in readme.partition("```\n\n")[2]
    code, stdout, _ = compare(["good", "broken"], "--seeds", 1)
    assert code == 1 and "1 of 2 trainings are done" in stdout
    assert len(calls(tmp_path / "page" / "good-0")) == 1
    assert len(calls(tmp_path / "page" / "broken-0")) == 2


def test_where_all_fail_there_is_no_page(compare, tmp_path):
    assert compare(["broken"], "--seeds", 1)[0] == 1
    assert not (tmp_path / "page" / "README.md").exists()


@pytest.mark.parametrize("minutes", [0.1, 0.0117, 1.2345])
def test_any_number_of_minutes_can_be_had(compare, minutes):
    assert compare(["good"], "--seeds", 1, minutes=minutes)[0] == 0


def test_more_seeds_join_what_is_there(compare, tmp_path):
    compare(["good"], "--seeds", 1)
    _, stdout, _ = compare(["good"], "--seeds", 3)
    assert "1 of 3 trainings are done" in stdout
    assert "| good | 4 (3 to 5) | 4 (3 to 5) |" in (tmp_path / "page" / "README.md").read_text()


def test_the_settings_are_told_to_tensorboard_once(compare, tmp_path):
    for _ in range(2):
        assert compare(["good"], "--seeds", 1)[0] == 0
    assert len(list((tmp_path / "page" / "good-0" / "logs").iterdir())) == 1


def test_no_more_trainings_at_once_than_asked_for(compare, monkeypatch):
    running, most, start = [], [], Trial.start

    def counted(self, flags):
        most.append(sum(process.poll() is None for process in running))
        running.append(start(self, flags))
        return running[-1]

    monkeypatch.setattr(Trial, "start", counted)
    monkeypatch.setattr("train.common.trial.PAUSE", 0.01)
    assert compare(["good"], "--seeds", 5)[0] == 0
    assert len(most) == 5 and max(most) <= 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_it_lets_each_training_save_its_step(compare, tmp_path, monkeypatch, number):
    runs = [tmp_path / "page" / f"slow-{seed}" for seed in range(2)]
    pause = time.sleep

    def interrupt_once_all_run(seconds):
        if all((run / "session").exists() for run in runs):
            os.kill(os.getpid(), number)
        pause(0.01)

    monkeypatch.setattr("train.common.trial.time", SimpleNamespace(sleep=interrupt_once_all_run))

    def own(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(number, own)  # under nohup SIGHUP would be ignored
    try:
        code, stdout, _ = compare(["slow"], "--seeds", 2)
        assert signal.getsignal(number) is own
    finally:
        signal.signal(number, before)
    assert code == 130 and "stopped; to go on: python -m train.compare --data shapes" in stdout
    for run in runs:
        assert (run / "saved").exists()
        # Ctrl-C on a terminal would reach the whole session: a second signal means "at once".
        assert (run / "session").read_text() == "True"
        assert (run / "signals").read_text() == f"{signal.SIGTERM:d}\n"


def test_closing_the_terminal_does_not_stop_it_under_nohup(compare, monkeypatch):
    def hang_up(seconds):
        os.kill(os.getpid(), signal.SIGHUP)

    monkeypatch.setattr("train.common.trial.time", SimpleNamespace(sleep=hang_up))
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert compare(["good"], "--seeds", 1)[0] == 0
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(
    "flags, words",
    [
        ("--variants gam --minutes 1", "no variant 'gam': give acgan, cgan"),
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
    assert code == 2 and words in stderr and "Traceback" not in stderr
    assert not (tmp_path / "runs").exists()
