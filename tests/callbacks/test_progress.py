import io
import re

import pytest

from keras_gans.callbacks import Progress
from keras_gans.callbacks.console import print_line


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """A terminal of 60 columns, on which the bar is drawn at every step."""
    monkeypatch.setattr("keras_gans.callbacks.progress.TERMINAL_SECONDS", 0.0)
    monkeypatch.setenv("COLUMNS", "60")
    return Terminal()


def test_in_a_file_there_is_one_line_per_epoch(variants, fit):
    variant = variants["gan"]
    stream = io.StringIO()
    fit(variant, variant.create(), [Progress(2, 2, stream)], epochs=2)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2 and all(line.isprintable() for line in lines)
    assert lines[0].startswith("epoch 1/2  step 2/2") and lines[1].startswith("epoch 2/2  step 2/2")
    assert re.search(r"  \d+ ms/step  00:00 left  ", lines[1])
    assert "generator/adversarial" in lines[1] and "discriminator/adversarial" in lines[1]


@pytest.mark.parametrize(("minutes", "least", "most"), [(None, 3600, 1e9), (5, 200, 300)])
def test_the_time_left_is_that_until_training_stops(
    minutes, least, most, variants, run_callbacks, monkeypatch
):
    stream = io.StringIO()
    progress = Progress(10**6, 10, stream, minutes)
    clock = iter(range(1000))  # a second passes whenever anybody looks
    monkeypatch.setattr("keras_gans.callbacks.progress.time.monotonic", lambda: float(next(clock)))
    run_callbacks(variants["gan"].create(), [progress], steps=1)
    left = re.search(r"([\d:]+) left", stream.getvalue())[1]
    seconds = sum(60**power * int(part) for power, part in enumerate(left.split(":")[::-1]))
    assert least <= seconds <= most


def test_in_a_file_there_are_lines_within_a_long_epoch(variants, fit, monkeypatch):
    monkeypatch.setattr("keras_gans.callbacks.progress.FILE_SECONDS", 0.0)
    variant = variants["gan"]
    stream = io.StringIO()
    fit(variant, variant.create(), [Progress(1, 3, stream)], steps=3)
    steps = re.findall(r"step (\d)/3", stream.getvalue())
    assert steps == ["1", "2", "3", "3"]


def test_on_a_terminal_a_bar_is_rewritten(variants, fit, terminal):
    variant = variants["gan"]
    fit(variant, variant.create(), [Progress(1, 3, terminal)], steps=3)
    assert terminal.getvalue().count("\n") == 1
    _, *lines = terminal.getvalue().split("\r")
    assert all(len(line.rstrip("\n")) < 60 for line in lines)
    assert re.match(r"epoch 1/1 \|.*\| step 3/3, \d+ ms/step, 00:00 left", lines[-1])
    steps = [match[1] for line in lines if (match := re.search(r"step (\d)/3", line))]
    assert list(dict.fromkeys(steps)) == ["0", "1", "2", "3"]


def test_each_epoch_has_a_bar(variants, fit, terminal):
    variant = variants["gan"]
    fit(variant, variant.create(), [Progress(2, 2, terminal)], epochs=2)
    (line, _) = terminal.getvalue().split("\n")  # of the last one: the first was too short to stay
    assert line.index("epoch 1/2") < line.index("epoch 2/2")


def test_the_bars_of_long_epochs_stay(variants, fit, terminal, monkeypatch):
    monkeypatch.setattr("keras_gans.callbacks.progress.EPOCH_SECONDS", 0.0)
    variant = variants["gan"]
    fit(variant, variant.create(), [Progress(2, 2, terminal)], epochs=2)
    first, second, _ = terminal.getvalue().split("\n")
    assert "epoch 1/2" in first and "epoch 2/2" in second


def test_many_short_epochs_share_lines(variants, run_callbacks):
    stream = io.StringIO()
    run_callbacks(variants["gan"].create(), [Progress(100, 1, stream)], steps=1, epochs=100)
    epochs = re.findall(r"epoch (\d+)/100", stream.getvalue())
    assert epochs == [*map(str, range(1, 11)), "100"]


def test_a_resumed_epoch_starts_at_its_step(variants, fit, terminal):
    variant = variants["gan"]
    model = variant.create()
    model.steps.assign(4)  # the second of three epochs of three steps, after one step
    fit(variant, model, [Progress(3, 3, terminal)], steps=2)
    assert "epoch 2/3" in terminal.getvalue() and "step 1/3" in terminal.getvalue()
    assert "step 3/3" in terminal.getvalue()


def test_a_line_replaces_the_bar(terminal):
    print_line("warning: look", terminal)
    assert terminal.getvalue() == "\r\033[Kwarning: look\n"
    stream = io.StringIO()
    print_line("warning: look", stream)
    assert stream.getvalue() == "warning: look\n"
