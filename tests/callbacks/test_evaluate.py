"""Evaluations during training: when, what is written, which model is kept, and going on."""

import io
import json
import math
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.callbacks import Checkpoint, CpuTimer, Evaluate
from keras_gans.callbacks.console import print_line
from keras_gans.evaluation.history import read_history
from keras_gans.training.saving import load_model, newest_checkpoint

CONDITIONS = {"features": "some features", "samples": {"generator": 9}, "split": "test"}


class Scripted:
    """An evaluation that finds what it is told to, by the step; else the step's number.

    Attributes:
        steps: at which it was called.
        weights: the generator's averaged ones, at each of them.
    """

    def __init__(self, found=None, *, name="fid", conditions=CONDITIONS):
        self.name, self.found, self.steps = name, found or {}, []
        self.weights = {}
        self._conditions = conditions

    def __call__(self, model):
        self.steps.append(int(model.steps))
        value = self.found.get(self.steps[-1], float(self.steps[-1]))
        if isinstance(value, BaseException):
            raise value
        with model.averaged():
            self.weights[self.steps[-1]] = [v.numpy() for v in model.generator_variables]
        return {self.name: value, "other": 0.5}

    def conditions(self, model):
        return self._conditions


@pytest.fixture
def gan(variants):
    return variants["gan"]


@pytest.fixture
def train(gan, run_callbacks, tmp_path):
    """Train a model, or resume from its newest checkpoint as another process would.

    Returns the model and the lines that were said.
    """

    def run(scripted, steps, *, every=2, epochs=1, minutes=99.0, fit=run_callbacks, **settings):
        model = gan.create(
            optimizer=lambda side: keras.optimizers.Adam(0.01, use_ema=True), filters=4
        )
        if newest := newest_checkpoint(tmp_path / "checkpoints"):
            model.load_weights(newest)
        said = []
        checkpoint = Checkpoint(tmp_path / "checkpoints", minutes=minutes)
        cpu_timer = CpuTimer(checkpoint, tmp_path / "cpu_seconds.json")
        evaluate = Evaluate(
            scripted,
            tmp_path / "metrics.jsonl",
            tmp_path / "best.keras",
            monitor=settings.pop("monitor", "fid"),
            every=every,
            cpu_timer=cpu_timer,
            print_fn=said.append,
            **settings,
        )
        fit(model, [cpu_timer, checkpoint, evaluate], steps, epochs)
        evaluate.evaluate()
        return model, said

    return run


def steps_of(lines):
    return [line["step"] for line in lines]


def test_every_few_steps_and_once_at_the_end(train, tmp_path):
    scripted = Scripted()
    train(scripted, 5, every=2)
    assert scripted.steps == [2, 4, 5]
    text = (tmp_path / "metrics.jsonl").read_text()
    assert text.endswith("\n")
    lines = [json.loads(line) for line in text.splitlines()]
    assert steps_of(lines) == [2, 4, 5] and lines == read_history(tmp_path / "metrics.jsonl")
    assert lines[0] == {
        "step": 2,
        "seconds": lines[0]["seconds"],
        "fid": 2.0,
        "other": 0.5,
        **CONDITIONS,
    }


def test_a_last_step_that_is_due_is_evaluated_once(train):
    scripted = Scripted()
    train(scripted, 2, every=2, epochs=2)
    assert scripted.steps == [2, 4]


def test_every_so_many_seconds_of_processor_time(gan, run_callbacks, tmp_path):
    scripted, model = Scripted(), gan.create(filters=4)
    checkpoint = Checkpoint(tmp_path / "checkpoints")
    cpu_timer = CpuTimer(checkpoint, tmp_path / "cpu_seconds.json")
    passed = iter([0.0, 3.0, 9.9, 10.1, 12.0, 31.0, 31.5, 39.0, 41.0])
    clock = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: setattr(cpu_timer, "seconds", next(passed))
    )
    files = tmp_path / "metrics.jsonl", tmp_path / "best.keras"
    settings = {"monitor": "fid", "every": 10.0, "timed": True, "print_fn": lambda line: None}
    evaluate = Evaluate(scripted, *files, cpu_timer=cpu_timer, **settings)
    run_callbacks(model, [cpu_timer, checkpoint, clock, evaluate], 9)
    assert scripted.steps == [4, 6, 9]
    assert [line["seconds"] for line in read_history(files[0])] == [10.1, 31.0, 41.0]


