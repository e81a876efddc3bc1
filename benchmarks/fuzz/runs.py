"""Damaged files of a run: configuration, history, examples, report."""

import io
import json
import pickle
import random
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import yaml

from benchmarks.fuzz.base import ROOT
from benchmarks.fuzz.mutations import (
    cut,
    damage,
    damage_json,
    damage_tree,
    damage_zip,
    nested,
    noise,
    unzip,
    zipped,
)
from benchmarks.fuzz.target import Input, Target

EARLIER = ROOT / "tests" / "saved" / "run"
HEADERS = (
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 8), }",
    "{'descr': [('a', '<f4'), ('b', '|O')], 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'shape': ()}",
    "__import__('os').system('touch MARKER')",
    "(" * 5000,
)


class RunTarget(Target):
    """A run, one of whose files is damaged."""

    model = "cgan"

    def fill(self) -> None:
        """Copy the run, without its SavedModels."""
        ignored = shutil.ignore_patterns("saved_model", ".lock")
        shutil.copytree(self.base / self.model, self.folder / "run", ignore=ignored)
        shutil.copytree(EARLIER, self.folder / "earlier")

    def original(self, name: str) -> bytes:
        """Return the content of a file before it was damaged."""
        if name.startswith("earlier/"):
            return (EARLIER.parent / name.replace("earlier", "run")).read_bytes()
        return (self.base / self.model / name.removeprefix("run/")).read_bytes()


class Config(RunTarget):
    """config.yaml and metadata.json, and config.json of version 0.1.0."""

    def draw(self, rng: random.Random) -> Input:
        """Return a damaged configuration."""
        name = rng.choice(("run/config.yaml", "run/metadata.json", "earlier/config.json"))
        original, change = self.original(name), rng.random()
        calls = ("lock", "read", "flags") if name.endswith("yaml") else ("lock", "read")
        options = {"call": rng.choice(calls), "folder": name.split("/")[0]}
        if change < 0.1:
            data, what = self._yaml_tags(rng), "YAML that names Python's objects"
        elif change < 0.15:
            data, what = nested(rng), "too many levels"
        elif change < 0.2:
            data, what = _aliases(), "aliases of aliases"
        elif change < 0.3:
            data, what = cut(original, rng), "cut"
        elif change < 0.4:
            data, what = damage(original, rng), "damaged bytes"
        else:
            tree = damage_tree(yaml.safe_load(original), rng)
            text = yaml.safe_dump(tree) if name.endswith("yaml") else json.dumps(tree)
            data, what = text.encode(), "damaged values"
        return Input(f"{name}, {what}", {name: data}, options)

    def attempt(self, given: Input) -> None:
        """Read the run, reserve it as a training does, or read it as `--config`."""
        from keras_gans.cli.run_directory import RunDirectory
        from train.cgan import RECIPE
        from train.common.command import parse_options

        run = RunDirectory(self.folder / given.options["folder"])
        if given.options["call"] == "read":
            run.read()
        elif given.options["call"] == "lock":
            run.lock()
            run.close()
            (run.folder / ".lock").unlink(missing_ok=True)
        else:
            parse_options(RECIPE, ["--config", str(run.config_file)])

    def _yaml_tags(self, rng: random.Random) -> bytes:
        command = f"touch {self.marker}"
        tag = rng.choice(
            (
                f"!!python/object/apply:os.system ['{command}']",
                f"!!python/object/new:os.system ['{command}']",
                "!!python/module:harm",
                "!!python/name:harm.anything",
                f"!!python/object/apply:subprocess.check_output [['touch', '{self.marker}']]",
            )
        )
        return f"model: {tag}\nepochs: 1\nseed: 0\nprecision: float32\n".encode()


