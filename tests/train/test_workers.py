"""Training by several processes, as on several machines."""

import json
import signal
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.kill.checks import differences
from benchmarks.workers import Workers
from keras_gans.callbacks import Checkpoint, CpuTimer, StopOnSignal
from keras_gans.cli.run_directory import RunDirectory
from keras_gans.errors import UserError
from keras_gans.training import distribution
from train.common.cluster import Cluster, find_cluster
from train.common.devices import choose_devices

TWO = Cluster(("a:1", "b:1"), 1)
# With what has to be kept of each worker: image pools, averages.
CYCLEGAN = "--data stripes --image-size 24 --filters 2 --blocks 1 --discriminator-filters 2"
FLAGS = f"{CYCLEGAN} --batch-size 2 --pool-size 4 --ema 0.9 --precision float32".split()


def tf_config(cluster, job, index):
    return json.dumps({"cluster": cluster, "task": {"type": job, "index": index}})


@pytest.mark.parametrize(
    ("cluster", "job", "index", "expected"),
    [
        ({"worker": ["a:1", "b:1"]}, "worker", 1, TWO),
        ({"chief": ["a:1"], "worker": ["b:1"]}, "chief", 0, Cluster(("a:1", "b:1"), 0)),
        ({"chief": ["a:1"], "worker": ["b:1"]}, "worker", 0, TWO),
        ({"worker": ["a:1"]}, "worker", 0, None),
        ({"chief": ["a:1"]}, "chief", 0, None),
    ],
)
def test_tf_config_names_the_workers(cluster, job, index, expected, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", tf_config(cluster, job, index))
    assert find_cluster() == expected


@pytest.mark.parametrize(
    "environ", [{}, {"TF_CONFIG": ""}, {"SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1"}]
)
def test_without_a_word_there_is_no_cluster(environ, monkeypatch):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert find_cluster() is None


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "{}", '{"cluster": {}, "task": {"type": "worker", "index": 0}}', "3"],
)
def test_a_tf_config_that_cannot_be_understood(text, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(UserError, match="TF_CONFIG cannot be understood"):
        find_cluster()


@pytest.mark.parametrize("missing", [None, "SLURM_STEP_NODELIST"])
def test_slurm_names_the_workers(missing, monkeypatch):
    environ = {
        "SLURM_PROCID": "2",
        "SLURM_JOB_ID": "20007",
        "SLURM_STEP_NUM_TASKS": "3",
        "SLURM_STEP_NODELIST": "node[07-08]",
        "SLURM_STEP_TASKS_PER_NODE": "2,1",
    }
    for name in environ.keys() - {missing}:
        monkeypatch.setenv(name, environ[name])
    if missing:
        with pytest.raises(UserError, match="Slurm's variables cannot be understood"):
            find_cluster()
        return
    addresses = ("node07:10007", "node07:10008", "node08:10007")
    assert find_cluster() == Cluster(addresses, 2)


def test_devices_are_those_of_each_worker():
    assert choose_devices("auto", TWO) == "2 x cpu:1"
    assert choose_devices("2 x cpu:1", TWO) == "2 x cpu:1"
    with pytest.raises(UserError, match="each one's CPU is one device"):
        choose_devices("cpu:2", TWO)
    with pytest.raises(UserError, match="trained by 2 workers"):
        choose_devices("2 x cpu:1", None)


@pytest.fixture
def two_workers(monkeypatch):
    """Let this process be one of two workers, the other of which says what is returned here."""
    other = [0.0]

    def gather(values):
        return np.stack([np.asarray(values, float), np.asarray(other, float)])

    for module in (distribution, *map(_module, (CpuTimer, StopOnSignal))):
        monkeypatch.setattr(module, "gather_from_workers", gather)
    return other


def _module(callback):
    return sys.modules[callback.__module__]


def test_a_signal_to_one_worker_stops_all(two_workers):
    callback = StopOnSignal()
    callback.set_model(SimpleNamespace(stop_training=False))
    callback.on_train_batch_end(0)
    assert callback.received is None and not callback.model.stop_training
    two_workers[0] = float(signal.SIGTERM)
    callback.on_train_batch_end(1)
    assert callback.received == signal.SIGTERM and callback.model.stop_training
    callback._handle(signal.SIGTERM, None)  # its own comes a moment later, and stops no saving
    with pytest.raises(KeyboardInterrupt):
        callback._handle(signal.SIGTERM, None)


def test_a_signal_after_the_last_time_that_workers_asked_is_heard(two_workers):
    callback = StopOnSignal()
    callback.set_model(SimpleNamespace(stop_training=False))
    callback.on_train_begin()
    two_workers[0] = float(signal.SIGINT)
    callback.on_train_end()
    assert callback.received == signal.SIGINT


def test_the_processor_time_is_that_of_all_workers(two_workers, tmp_path):
    timer = CpuTimer(Checkpoint(tmp_path), tmp_path / "seconds.json", minutes=1)
    timer.checkpoint.saved_step = 0
    timer.set_model(SimpleNamespace(stop_training=False))
    timer.on_train_batch_begin(0)
    timer.on_train_batch_end(0)  # which is not counted
    two_workers[0] = 59.0
    timer.on_train_batch_begin(1)
    timer.on_train_batch_end(1)
    assert 59.0 <= timer.seconds < 60.0 and not timer.model.stop_training
    timer.on_train_batch_end(2)
    assert timer.model.stop_training


def test_workers_ask_each_other_about_once_a_second(monkeypatch):
    now, asked = [0.0], []

    def gather(values):
        asked.append(step)
        return np.array([values, [0.0, 0.25]])  # the other one is slower: 4 steps a second

    monkeypatch.setattr(distribution, "worker_count", lambda: 2)
    monkeypatch.setattr(distribution, "gather_from_workers", gather)
    monkeypatch.setattr(distribution.time, "monotonic", lambda: now[0])
    periodic = distribution.PeriodicGather(seconds=1.0)
    for step in range(14):
        now[0] += 0.1
        found = periodic([7.0])
        assert (found is None) == (step not in asked)
        if found is not None:
            assert found.tolist() == [[7.0], [0.0]]
    assert asked == [0, 2, 6, 10]


def start(folder, *flags_of_each, chief="train.cyclegan"):
    modules = [chief, *["train.cyclegan"] * (len(flags_of_each) - 1)]
    flags_of_each = [[*FLAGS, *map(str, flags)] for flags in flags_of_each]
    return Workers(
        [[module, *flags] for module, flags in zip(modules, flags_of_each, strict=True)], folder
    )


def test_whatever_happens_to_a_worker_all_resume_to_the_bit(tmp_path, call):
    run, whole = tmp_path / "run", tmp_path / "whole"
    flags = ["--epochs", 4, "--steps-per-epoch", 12, "--evaluate-every", 16, "--metrics", "fid"]
    flags += ["--features", "random", "--samples", 8, "--run-dir"]
    workers = start(tmp_path, *[[*flags, run]] * 2)
    workers.wait_for("epoch 1/4  step 12/12")
    for process in workers.processes:  # as Slurm does
        process.terminate()
    assert workers.wait(60) == [128 + signal.SIGTERM] * 2, workers.errors(0)
    assert "SIGTERM: saved at step" in workers.output(0) and "2 x cpu:1" in workers.output(0)
    *_, last = workers.output(1).splitlines()
    assert last.startswith("worker 1 (127.0.0.1:") and last.endswith(" reports")

    workers = start(tmp_path, *[[*flags, run]] * 2)
    workers.wait_for("epoch 2/4  step 12/12")
    workers.processes[1].kill()
    assert workers.wait(60) == [1, -signal.SIGKILL]
    *_, first, second = workers.errors(0).strip().splitlines()
    assert first.startswith("error: worker 1 (127.0.0.1:") and "To resume" in second
    assert RunDirectory(run).load_model().step >= 12

    # The chief shows its progress more often than the other one, by its own clock.
    workers = start(tmp_path, *[[*flags, run]] * 2, chief="tests.train.progress_at_every_step")
    assert workers.wait(120) == [0, 0], workers.errors(0)
    lines = [line for line in workers.output(0).splitlines() if line.startswith("epoch 4/4")]
    assert len(lines) >= 12 and "generator/cycle" in lines[-1]
    assert "retracing" not in workers.errors(0)
    workers = start(tmp_path, *[[*flags, run]] * 2)  # and once more, when it is finished
    assert workers.wait(120) == [0, 0], workers.errors(0)
    assert "finished at step 48" in workers.output(0)
    # Two devices of one machine train to the same bits as two workers.
    alone = start(tmp_path, [*flags, whole, "--devices", "cpu:2"])
    assert alone.wait(120) == [0], alone.errors(0)
    assert differences(run, whole) == ["config.yaml differs"]  # by the devices

    refused = call("cyclegan", *FLAGS, *flags, run)
    assert refused[0] == 1 and "trained by 2 workers" in refused[2]


def test_workers_that_differ_are_told_apart(tmp_path):
    flags = ["--epochs", 2, "--steps-per-epoch", 1, "--run-dir"]
    alone = tmp_path / "alone"
    workers = start(
        tmp_path, [*flags, tmp_path / "run", "--minutes", 1], [*flags, alone, "--seed", 3]
    )
    assert workers.wait(120) == [1, 1]
    for index in range(2):
        said = workers.errors(index)
        assert "worker 1 (127.0.0.1:" in said and "another configuration" in said, said
    assert not alone.exists()
