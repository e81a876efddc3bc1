"""Broken and hostile files and requests: `python -m benchmarks.fuzz`.

Damages, in small processes of their own, what people get from others or from a broken disk, and
opens it as the commands do: image files in each format that Pillow writes; the files of a run,
among them .keras files that name functions to call; the files of a preset; and requests to exported
SavedModels. An input may be accepted, or refused with an error that commands print as one line. It
must not crash or hang the process, raise another error, take more than 2 GiB, change a file, or
execute anything. Inputs that do are kept in a folder.
"""

import collections
import json
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from benchmarks.fuzz.base import ROOT, make_runs
from keras_gans.cli.main import parse_and_run
from keras_gans.tables import markdown_table
from keras_gans.validation import Config, PositiveInt, SeedInt

TargetName = Literal[
    "images",
    "arrays",
    "configuration",
    "history",
    "examples",
    "report",
    "models",
    "presets",
    "requests",
]
# Of 25 inputs. Images come in the most kinds.
SHARES: dict[str, int] = {
    "images": 7,
    "arrays": 2,
    "configuration": 2,
    "history": 2,
    "examples": 2,
    "report": 1,
    "models": 3,
    "presets": 2,
    "requests": 3,
}
PATIENCE = 60.0  # seconds after which an input counts as hanging
START_PATIENCE = 300.0  # seconds until a process has to be ready
FAILURES = ("crash", "hang", "wrong error", "memory", "changed files", "executed")


@dataclass(frozen=True)
class Options(Config):
    """Options of the benchmark.

    Args:
        inputs: how many inputs, in all.
        seed: random seed.
        targets: what is given broken inputs.
        failures: folder for the inputs that fail.
    """

    inputs: PositiveInt = 2000
    seed: SeedInt = 0
    targets: tuple[TargetName, ...] = get_args(TargetName)
    failures: Path = Path("fuzz-failures")


@dataclass
class Tally:
    """What the inputs of a target did.

    Attributes:
        outcomes: how often each outcome came.
        kinds: the failures by outcome and the last line of their details.
    """

    outcomes: collections.Counter[str] = field(default_factory=collections.Counter)
    kinds: collections.Counter[tuple[str, str]] = field(default_factory=collections.Counter)


class Process:
    """A worker process, which is started again after a crash.

    Args:
        target: its name.
        seed: random seed.
        folder: where the process may write.
        base: folder of the runs.
    """

    def __init__(self, target: str, seed: int, folder: Path, base: Path):
        arguments = ["-m", "benchmarks.fuzz.worker", target, str(seed), str(folder), str(base)]
        self.command = [sys.executable, *arguments]
        self.folder = folder
        self.process: subprocess.Popen | None = None

    def attempt(self, number: int) -> dict[str, str]:
        """Let it try an input; return the outcome."""
        if self.process is None:
            self._start()
        assert self.process is not None and self.process.stdin is not None
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        return self._answer(PATIENCE)

    def current(self) -> Path | None:
        """Return the folder that holds the input that was tried last."""
        found = [path for path in self.folder.glob("*/current") if path.is_dir()]
        return max(found, key=lambda path: path.stat().st_mtime, default=None)

    def stop(self) -> int | None:
        """End the process; return its exit code, None if it had to be killed."""
        process, self.process = self.process, None
        if process is None:
            return 0
        with process:  # closes its pipes
            try:
                process.communicate(timeout=10)
                return process.returncode
            except subprocess.TimeoutExpired:
                process.kill()
                return None

    def _start(self) -> None:
        for old in self.folder.glob("*/"):
            shutil.rmtree(old)
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        answer = self._answer(START_PATIENCE)
        if answer["outcome"] != "ready":
            log = (self.folder / "log").read_text(errors="replace")
            raise OSError(f"a worker does not start: {log[-1000:]}")

    def _answer(self, seconds: float) -> dict[str, str]:
        assert self.process is not None and self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            self.process.kill()
            self.stop()
            return {"outcome": "hang", "detail": f"{seconds:g} seconds"}
        if line := self.process.stdout.readline():
            return json.loads(line)
        code = self.stop()
        log = (self.folder / "log").read_text(errors="replace").strip().splitlines()
        return {"outcome": "crash", "detail": f"exit code {code}: {' '.join(log[-1:])[:200]}"}


def fuzz(target: str, inputs: int, seed: int, base: Path, failures: Path) -> Tally:
    """Try the inputs of a target.

    Args:
        target: its name.
        inputs: how many.
        seed: random seed.
        base: folder of the runs of `make_runs`.
        failures: folder for inputs that fail.
    """
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        process = Process(target, seed, Path(folder), base)
        try:
            for number in range(inputs):
                answer = process.attempt(number)
                tally.outcomes[answer["outcome"]] += 1
                if answer["outcome"] in FAILURES:
                    _keep(answer, process.current(), failures / target / str(number))
                    last = answer["detail"].strip().splitlines()[-1:]
                    tally.kinds[answer["outcome"], " ".join(last)[:160]] += 1
        finally:
            process.stop()
    return tally


def _keep(answer: dict[str, str], current: Path | None, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if current is not None:
        shutil.copytree(current, folder, dirs_exist_ok=True)
    (folder / "outcome.json").write_text(json.dumps(answer, indent=1))


def counts(targets: Sequence[str], inputs: int) -> dict[str, int]:
    """Return how many inputs each target gets, at least one."""
    total = sum(SHARES[target] for target in targets)
    found = {target: max(1, inputs * SHARES[target] // total) for target in targets}
    found[targets[0]] += max(0, inputs - sum(found.values()))
    return found


def table(tallies: dict[str, Tally]) -> str:
    """Return a Markdown table, a row per target."""
    rows = [
        [name, sum(tally.outcomes.values())]
        + [tally.outcomes[outcome] for outcome in ("accepted", "refused", *FAILURES)]
        for name, tally in tallies.items()
    ]
    return markdown_table(("", "inputs", "accepted", "refused", *FAILURES), rows)


def run(options: Options) -> int:
    """Try the inputs of all targets and print a table.

    Returns:
        The exit code: 1 if any input failed.
    """
    tallies: dict[str, Tally] = {}
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        if not set(options.targets) <= {"images", "arrays"}:
            make_runs(base)
        for target, inputs in counts(options.targets, options.inputs).items():
            tally = tallies[target] = fuzz(target, inputs, options.seed, base, options.failures)
            print(f"{target}: {dict(tally.outcomes)}", flush=True)
            for (outcome, last), times in tally.kinds.most_common():
                print(f"  {times} x {outcome}: {last}", flush=True)
    print(f"\n{table(tallies)}")
    failed = any(tally.kinds for tally in tallies.values())
    if failed:
        print(f"\nthe inputs that failed are in {options.failures}")
    return int(failed)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark as the command line says, and exit."""
    parse_and_run(Options, run, name="benchmarks.fuzz", description=__doc__, arguments=arguments)


if __name__ == "__main__":
    main()