class History(RunTarget):
    """metrics.jsonl and cpu_seconds.json."""

    def draw(self, rng: random.Random) -> Input:
        """Return a damaged history."""
        name = rng.choice(("run/metrics.jsonl", "run/metrics.jsonl", "run/cpu_seconds.json"))
        original = self.original(name)
        if rng.random() < 0.2:
            return Input(f"{name}, cut", {name: cut(original, rng)})
        lines = original.splitlines()
        chosen = rng.randrange(len(lines))
        lines[chosen] = damage_json(lines[chosen], rng)
        return Input(f"{name}, damaged", {name: b"\n".join(lines)})

    def attempt(self, given: Input) -> None:
        """Read it as a training does that resumes, and as a model card does."""
        from keras_gans.callbacks.cpu_timer import CpuTimer
        from keras_gans.cli.run_directory import RunDirectory
        from keras_gans.evaluation.evaluator import comparable
        from keras_gans.evaluation.history import read_history

        run = RunDirectory(self.folder / "run")
        lines = read_history(run.history_file)
        lines = [line for line in lines if line["step"] <= 10**9 and line["seconds"] >= 0.0]
        if lines:
            comparable(lines)
        timer = CpuTimer(SimpleNamespace(saved_step=0), run.cpu_seconds_file)  # type: ignore[arg-type]
        timer.set_model(SimpleNamespace(step=2))
        timer.on_train_begin()


class Examples(RunTarget):
    """examples.npz."""

    _model: Any = None

    def draw(self, rng: random.Random) -> Input:
        """Return damaged examples."""
        original, change = self.original("examples.npz"), rng.random()
        if change < 0.15:
            data, what = self._pickled(rng), "with pickled code"
        elif change < 0.3:
            data, what = self._header(rng), "with another header"
        elif change < 0.45:
            data, what = _other_arrays(rng), "with other arrays"
        elif change < 0.8:
            data, what = damage_zip(original, rng), "with a damaged array"
        elif change < 0.85:
            data, what = noise(rng), "noise"
        elif change < 0.9:
            data, what = cut(original, rng), "cut"
        else:
            data, what = damage(original, rng), "damaged"
        return Input(what, {"run/examples.npz": data})

    def attempt(self, given: Input) -> None:
        """Give them to the generators, as exports do."""
        from export.common.trained_run import TrainedRun
        from keras_gans.cli.run_directory import RunDirectory

        run = RunDirectory(self.folder / "run")
        self._model = self._model or run.load_model()
        TrainedRun(run, run.read(), self._model).generators()

    def _pickled(self, rng: random.Random) -> bytes:
        content = io.BytesIO()
        array = np.empty(1, object)
        array[0] = Harm(self.marker)
        if rng.random() < 0.5:
            return pickle.dumps(array)
        np.savez(content, array)
        return content.getvalue()

    def _header(self, rng: random.Random) -> bytes:
        text = rng.choice(HEADERS).replace("MARKER", str(self.marker)).encode()
        version = rng.choice((b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x09\x00"))
        length = len(text).to_bytes(2 if version[0] == 1 else 4, "little")
        members = unzip(self.original("examples.npz"))
        members["arr_0.npy"] = b"\x93NUMPY" + version + length + text + bytes(64)
        return zipped(members)


class Report(RunTarget):
    """export/report.json."""

    def draw(self, rng: random.Random) -> Input:
        """Return a damaged report."""
        name = "run/export/report.json"
        return Input("damaged", {name: damage_json(self.original(name), rng)})

    def attempt(self, given: Input) -> None:
        """Read it as every export does, and print it as a table."""
        from export.common import report
        from keras_gans.cli.run_directory import RunDirectory

        report.table(report.read_rows(RunDirectory(self.folder / "run")))


class Harm:
    """Leaves a marker when it is unpickled."""

    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self):
        return open, (str(self.marker), "w")


def _aliases() -> bytes:
    """Return YAML of few bytes that stands for billions of values."""
    lines = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    for previous, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{previous}'] * 9)}]")
    needed = "model: cgan\nepochs: 1\nseed: 0\nprecision: float32"
    return f"{needed}\n{chr(10).join(lines)}\nfilters: *i\n".encode()


def _other_arrays(rng: random.Random) -> bytes:
    """Return arrays that are none of this model's."""
    content = io.BytesIO()
    shapes: tuple[tuple[int, ...], ...] = ((), (0,), (3,), (2, 8, 8, 3), (0, 8, 8, 3), (1, 1, 1, 1))
    kinds = ("float32", "int32", "uint8", "complex64", "U3", "M8[s]", "bool")
    arrays = [np.zeros(rng.choice(shapes), rng.choice(kinds)) for _ in range(rng.randrange(4))]
    np.savez(content, *arrays)
    return content.getvalue()
