"""What `benchmarks.kill` stops: trainings and exports, and what must hold of each afterwards."""

import collections
import random
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from benchmarks.disk import Disk
from benchmarks.kill import checks
from benchmarks.kill.process import Moment, Timing, complaint, run_process, stops
from keras_gans.cli.run_directory import RunDirectory
from keras_gans.step_files import step_files, step_of

EVALUATED = "--precision float32 --evaluate-every 20 --metrics fid --features random --samples 32"
SHARED = f"--epochs 10 --steps-per-epoch 8 --ema 0.9 {EVALUATED}"
TRAININGS = {
    "cyclegan": "--data stripes --image-size 24 --filters 2 --blocks 1 --discriminator-filters 2",
    "wgan": "--data shapes --image-size 8 --latent-dim 4 --filters 4 --batch-size 4",
}
STEPS = 80
# SIGKILL, which no process can prepare for, comes twice as often.
ORDER = ("SIGKILL", "SIGTERM", "SIGKILL", "full disk", "read-only disk")


@dataclass
class Record:
    """What happened to one subject.

    Attributes:
        stopped: how often, by the way it was stopped and how far the process was.
        runs: finished runs that were compared, or exports that followed stopped ones.
        problems: what was wrong.
        left_over: temporary folders that were there at the end, though no process ran.
    """

    stopped: collections.Counter[tuple[str, str]] = field(default_factory=collections.Counter)
    runs: int = 0
    problems: list[str] = field(default_factory=list)
    left_over: int = 0

    @property
    def kills(self) -> int:
        """How often a process was stopped."""
        return self.stopped.total()


class Subject:
    """What is stopped: a training or an export.

    Args:
        name: of the subject.
        folder: an empty folder to work in.
        mounted: whether disks can be mounted.
        seed: random seed of the moments.
        failures: folder for copies of runs in which something was wrong.
    """

    def __init__(self, name: str, folder: Path, mounted: bool, seed: int, failures: Path):
        self.name, self.folder, self.failures = name, folder, failures
        self.rng = random.Random(f"{name} {seed}")
        self.record = Record()
        folder.mkdir()
        self.disk = Disk(folder / "disk", mounted)
        self.run, self.whole = self.disk.folder / "run", folder / "whole"
        ways = stops(self.disk)
        self.ways = {name: ways[name] for name in ORDER if name in ways}
        self.order: Iterator[str] = cycle(name for name in ORDER if name in ways)
        self.timing = self._prepare()

    def stop_once(self) -> bool:
        """Run the command and stop it; return whether it was stopped before its end."""
        before, logs = checks.snapshot(self.run), checks.log_sizes(self.run)
        name, moment = next(self.order), Moment.draw(self.rng, self.timing)
        ended = run_process(
            self.command(self.run), self.folder, self.ways[name], moment, self.phase
        )
        self.disk.mend()
        if not ended.stopped:
            self.check_end(ended.code, ended.errors)
            return False
        self.record.stopped[name, ended.phase] += 1
        problems = [each for each in [complaint(name, ended)] if each]
        self.report(f"after {name} {ended.phase}", problems + self.damage(before, logs))
        print(f"{self.name} {self.record.kills}: {name} {ended.phase}", flush=True)
        return True

    def finish(self) -> None:
        """Run the command to its end, and compare what it leaves."""
        ended = run_process(self.command(self.run), self.folder)
        self.check_end(ended.code, ended.errors)

    def check_end(self, code: int | None, errors: str) -> None:
        """Compare a command that ended by itself with one that was never stopped."""
        self.record.runs += 1
        problems = [f"exit code {code}: {errors.strip()[-300:]}"] if code else []
        self.report("at the end", problems + self.final_differences())
        self.record.left_over += len(checks.left_over(self.run))

    def report(self, when: str, problems: list[str]) -> None:
        """Keep what is wrong, and a copy of the run."""
        for problem in problems:
            print(f"{self.name} {when}: {problem}", file=sys.stderr, flush=True)
            self.record.problems.append(f"{when}: {problem}")
        if problems:
            copy = self.failures / f"{self.name}-{self.record.kills}-{self.record.runs}"
            shutil.copytree(self.run, copy, dirs_exist_ok=True)

    def command(self, run: Path) -> list[str]:
        """Return the module and arguments that write to a run's directory."""
        raise NotImplementedError

    def phase(self) -> str:
        """Return how far the process is."""
        raise NotImplementedError

    def damage(self, before: checks.Snapshot, logs: dict[str, int]) -> list[str]:
        """Return what a stopped process lost or damaged."""
        raise NotImplementedError

    def final_differences(self) -> list[str]:
        """Return what differs from the result of a process that was never stopped."""
        raise NotImplementedError

    def begin_anew(self) -> None:
        """Delete what the command has written."""
        raise NotImplementedError

    def _prepare(self) -> Timing:
        """Make the result of a process that is never stopped; return how long it takes."""
        ended = run_process(self.command(self.whole), self.folder)
        if ended.code:
            raise OSError(f"{self.name} does not work undisturbed: {ended.errors}")
        return ended.timing


class Training(Subject):
    """A training that is stopped."""

    def command(self, run: Path) -> list[str]:
        """Return the training's command."""
        flags = f"{TRAININGS[self.name]} {SHARED}".split()
        return [f"train.{self.name}", *flags, "--run-dir", str(run)]

    def phase(self) -> str:
        """Return how far the run is."""
        run = RunDirectory(self.run)
        checkpoints = step_files(run.checkpoints, ".keras")
        if not checkpoints:
            exists = run.config_file.exists()
            return "before the first checkpoint" if exists else "before the run exists"
        if step_of(checkpoints[-1]) < STEPS:
            return "between checkpoints"
        return "after the last checkpoint"

    def damage(self, before: checks.Snapshot, logs: dict[str, int]) -> list[str]:
        """Return what is missing or damaged."""
        return checks.lost(self.run, before, logs, self.whole)

    def final_differences(self) -> list[str]:
        """Compare with the run that was never stopped."""
        return checks.differences(self.run, self.whole)

    def begin_anew(self) -> None:
        """Delete the run."""
        shutil.rmtree(self.run)


class Export(Subject):
    """All exports of a run, which are stopped."""

    def _prepare(self) -> Timing:
        flags = f"{TRAININGS['wgan']} {SHARED}".split()
        trained = run_process(["train.wgan", *flags, "--run-dir", str(self.whole)], self.folder)
        if trained.code:
            raise OSError(f"the training does not work undisturbed: {trained.errors}")
        shutil.copytree(self.whole, self.run)
        return super()._prepare()

    def command(self, run: Path) -> list[str]:
        """Return the command that makes all exports."""
        return ["export", str(run)]

    def phase(self) -> str:
        """Return how far the process is."""
        if not (self.run / "export").exists():
            return "before the first file"
        writing = any(checks.left_over(self.run / "export"))
        return "while a file is written" if writing else "between files"

    def damage(self, before: checks.Snapshot, logs: dict[str, int]) -> list[str]:
        """Return what is missing, changed or not whole."""
        return checks.damaged_exports(self.run, before, self.whole)

    def final_differences(self) -> list[str]:
        """Compare the files with those of an export that was never stopped."""
        missing = checks.snapshot(self.whole).keys() - checks.snapshot(self.run).keys()
        problems = [f"{name} is missing" for name in sorted(missing)]
        return problems + checks.damaged_exports(self.run, {}, self.whole)

    def begin_anew(self) -> None:
        """Delete the exports."""
        shutil.rmtree(self.run / "export")