def test_scalars_go_to_tensorboard(train, tmp_path, events):
    writer = tf.summary.create_file_writer(str(tmp_path / "logs"))
    train(Scripted({2: 7.0, 4: math.nan}), 4, writer=writer)
    found = events(tmp_path / "logs")
    assert found.keys() == {"metrics/fid", "metrics/other"}
    assert found["metrics/fid"][2] == 7.0 and np.isnan(found["metrics/fid"][4])


def test_the_best_model_is_kept_and_not_the_last(train, gan, tmp_path):
    def fit(model, callbacks, steps, epochs):
        batches = tf.data.Dataset.from_tensors(gan.batch()).repeat().with_options(options)
        model.fit(batches, steps_per_epoch=steps, callbacks=callbacks, shuffle=False, verbose=0)

    options = tf.data.Options()
    options.autotune.enabled = False  # it may hold up the end for seconds
    scripted = Scripted({2: 5.0, 4: 3.0, 6: 4.0})
    model, said = train(scripted, 6, fit=fit)
    best = load_model(tmp_path / "best.keras")
    assert int(best.steps) == 4 and int(model.steps) == 6
    for weight, expected in zip(best.generator_variables, scripted.weights[4], strict=True):
        np.testing.assert_array_equal(weight, expected)
    assert not np.array_equal(scripted.weights[4][0], scripted.weights[6][0])
    assert ["(best)" in line for line in said] == [True, True, False]
    assert said[0] == "step 2: fid 5  other 0.5  (best)"


def test_more_is_better_where_it_is(train, tmp_path):
    scripted = Scripted({2: 0.1, 4: 0.7, 6: 0.4}, name="recall")
    train(scripted, 6, monitor="recall")
    assert int(load_model(tmp_path / "best.keras").steps) == 4


def test_what_is_no_finite_number_is_never_best_and_null_in_json(train, tmp_path):
    _, said = train(Scripted({2: math.nan, 4: math.inf}), 4)
    assert not (tmp_path / "best.keras").exists() and "(best)" not in "".join(said)

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line, parse_constant=refuse)["fid"] for line in lines] == [None, None]
    train(Scripted({6: 8.0, 8: math.nan}), 4)
    assert int(load_model(tmp_path / "best.keras").steps) == 6
    values = [line["fid"] for line in read_history(tmp_path / "metrics.jsonl")]
    assert values == pytest.approx([math.nan, math.nan, 8.0, math.nan], nan_ok=True)


@pytest.mark.parametrize(
    "values, expected",
    [
        ([3.0], 0),
        ([3.0, 2.0, 4.0], 1),
        ([3.0, 2.0, 2.0], 1),  # of equal ones the first
        ([math.nan], 1),
        ([math.nan, math.inf, math.nan], 3),
        ([math.nan, 9.0, math.inf, math.nan], 2),
    ],
)
def test_how_long_ago_the_best_one_was(values, expected):
    evaluate = Evaluate(Scripted(), "lines", "best", monitor="fid", every=2, cpu_timer=None)
    evaluate.lines = [{"step": n, "fid": value, **CONDITIONS} for n, value in enumerate(values)]
    assert evaluate.since_best == expected
    # Figures that depend on other things are not compared.
    for changed in ({"features": "x"}, {"samples": {"generator": 10}}, {"split": "train"}):
        other = [line | changed | {"fid": 1.0} for line in evaluate.lines]
        evaluate.lines = [*other, *evaluate.lines]
        assert evaluate.since_best == expected


