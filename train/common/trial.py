"""The trainings of a comparison: processes of their own, some at a time."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ONE_THREAD = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
FOREVER = 1_000_000  # epochs: it is the time that ends a training
PAUSE = 0.2  # seconds between two looks at the trainings


@dataclass(frozen=True)
class Trial:
    """A training of the comparison.

    Attributes:
        variant: its entry's name, or its module; flags of its own may follow.
        seed: of weights, order and noise.
        parent: the directory that its run's is in.
        minutes: of processor time that it has.
    """

    variant: str
    seed: int
    parent: Path
    minutes: float

    @property
    def title(self) -> str:
        """What its variant is called: the last part of a module's name, and its flags."""
        name, *own = shlex.split(self.variant)
        return shlex.join([name.rpartition(".")[2], *own])

    @property
    def folder(self) -> Path:
        """Its run's directory."""
        return self.parent / f"{slug(self.title)}-{self.seed}"

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What its evaluations found."""
        from keras_gans.callbacks import read_lines

        return read_lines(self.folder / "metrics.jsonl")

    @property
    def done(self) -> bool:
        """Whether it had its time, and was evaluated at the end of it."""
        lines = self.lines
        return bool(lines) and lines[-1]["seconds"] >= round(60.0 * self.minutes, 1)

    def start(self, flags: Sequence[str]) -> subprocess.Popen:
        """Start the training, or go on with it; what it says goes to a log beside its run."""
        name, *own = shlex.split(self.variant)
        module = name if "." in name else f"train.{name}"
        # The last of two equal flags counts.
        command = [sys.executable, "-m", module, *flags, *own, "--run-dir", str(self.folder)]
        command += ["--seed", str(self.seed), "--cpu-minutes", str(self.minutes)]
        command += ["--epochs", str(FOREVER)]
        environment = os.environ | dict.fromkeys(ONE_THREAD, "1")
        with open(self.log, "a") as log:
            # A session of its own: Ctrl-C comes by `play` alone, and once. A second signal would
            # stop it before it has saved its step.
            return subprocess.Popen(
                command, stdout=log, stderr=log, env=environment, start_new_session=True
            )

    @property
    def log(self) -> Path:
        """Where what it says goes."""
        return self.parent / f"{self.folder.name}.log"

    @property
    def last_words(self) -> str:
        """Its error, or the last line that it said."""
        lines = self.log.read_text().strip().splitlines()[-2:]
        return " ".join(lines if "error: " in "".join(lines[:1]) else lines[-1:])


def play(trials: list[Trial], flags: list[str], jobs: int) -> dict[Trial, str]:
    """Run the trainings that are not done, some at a time; return why some failed."""
    from keras_gans.callbacks import stop_signals

    waiting = [trial for trial in trials if not trial.done]
    running: dict[Trial, subprocess.Popen] = {}
    failed: dict[Trial, str] = {}
    before = {  # each as Ctrl-C
        number: signal.signal(number, signal.default_int_handler) for number in stop_signals()
    }
    print(f"{len(trials) - len(waiting)} of {len(trials)} trainings are done", flush=True)
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running[waiting[0]] = waiting[0].start(flags)
                waiting.pop(0)
            ended = [trial for trial, process in running.items() if process.poll() is not None]
            for trial in ended:
                if running.pop(trial).returncode:
                    failed[trial] = trial.last_words
                elif not trial.done:
                    failed[trial] = "it ended before its time was up"
                else:
                    print(f"{trial.folder.name}: {summary(trial.lines[-1])}", flush=True)
            time.sleep(PAUSE)
    finally:
        for process in running.values():
            process.terminate()  # it saves its step
        for process in running.values():
            process.wait()
        for number, handler in before.items():
            signal.signal(number, handler)
    return failed


def summary(line: dict[str, Any]) -> str:
    """Return an evaluation's figures on a line."""
    values = {k: v for k, v in line.items() if isinstance(v, float) and k != "seconds"}
    return f"step {line['step']:,}  " + "  ".join(f"{k} {v:.4g}" for k, v in values.items())


def slug(title: str) -> str:
    """Return a title as a part of a file's name: "dcgan --r1 0.5" is "dcgan-r1-0.5"."""
    return re.sub(r"[^\w.]+", "-", title)
