"""The fuzzer: that it notices what it should, and that image files pass."""

import random
import shutil
import sys
from pathlib import Path

import pytest

from benchmarks.fuzz import __main__ as fuzz
from benchmarks.fuzz import mutations
from benchmarks.fuzz import worker as fuzz_worker
from benchmarks.fuzz.target import Input, Target
from keras_gans.errors import UserError

SAVED_RUN = Path(__file__).parents[1] / "saved" / "run"
ANSWERS = """
import os, sys, time
print('{"outcome": "ready"}', flush=True)
for line in sys.stdin:
    os.abort() if line == "0\\n" else time.sleep(60)
"""


class Scripted(Target):
    """Does what the number of an input says."""

    def fill(self):
        (self.folder / "kept").write_text("kept")

    def draw(self, rng):
        return Input("a number", {"input": b"x"}, {"call": rng.random()})

    def attempt(self, given):
        assert (self.folder / "input").read_bytes() == b"x"
        self.do()


@pytest.fixture
def worker(tmp_path, monkeypatch):
    monkeypatch.setitem(fuzz_worker.TARGETS, "scripted", Scripted)
    monkeypatch.setattr(fuzz_worker.Worker, "_prepare", lambda self, folder: None)
    return fuzz_worker.Worker("scripted", 0, tmp_path, tmp_path)


def refuse():
    raise UserError("no")


def stop(code):
    def exit_():
        sys.exit(code)

    return exit_


@pytest.mark.parametrize(
    "do, outcome",
    [
        (lambda: None, "accepted"),
        (refuse, "refused"),
        (lambda: open("/nowhere/at/all"), "refused"),
        (stop("error: no"), "refused"),
        (stop(3), "wrong error"),
        (lambda: {}["missing"], "wrong error"),
    ],
)
def test_outcomes_of_an_input(worker, do, outcome):
    worker.target.do = do
    assert worker.attempt(0)["outcome"] == outcome
    assert not (worker.target.folder / "input").exists()
    assert (worker.current / "input").read_bytes() == b"x"


def test_files_that_change_and_programs_that_start_are_noticed(worker, monkeypatch):
    kept = worker.target.folder / "kept"
    worker.target.do = kept.unlink
    assert worker.attempt(0)["outcome"] == "changed files"
    assert kept.read_text() == "kept"  # put back for the next input
    worker.target.do = worker.marker.touch
    assert worker.attempt(1)["outcome"] == "executed"
    assert not worker.marker.exists()
    monkeypatch.setattr(fuzz_worker, "MOST_MEMORY", 2**24)
    worker.target.do = lambda: bytearray(2**26).count(1)
    assert worker.attempt(2)["outcome"] == "memory"


def test_crashes_and_hangs_are_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzz, "PATIENCE", 0.3)
    (tmp_path / "log").write_text("Fatal\n")
    process = fuzz.Process("images", 0, tmp_path, tmp_path)
    process.command = [sys.executable, "-c", ANSWERS]
    assert process.attempt(0) == {"outcome": "crash", "detail": "exit code -6: Fatal"}
    assert process.attempt(1)["outcome"] == "hang"
    process.stop()


@pytest.mark.parametrize("name", ["images", "requests"])
def test_an_input_is_the_same_for_a_seed(name, tmp_path):
    target = fuzz_worker.TARGETS[name](tmp_path, tmp_path, tmp_path / "marker")
    drawn = [target.draw(random.Random(f"{name} 0 {number}")) for number in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_damage_changes_something():
    rng, data = random.Random(0), bytes(range(200))
    assert sum(mutations.damage(data, rng) != data for _ in range(50)) > 40
    tree = {"a": [1, {"b": 2}], "c": "d"}
    assert any(mutations.damage_tree(tree, rng) != tree for _ in range(10))
    assert tree == {"a": [1, {"b": 2}], "c": "d"}
    members = {"a": data, "b": data}
    assert mutations.unzip(mutations.zipped(members)) == members
    changed = mutations.unzip(mutations.damage_zip(mutations.zipped(members), rng))
    assert changed != members


def test_every_target_gets_its_share():
    assert sum(fuzz.counts(list(fuzz.SHARES), 2000).values()) == 2000
    assert set(fuzz.SHARES) == set(fuzz_worker.TARGETS)
    assert fuzz.counts(["report"], 7) == {"report": 7}


def test_broken_images_are_accepted_or_refused(tmp_path):
    tally = fuzz.fuzz("images", 60, 2, tmp_path, tmp_path / "failures")
    assert not tally.kinds, tally.kinds
    assert tally.outcomes["accepted"] > 5 and tally.outcomes["refused"] > 5
    assert tally.outcomes.total() == 60 and not Path(tmp_path, "failures").exists()


def test_broken_presets_are_accepted_or_refused(tmp_path, monkeypatch):
    shutil.copytree(SAVED_RUN, tmp_path / "base" / "cgan")
    monkeypatch.setattr(fuzz_worker.Worker, "_prepare", lambda self, folder: None)
    worker = fuzz_worker.Worker("presets", 0, tmp_path, tmp_path / "base")
    worker.target.attempt(Input("whole", {}))
    answers = [worker.attempt(number) for number in range(8)]
    assert {answer["outcome"] for answer in answers} <= {"accepted", "refused"}, answers
    assert len({answer["what"].partition(",")[0] for answer in answers}) == 4  # each kind of file
