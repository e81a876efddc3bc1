"""A training by two workers, of which one is killed now and then: `python -m benchmarks.workers`.

Two processes of this machine train a small CycleGAN and a small WGAN together. At random moments
one of them gets SIGKILL. The other one has to end within a minute, and say which worker is gone.
Both are started again until the training is finished. Then weights, optimizers, random states,
image pools, sample grids and evaluations must be those, bit by bit, of a training that was never
stopped.
"""

import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.kill import checks
from keras_gans.cli.main import import_tensorflow_quietly, parse_and_run
from keras_gans.tables import markdown_table
from keras_gans.validation import Config, PositiveInt, SeedInt

ROOT = Path(__file__).parents[1]
WORKERS = 2
PER_RUN = 5  # kills of a training before it may finish
POLL_SECONDS = 0.05
PATIENCE = 60.0  # seconds in which the other worker has to end
TRAININGS = {
    "cyclegan": "--data stripes --image-size 24 --filters 2 --blocks 1 --discriminator-filters 2 "
    "--batch-size 2 --pool-size 4",
    "wgan": "--data shapes --image-size 8 --latent-dim 4 --filters 4 --batch-size 8",
}
SHARED = (
    "--epochs 10 --steps-per-epoch 8 --ema 0.9 --precision float32 "
    "--evaluate-every 20 --metrics fid --features random --samples 32"
)


@dataclass(frozen=True)
class Options(Config):
    """Options of the benchmark.

    Args:
        kills: how often a worker is killed, in all.
        seed: random seed of the moments.
        models: what is trained.
    """

    kills: PositiveInt = 20
    seed: SeedInt = 0
    models: tuple[Literal["cyclegan", "wgan"], ...] = ("cyclegan", "wgan")


class Workers:
    """Processes that train together.

    Args:
        commands: module and arguments of each worker.
        folder: for their output.
        pinned: whether each worker has one core of its own.

    Attributes:
        processes: the workers, the chief first.
    """

    def __init__(self, commands: Sequence[Sequence[str]], folder: Path, *, pinned: bool = False):
        self.folder, self.pinned = folder, pinned
        addresses = [f"127.0.0.1:{port}" for port in _free_ports(len(commands))]
        self.processes = [
            self._start(command, addresses, index) for index, command in enumerate(commands)
        ]

    def output(self, index: int) -> str:
        """Return what a worker has printed."""
        return (self.folder / f"stdout-{index}").read_text(errors="replace")

    def errors(self, index: int) -> str:
        """Return what a worker has written to stderr."""
        return (self.folder / f"stderr-{index}").read_text(errors="replace")

    def wait_for(self, text: str, seconds: float = 300.0) -> None:
        """Wait until the chief has printed a text.

        Raises:
            OSError: it ended before, or has not printed it in so many seconds.
        """
        end = time.monotonic() + seconds
        while text not in self.output(0):
            if time.monotonic() > end or self.processes[0].poll() is not None:
                self.wait(0)
                raise OSError(f"no {text!r}: {self.errors(0)} {self.errors(1)}")
            time.sleep(POLL_SECONDS)

    def wait(self, seconds: float | None = None) -> list[int]:
        """Return the exit codes.

        Raises:
            subprocess.TimeoutExpired: a worker still runs. All are killed then.
        """
        try:
            return [process.wait(seconds) for process in self.processes]
        finally:
            for process in self.processes:
                process.kill()

    def _start(self, command: Sequence[str], addresses: list[str], index: int) -> subprocess.Popen:
        task = {"type": "worker", "index": index}
        cluster = json.dumps({"cluster": {"worker": addresses}, "task": task})
        environment = os.environ | {"PYTHONPATH": str(ROOT), "TF_CONFIG": cluster}
        with (
            open(self.folder / f"stdout-{index}", "w") as output,
            open(self.folder / f"stderr-{index}", "w") as errors,
        ):
            return subprocess.Popen(
                [*(["taskset", "-c", str(index)] if self.pinned else []), sys.executable]
                + ["-m", *command],
                stdout=output,
                stderr=errors,
                env=environment,
            )


