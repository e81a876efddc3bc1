"""Processor time: of the steps alone, over all the processes of a run."""

import json
import time
from types import SimpleNamespace

import keras
import pytest

from keras_gans.callbacks import Stopwatch


class Clock:
    """Processor time that passes where a test says so."""

    def __init__(self):
        self.now = 100.0

    def passes(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time, "process_time", lambda: clock.now)
    return clock


class StandIn(keras.callbacks.Callback):
    """What a checkpoint is to a stopwatch: it saves a state at the end of each epoch."""

    def on_train_begin(self, logs=None):
        self.saved_step = self.model.steps

    def on_epoch_end(self, epoch, logs=None):
        self.saved_step = self.model.steps


class Training:
    """Plays with steps of a second, and goes on from the last saved one as a process would."""

    def __init__(self, file, clock, play):
        self.file, self.clock, self.play = file, clock, play
        self.saved = 0

    def __call__(self, steps, *, epochs=1, watchers=(), minutes=None):
        model, checkpoint = SimpleNamespace(steps=self.saved), StandIn()
        stopwatch = Stopwatch(checkpoint, self.file, minutes)
        self.play(model, [stopwatch, checkpoint, *watchers], steps, epochs, step=self.step)
        self.saved = checkpoint.saved_step
        return model, stopwatch

    def step(self, model):
        self.clock.passes(1.0)
        model.steps += 1


@pytest.fixture
def train(tmp_path, clock, play):
    return Training(tmp_path / "seconds.json", clock, play)


def noted(tmp_path):
    return json.loads((tmp_path / "seconds.json").read_text())


def test_the_steps_count_but_for_the_first_which_is_compiled(train, tmp_path):
    _, stopwatch = train(5)
    assert stopwatch.seconds == 4.0 and noted(tmp_path) == {"0": 0.0, "5": 4.0}


def test_what_other_callbacks_do_does_not_count(train, clock):
    def think(step_or_epoch, logs):
        clock.passes(50.0)

    busy = keras.callbacks.LambdaCallback(
        on_epoch_begin=think, on_epoch_end=think, on_train_batch_end=think
    )
    _, stopwatch = train(3, epochs=2, watchers=[busy])
    assert stopwatch.seconds == 5.0


def test_steps_that_other_callbacks_make_before_a_step_count(train, clock):
    ahead = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: clock.passes(2))
    _, stopwatch = train(3, watchers=[ahead])
    assert stopwatch.seconds == 6.0


def test_it_stops_after_so_many_minutes(train):
    model, stopwatch = train(20, minutes=3 / 60)
    assert model.steps == 4 and stopwatch.seconds == 3.0


def test_a_run_that_goes_on_goes_on_counting(train, tmp_path):
    train(5)
    model, stopwatch = train(5)
    assert stopwatch.seconds == 8.0 and model.steps == 10
    assert noted(tmp_path) == {"0": 0.0, "5": 4.0, "10": 8.0}
    model, _ = train(20, minutes=10 / 60)
    assert model.steps == 13


class KillAt(keras.callbacks.Callback):
    """End a training in the midst of an epoch, after so many of its steps."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 == self.steps:
            raise KeyboardInterrupt


def test_lost_steps_lose_their_seconds(train, tmp_path):
    train(4)
    with pytest.raises(KeyboardInterrupt):
        train(9, watchers=[KillAt(6)])
    assert noted(tmp_path) == {"0": 0.0, "4": 3.0}
    model, stopwatch = train(3)
    assert model.steps == 7 and stopwatch.seconds == 5.0


def test_a_state_that_is_gone_back_to_has_its_own_seconds(train, tmp_path):
    train(2, epochs=3)
    assert noted(tmp_path) == {"0": 0.0, "2": 1.0, "4": 3.0, "6": 5.0}
    train.saved = 4  # the newest checkpoint is damaged
    _, stopwatch = train(3)
    assert stopwatch.seconds == 5.0
    assert noted(tmp_path) == {"0": 0.0, "2": 1.0, "4": 3.0, "7": 5.0}


def burn(seconds):
    """Use so much processor time."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_it_is_processor_time_that_counts(tmp_path, play):
    def step(model):
        burn(0.02)

    busy = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: burn(0.15))
    checkpoint = StandIn()
    stopwatch = Stopwatch(checkpoint, tmp_path / "seconds.json")
    play(SimpleNamespace(steps=0), [stopwatch, checkpoint, busy], 3, step=step)
    assert 0.04 <= stopwatch.seconds < 0.15
