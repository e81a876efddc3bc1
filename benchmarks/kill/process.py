"""Processes that are stopped at a moment of their life, from outside."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.disk import Disk

ROOT = Path(__file__).parents[2]
POLL_SECONDS = 0.01
PATIENCE = 300.0  # seconds after which a process that does not end counts as hanging
IN_THE_START = 0.4  # share of the stops in the start of a training, before its first epoch ends


@dataclass(frozen=True)
class Timing:
    """How long an undisturbed process takes, in seconds.

    Attributes:
        start: until the first epoch's end, or for a process without epochs until its end.
        rest: from there to its end.
    """

    start: float
    rest: float


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes:
        code: its exit code; None if it had to be killed because it hung.
        stopped: whether it was stopped, or had ended before.
        phase: how far it was when it was stopped.
        errors: what it wrote to stderr.
        timing: how long it took.
    """

    code: int | None
    stopped: bool
    phase: str
    errors: str
    timing: Timing


@dataclass(frozen=True)
class Moment:
    """When to stop a process.

    Attributes:
        after_an_epoch: whether to wait for the end of an epoch first.
        seconds: to wait from there, or from the start.
    """

    after_an_epoch: bool
    seconds: float

    @classmethod
    def draw(cls, rng: random.Random, timing: Timing) -> "Moment":
        """Return a random moment of a process that takes about so long."""
        if timing.rest and rng.random() > IN_THE_START:
            return cls(True, rng.uniform(0.0, timing.rest / 2))
        return cls(False, rng.uniform(0.0, timing.start))


def stops(disk: Disk) -> dict[str, Callable[[subprocess.Popen], None]]:
    """Return what stops a process, by name. What is done most often stands there twice."""
    ways: dict[str, Callable[[subprocess.Popen], None]] = {
        "SIGKILL": lambda process: process.kill(),
        "SIGTERM": lambda process: process.terminate(),
    }
    if disk.mounted:
        ways["full disk"] = lambda process: disk.fill()
        ways["read-only disk"] = lambda process: disk.freeze()
    return ways


def run_process(
    command: Sequence[str],
    folder: Path,
    stop: Callable[[subprocess.Popen], None] | None = None,
    moment: Moment | None = None,
    phase: Callable[[], str] = lambda: "",
) -> Ended:
    """Run `python -m COMMAND` to its end, or stop it at a moment.

    Args:
        command: module and arguments.
        folder: where its output goes, to `stdout` and `stderr`.
        stop: is called at the moment; None lets it end by itself.
        moment: when.
        phase: says how far it is, by the files it has written.
    """
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    output, errors = folder / "stdout", folder / "stderr"
    with open(output, "w") as out, open(errors, "w") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], stdout=out, stderr=err, env=environment
        )
        try:
            return _follow(process, output, errors, stop, moment, phase)
        finally:
            process.kill()
            process.wait()


def _follow(process, output, errors, stop, moment, phase) -> Ended:
    begun, epoch_at, stopped, found = time.monotonic(), 0.0, False, ""
    while process.poll() is None:
        now = time.monotonic()
        if not epoch_at and "\nepoch " in output.read_text(errors="replace"):
            epoch_at = now
        if stop and moment and not stopped and _is_due(moment, begun, epoch_at, now):
            found, stopped = phase(), True
            stop(process)
        if now - begun > PATIENCE:
            return Ended(None, stopped, found, errors.read_text(), Timing(PATIENCE, 0.0))
        time.sleep(POLL_SECONDS)
    now = time.monotonic()
    timing = Timing(epoch_at - begun, now - epoch_at) if epoch_at else Timing(now - begun, 0.0)
    return Ended(process.returncode, stopped, found, errors.read_text(), timing)


def _is_due(moment: Moment, begun: float, epoch_at: float, now: float) -> bool:
    if moment.after_an_epoch:
        return bool(epoch_at) and now - epoch_at >= moment.seconds
    return now - begun >= moment.seconds


def complaint(name: str, ended: Ended) -> str | None:
    """Return what is wrong with how a process ended after a stop; None if nothing is."""
    if ended.code is None:
        return "it hung"
    if "Traceback" in ended.errors:
        return f"a traceback instead of an error: {ended.errors.strip().splitlines()[-1][:200]}"
    if name.endswith("disk"):
        allowed = {0, 1}
    else:
        number = signal.Signals[name]
        allowed = {0, -number, 128 + number}
    if ended.code not in allowed:
        return f"exit code {ended.code}"
    if name.endswith("disk") and ended.code == 1 and "error: " not in ended.errors:
        return f"no error message, but: {ended.errors.strip()[:200]!r}"
    return None