@dataclass
class Record:
    """What happened to one training.

    Attributes:
        kills: of the chief, and of the other worker.
        compared: finished trainings that were compared.
        slowest: the longest time that the other worker needed to end, in seconds.
        problems: what was wrong.
    """

    kills: list[int]
    compared: int = 0
    slowest: float = 0.0
    problems: int = 0


def kill_often(name: str, folder: Path, kills: int, seed: int) -> Record:
    """Train, and kill a worker so many times; finish and compare after every few times."""
    rng = random.Random(f"{name} {seed}")
    record, number = Record([0] * WORKERS), 0
    whole = folder / "whole"
    begun = time.monotonic()
    codes = _workers(name, whole, folder).wait()
    if any(codes):
        raise OSError(f"{name} does not work undisturbed: exit codes {codes}")
    seconds = time.monotonic() - begun
    while sum(record.kills) < kills:
        run = folder / f"run-{number}"
        for _ in range(min(PER_RUN, kills - sum(record.kills))):
            _report(record, name, _kill_once(name, run, whole, folder, rng, seconds, record))
        workers = _workers(name, run, folder)
        codes = workers.wait()
        said = "; ".join(workers.errors(index)[-300:] for index in range(WORKERS))
        problems = [f"exit codes {codes}: {said}"] if any(codes) else []
        _report(record, name, problems + checks.differences(run, whole))
        record.compared, number = record.compared + 1, number + 1
    return record


def _kill_once(
    name: str,
    run: Path,
    whole: Path,
    folder: Path,
    rng: random.Random,
    seconds: float,
    record: Record,
) -> list[str]:
    """Start the workers, kill one at a random moment of the training; return what went wrong."""
    before, logs = checks.snapshot(run), checks.log_sizes(run)
    workers = _workers(name, run, folder)
    victim = rng.randrange(WORKERS)
    try:
        workers.wait_for("\nconfiguration: ")  # they have found each other
    except OSError as error:
        return [f"it did not begin: {error}"]
    time.sleep(rng.uniform(0.0, seconds / 2))
    if workers.processes[victim].poll() is not None:
        workers.wait()  # it was finished before
        return []
    workers.processes[victim].kill()
    killed = time.monotonic()
    other = 1 - victim
    record.kills[victim] += 1
    try:
        codes = workers.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        return [f"worker {other} still ran {PATIENCE:.0f} s after worker {victim} was killed"]
    record.slowest = max(record.slowest, time.monotonic() - killed)
    print(f"{name} {sum(record.kills)}: worker {victim}, {record.slowest:.1f} s", flush=True)
    problems = checks.lost(run, before, logs, whole) if run.exists() else []
    said = f"worker {victim} (127.0.0.1:" in workers.errors(other)
    if codes[other] not in (0, 1) or (codes[other] and not said):
        problems.append(f"exit code {codes[other]}: {workers.errors(other)[-300:]}")
    return problems


def _report(record: Record, name: str, problems: list[str]) -> None:
    for problem in problems:
        print(f"{name}: {problem}", file=sys.stderr, flush=True)
    record.problems += len(problems)


def _workers(name: str, run: Path, folder: Path) -> Workers:
    command = [f"train.{name}", *f"{TRAININGS[name]} {SHARED}".split(), "--run-dir", str(run)]
    return Workers([command] * WORKERS, folder)


def _free_ports(count: int) -> list[int]:
    """Return ports that nothing uses."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def run(options: Options) -> int:
    """Kill workers, and print a table.

    Returns:
        The exit code: 1 if anything was lost, differed or hung.
    """
    import_tensorflow_quietly()
    kills = options.kills // len(options.models)
    records = {}
    for name in options.models:
        with tempfile.TemporaryDirectory() as folder:
            records[name] = kill_often(name, Path(folder), kills, options.seed)
    headers = ("", "chief killed", "other killed", "compared", "ends after, at most", "problems")
    rows = [
        [name, *record.kills, record.compared, f"{record.slowest:.0f} s", record.problems]
        for name, record in records.items()
    ]
    print(f"\n{markdown_table(headers, rows)}")
    return int(any(record.problems for record in records.values()))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark as the command line says, and exit."""
    parse_and_run(Options, run, name="benchmarks.workers", description=__doc__, arguments=arguments)


if __name__ == "__main__":
    main()
