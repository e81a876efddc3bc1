"""What the benchmark of stopped processes counts as lost, damaged or different."""

import io
import json
import random
import shutil
import zipfile

import h5py
import numpy as np
import pytest

from benchmarks.kill import __main__ as kill
from benchmarks.kill import checks
from benchmarks.kill.process import Ended, Moment, Timing, complaint, run_process
from keras_gans.evaluation.history import write_history


def save(path, weights, address=1):
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file["layers/dense/vars/0"] = np.array(weights, "float32")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps({"shared_object_id": address}))
        archive.writestr("model.weights.h5", content.getvalue())


@pytest.fixture
def whole(tmp_path):
    """A run that was never stopped."""
    run = tmp_path / "whole"
    for name in ("checkpoints", "samples", "logs"):
        (run / name).mkdir(parents=True)
    for step in (2, 4):
        save(run / f"checkpoints/step-{step:08d}.keras", [step])
        (run / f"samples/step-{step:08d}.png").write_text(f"grid {step}")
    save(run / "model.keras", [4])
    (run / "config.yaml").write_text("model: gan")
    (run / "logs" / "events").write_text("events")
    (run / "cpu_seconds.json").write_text('{"2": 1.0, "4": 2.0}')
    lines = [{"step": step, "seconds": 1.0, "fid": float(step)} for step in (2, 4)]
    write_history(run / "metrics.jsonl", lines)
    np.savez(run / "examples.npz", np.zeros(3))
    return run


@pytest.fixture
def run(whole):
    """A run like it that was stopped, and took other times."""
    run = whole.with_name("run")
    shutil.copytree(whole, run)
    save(run / "model.keras", [4], address=2)
    (run / "cpu_seconds.json").write_text('{"2": 1.5, "3": 2.0, "4": 2.5}')
    (run / "samples" / "step-00000003.png").write_text("where SIGTERM came")
    return run


def lost(run, whole, before):
    return checks.lost(run, before, checks.log_sizes(run), whole)


def test_times_and_addresses_may_differ(run, whole):
    assert checks.differences(run, whole) == []
    assert lost(run, whole, checks.snapshot(run)) == []


@pytest.mark.parametrize(
    "change, problem",
    [
        (lambda run: save(run / "model.keras", [np.nextafter(4, 5, dtype="f")]), "model.keras"),
        (lambda run: (run / "config.yaml").unlink(), "config.yaml is missing"),
        (lambda run: (run / "new").touch(), "new is too many"),
        (lambda run: (run / "samples/step-00000002.png").write_text(""), "samples/"),
        (lambda run: write_history(run / "metrics.jsonl", []), "metrics.jsonl differs"),
        (lambda run: np.savez(run / "examples.npz", np.ones(3)), "examples.npz differs"),
    ],
)
def test_everything_else_must_be_equal(run, whole, change, problem):
    change(run)
    (found,) = checks.differences(run, whole)
    assert problem in found


def test_what_a_stopped_training_lost(run, whole):
    before, logs = checks.snapshot(run), checks.log_sizes(run)
    (run / "examples.npz").unlink()
    (run / "samples" / "step-00000002.png").unlink()
    (run / "logs" / "events").write_text("")
    write_history(run / "metrics.jsonl", [])
    assert sorted(checks.lost(run, before, logs, whole)) == [
        "examples.npz is gone",
        "logs/events is shorter",
        "samples/step-00000002.png is gone",
        "the evaluation of step 2 is missing",
    ]


def test_older_checkpoints_may_go_but_not_the_newest(run, whole):
    before = checks.snapshot(run)
    (run / "checkpoints" / "step-00000002.keras").unlink()
    assert lost(run, whole, before) == []
    save(run / "checkpoints" / "step-00000002.keras", [2])
    (run / "checkpoints" / "step-00000004.keras").unlink()
    assert lost(run, whole, before) == ["checkpoints/step-00000004.keras is gone"]


def test_an_export_that_is_not_whole(run, whole):
    (run / "samples" / "step-00000003.png").unlink()
    for folder, versions in ((whole, "1"), (run, "12")):
        for version in versions:
            saved = folder / "export" / "saved_model" / "generator" / version
            saved.mkdir(parents=True)
            (saved / "saved_model.pb").write_bytes(bytes(10_000))
        (folder / "export" / "report.json").write_text("[]")
    before = checks.snapshot(run)
    assert checks.damaged_exports(run, before, whole) == []
    (run / "export/saved_model/generator/2/saved_model.pb").write_bytes(bytes(10))
    (run / "export" / "report.json").write_text('[{"file": "export/nothing"}]')
    (run / "config.yaml").write_text("")
    assert sorted(checks.damaged_exports(run, before, whole))[:3] == [
        "config.yaml is changed",
        "export/saved_model/generator/2 is not whole",
        "report.json names export/nothing, which does not exist",
    ]


def test_a_process_is_stopped_or_ends(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stopped = run_process(["http.server", "0"], tmp_path, lambda p: p.kill(), Moment(False, 0.2))
    assert (stopped.code, stopped.stopped) == (-9, True) and complaint("SIGKILL", stopped) is None
    ended = run_process(["benchmarks.process_memory"], tmp_path)  # of this checkout
    assert (ended.code, ended.stopped) == (0, False) and ended.timing.rest == 0.0


@pytest.mark.parametrize(
    "name, code, errors, words",
    [
        ("SIGKILL", -9, "", None),
        ("SIGTERM", 143, "", None),
        ("SIGTERM", 1, "", "exit code 1"),
        ("full disk", 1, "error: no space", None),
        ("full disk", 1, "no space", "no error message"),
        ("full disk", -11, "", "exit code -11"),
        ("read-only disk", 1, "Traceback\nOSError: read-only", "a traceback"),
        ("full disk", None, "", "it hung"),
    ],
)
def test_how_a_stopped_process_may_end(name, code, errors, words):
    found = complaint(name, Ended(code, True, "", errors, Timing(1.0, 1.0)))
    assert found is None if words is None else words in found


def test_moments_and_shares():
    rng, timing = random.Random(0), Timing(10.0, 4.0)
    moments = [Moment.draw(rng, timing) for _ in range(200)]
    assert all(0 <= m.seconds <= (2.0 if m.after_an_epoch else 10.0) for m in moments)
    assert 100 < sum(m.after_an_epoch for m in moments) < 140
    assert not Moment.draw(rng, Timing(3.0, 0.0)).after_an_epoch
    assert kill.shares(["cyclegan", "wgan", "export"], 100) == {
        "cyclegan": 40,
        "wgan": 40,
        "export": 20,
    }
    assert kill.shares(["export"], 3) == {"export": 3}
