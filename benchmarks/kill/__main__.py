"""Trainings and exports that are stopped at random moments: `python -m benchmarks.kill`.

Trains a small CycleGAN and a small WGAN in processes of their own, which get SIGKILL or SIGTERM at
random moments, or whose disk becomes full or read-only. The same command is run again until the
training is finished. Then weights, optimizers, random states, sample grids and evaluations must be
those, bit by bit, of a training that was never stopped. The command that makes all exports of a run
is stopped likewise: files that were there must be whole, and the next export must work.

The disk is a tmpfs, which only root can mount; without it these stops are left out.
"""

import collections
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from benchmarks.disk import can_mount
from keras_gans.cli.main import import_tensorflow_quietly, parse_and_run
from keras_gans.tables import markdown_table
from keras_gans.validation import Config, PositiveInt, SeedInt

if TYPE_CHECKING:
    from benchmarks.kill.subjects import Record, Subject

PER_RUN = 8  # stops of a run before it may finish


@dataclass(frozen=True)
class Options(Config):
    """Options of the benchmark.

    Args:
        kills: how often a process is stopped, in all.
        seed: random seed of the moments.
        subjects: what is stopped.
        failures: folder that gets a copy of each run in which something was wrong.
    """

    kills: PositiveInt = 100
    seed: SeedInt = 0
    subjects: tuple[Literal["cyclegan", "wgan", "export"], ...] = ("cyclegan", "wgan", "export")
    failures: Path = Path("kill-failures")


def shares(subjects: Sequence[str], kills: int) -> dict[str, int]:
    """Return how often each subject is stopped: trainings twice as often as exports."""
    weights = {name: 1 if name == "export" else 2 for name in subjects}
    counts = {name: kills * weight // sum(weights.values()) for name, weight in weights.items()}
    counts[subjects[0]] += kills - sum(counts.values())
    return counts


def stop_often(subject: "Subject", kills: int) -> None:
    """Stop a subject so many times; finish and compare after every few stops."""
    since = 0
    while subject.record.kills < kills:
        if subject.stop_once():
            since += 1
            if since < PER_RUN and subject.record.kills < kills:
                continue
            subject.finish()
        subject.begin_anew()
        since = 0


def table(records: "dict[str, Record]") -> str:
    """Return a Markdown table: a row per subject and way of stopping."""
    rows = []
    for name, record in records.items():
        phases: collections.Counter[str] = collections.Counter()
        ways: collections.Counter[str] = collections.Counter()
        for (way, phase), count in record.stopped.items():
            ways[way] += count
            phases[phase] += count
        rows.append(
            [
                name,
                record.kills,
                _counts(ways),
                _counts(phases),
                record.runs,
                len(record.problems),
                record.left_over,
            ]
        )
    headers = ("", "stops", "by", "how far it was", "compared", "problems", "left over")
    return markdown_table(headers, rows)


def _counts(counter: collections.Counter) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())


def run(options: Options) -> int:
    """Stop each subject as often as it gets, and print a table.

    Returns:
        The exit code: 1 if anything was lost, differed or hung.
    """
    mounted = can_mount()
    if not mounted:
        print("without full and read-only disks: a tmpfs can be mounted by root only")
    import_tensorflow_quietly()
    from benchmarks.kill.subjects import Export, Training

    records: dict[str, Record] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, kills in shares(options.subjects, options.kills).items():
            kind = Export if name == "export" else Training
            subject = kind(name, Path(folder, name), mounted, options.seed, options.failures)
            try:
                stop_often(subject, kills)
            finally:
                subject.disk.close()
            records[name] = subject.record
    print(f"\n{table(records)}")
    return int(any(record.problems for record in records.values()))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark as the command line says, and exit."""
    parse_and_run(Options, run, name="benchmarks.kill", description=__doc__, arguments=arguments)


if __name__ == "__main__":
    main()