def test_patience_stops_training(train):
    scripted = Scripted({2: 5.0, 4: 1.0, 6: 3.0, 8: 2.0})
    model, said = train(scripted, 20, patience=2)
    assert int(model.steps) == 8 and scripted.steps == [2, 4, 6, 8]
    assert said[-1] == "no better fid in 2 evaluations: stopping"


def test_an_interrupted_training_drops_the_lines_that_it_makes_again(train, tmp_path):
    scripted = Scripted({5: KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        train(scripted, 3, every=1, epochs=3)
    assert steps_of(read_history(tmp_path / "metrics.jsonl")) == [1, 2, 3, 4]
    assert newest_checkpoint(tmp_path / "checkpoints").name == "step-00000003.keras"
    again = Scripted()
    train(again, 3, every=1, epochs=2)
    assert again.steps == [4, 5, 6, 7, 8, 9]
    lines = read_history(tmp_path / "metrics.jsonl")
    assert [line["fid"] for line in lines] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]
    assert int(load_model(tmp_path / "best.keras").steps) == 1


def test_killed_while_it_measured_a_saved_state_it_measures_that_again(train, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(Scripted({4: KeyboardInterrupt()}), 6, minutes=0.0)
    assert newest_checkpoint(tmp_path / "checkpoints").name == "step-00000004.keras"
    noted = json.loads((tmp_path / "cpu_seconds.json").read_text())
    assert noted["4"] >= noted["3"] > 0.0  # the time up to there is not lost
    again = Scripted()
    train(again, 2)
    assert again.steps == [4, 6]
    assert steps_of(read_history(tmp_path / "metrics.jsonl")) == [2, 4, 6]


def test_killed_between_the_best_model_and_its_line(train, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("keras_gans.evaluation.history._line", fail)
    with pytest.raises(KeyboardInterrupt):
        train(Scripted(), 2, minutes=0.0)
    monkeypatch.undo()
    assert int(load_model(tmp_path / "best.keras").steps) == 2
    again = Scripted({4: 1.0})
    train(again, 2)
    assert again.steps == [2, 4] and int(load_model(tmp_path / "best.keras").steps) == 4


def test_a_second_fit_keeps_the_lines_it_has(gan, run_callbacks, tmp_path):
    scripted, model = Scripted(), gan.create(filters=4)
    checkpoint = Checkpoint(tmp_path / "checkpoints")
    cpu_timer = CpuTimer(checkpoint, tmp_path / "cpu_seconds.json")
    files = tmp_path / "metrics.jsonl", tmp_path / "best.keras"
    settings = {"monitor": "fid", "every": 2, "print_fn": lambda line: None}
    callbacks = [cpu_timer, checkpoint, Evaluate(scripted, *files, cpu_timer=cpu_timer, **settings)]
    for steps in (3, 3):  # as a run does that goes on within an epoch
        run_callbacks(model, callbacks, steps)
    assert scripted.steps == [2, 4, 6] and steps_of(read_history(files[0])) == [2, 4, 6]


def test_a_run_that_goes_on_with_other_features_begins_to_rank_anew(train, tmp_path):
    train(Scripted({2: 0.001}), 2)
    train(Scripted({4: 9.0}, conditions=CONDITIONS | {"features": "others"}), 2)
    assert int(load_model(tmp_path / "best.keras").steps) == 4
    assert steps_of(read_history(tmp_path / "metrics.jsonl")) == [2, 4]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_it_writes_over_the_line_of_progress(monkeypatch):
    for stream, start in ((Terminal(), "\r\033[K"), (io.StringIO(), "")):
        monkeypatch.setattr(sys, "stdout", stream)
        print_line("step 2: fid 5")
        assert stream.getvalue() == f"{start}step 2: fid 5\n"


def test_no_file_is_no_lines(tmp_path):
    assert read_history(tmp_path / "metrics.jsonl") == []
