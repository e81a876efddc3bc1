"""The CPU time of the steps, across the processes of a run."""

import json
import time
from types import SimpleNamespace

import keras
import pytest

from keras_gans.callbacks import CpuTimer
from keras_gans.errors import UserError


class Clock:
    """A CPU time that a test sets."""

    def __init__(self):
        self.now = 100.0

    def advance(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time, "process_time", lambda: clock.now)
    return clock


class CountsSteps(SimpleNamespace):
    """A stand-in for a model."""

    @property
    def step(self):
        return self.steps


class FakeCheckpoint(keras.callbacks.Callback):
    """A checkpoint at the end of each epoch that saves nothing."""

    def on_train_begin(self, logs=None):
        self.saved_step = self.model.steps

    def on_epoch_end(self, epoch, logs=None):
        self.save()

    def save(self):
        self.saved_step = self.model.steps


class Training:
    """Trains with steps of one second, and resumes from the last checkpoint as a process would."""

    def __init__(self, file, clock, run_callbacks):
        self.file, self.clock, self.run_callbacks = file, clock, run_callbacks
        self.saved = 0

    def __call__(self, steps, *, epochs=1, callbacks=(), minutes=None):
        model, checkpoint = CountsSteps(steps=self.saved), FakeCheckpoint()
        cpu_timer = CpuTimer(checkpoint, self.file, minutes)
        every = [cpu_timer, checkpoint, *callbacks]
        self.run_callbacks(model, every, steps, epochs, step=self.step)
        self.saved = checkpoint.saved_step
        return model, cpu_timer

    def step(self, model):
        self.clock.advance(1.0)
        model.steps += 1


@pytest.fixture
def train(tmp_path, clock, run_callbacks):
    return Training(tmp_path / "seconds.json", clock, run_callbacks)


def written(tmp_path):
    return json.loads((tmp_path / "seconds.json").read_text())


def test_all_steps_but_the_first_are_counted(train, tmp_path):
    _, cpu_timer = train(5)
    assert cpu_timer.seconds == 4.0 and written(tmp_path) == {"0": 0.0, "5": 4.0}


def test_on_gpus_it_is_the_time_by_the_clock(monkeypatch, tmp_path):
    for gpu, clock in ((False, time.process_time), (True, time.monotonic)):
        monkeypatch.setattr("keras_gans.callbacks.cpu_timer.trains_on_gpu", lambda gpu=gpu: gpu)
        assert CpuTimer(FakeCheckpoint(), tmp_path / "seconds.json")._clock is clock


def test_other_callbacks_are_not_counted(train, clock):
    def work(step_or_epoch, logs):
        clock.advance(50.0)

    busy = keras.callbacks.LambdaCallback(
        on_epoch_begin=work, on_epoch_end=work, on_train_batch_end=work
    )
    _, cpu_timer = train(3, epochs=2, callbacks=[busy])
    assert cpu_timer.seconds == 5.0


def test_extra_updates_before_a_step_are_counted(train, clock):
    extra = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: clock.advance(2)
    )
    _, cpu_timer = train(3, callbacks=[extra])
    assert cpu_timer.seconds == 6.0


def test_it_stops_after_so_many_minutes(train):
    model, cpu_timer = train(20, minutes=3 / 60)
    assert model.steps == 4 and cpu_timer.seconds == 3.0


def test_a_resumed_run_continues_to_count(train, tmp_path):
    train(5)
    model, cpu_timer = train(5)
    assert cpu_timer.seconds == 8.0 and model.steps == 10
    assert written(tmp_path) == {"0": 0.0, "5": 4.0, "10": 8.0}
    model, _ = train(20, minutes=10 / 60)
    assert model.steps == 13


class KillAt(keras.callbacks.Callback):
    """Interrupt training within an epoch, after some steps."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 == self.steps:
            raise KeyboardInterrupt


def test_lost_steps_are_not_counted(train, tmp_path):
    train(4)
    with pytest.raises(KeyboardInterrupt):
        train(9, callbacks=[KillAt(6)])
    assert written(tmp_path) == {"0": 0.0, "4": 3.0}
    model, cpu_timer = train(3)
    assert model.steps == 7 and cpu_timer.seconds == 5.0


def test_an_older_checkpoint_has_its_own_time(train, tmp_path):
    train(2, epochs=3)
    assert written(tmp_path) == {"0": 0.0, "2": 1.0, "4": 3.0, "6": 5.0}
    train.saved = 4  # the newest checkpoint is damaged
    _, cpu_timer = train(3)
    assert cpu_timer.seconds == 5.0
    assert written(tmp_path) == {"0": 0.0, "2": 1.0, "4": 3.0, "7": 5.0}


def burn(seconds):
    """Use CPU time."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_it_is_cpu_time_that_is_counted(tmp_path, run_callbacks):
    def step(model):
        burn(0.02)

    busy = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: burn(0.15))
    checkpoint = FakeCheckpoint()
    cpu_timer = CpuTimer(checkpoint, tmp_path / "seconds.json")
    run_callbacks(CountsSteps(steps=0), [cpu_timer, checkpoint, busy], 3, step=step)
    assert 0.04 <= cpu_timer.seconds < 0.15


@pytest.mark.parametrize("content", ['{"0": 0.', "[]", '{"a": 1}', '{"0": []}', "[" * 100_000])
def test_a_damaged_file_is_named(train, tmp_path, content):
    (tmp_path / "seconds.json").write_text(content)
    with pytest.raises(UserError, match="seconds.json is damaged"):
        train(5)
