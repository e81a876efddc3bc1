"""Comparisons of stand-ins: trainings that fail, run at the same time, and are stopped."""

import json
import os
import signal
import time
from types import SimpleNamespace

import pytest

from tests.train.report_page import read_report, table_rows
from tests.train.stand_ins import calls
from train.common.training_job import TrainingJob


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
