"""Train variants for the same CPU time and compare them: `python -m train.compare`.

Each training is a process with one thread, or with a GPU of its own, whose time is measured by the
clock. To resume, run the same command again. To add variants,
seeds or minutes, run it with the old and the new ones; other data or metrics need another --output.
A variant may have flags: --variants "dcgan,dcgan --r1 0". Flags after -- are for every training:
--seeds 3 -- --image-size 64. The output folder has index.html and README.md with the table, the
curves and the sample grids, and the runs for TensorBoard, also for its HParams tab.
"""

import importlib.util
import json
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_gans.cli.flags import parse, with_config_files
from keras_gans.cli.main import import_tensorflow_quietly, run_command
from keras_gans.errors import UserError
from keras_gans.files import atomic_write_text
from keras_gans.validation import PositiveFloat, PositiveInt
from train.__main__ import recipe_names
from train.common.devices import visible_gpus
from train.common.options import CacheOptions
from train.common.training_job import TrainingJob, run_all

PROG = "python -m train.compare"
# Sample grids and checkpoints are written once per epoch, which small data would make too short.
STEPS_PER_EPOCH = 500
# Options that all metrics depend on: the trainings of one comparison share them.
SHARED = ("data", "metrics", "features", "samples", "flags")
REPORT = ("README.md", "index.html")
CHOOSE_OUTPUT = "choose another --output"
OWN_FLAGS = {"--run-dir", "--restart", "--seed", "--epochs", "--minutes", "--cpu-minutes"}
OWN_FLAGS |= {"--patience", "--dry-run"}
SHARED_FLAGS = {"--data", "--data-dir", "--image-size", "--channels"}
SHARED_FLAGS |= {"--metrics", "--features", "--samples"}


class ComparisonError(UserError):
    """Variants cannot be compared as asked."""


@dataclass(frozen=True, kw_only=True)
class CompareOptions(CacheOptions):
    """Options of a comparison.

    Args:
        data: a built-in data set, a TensorFlow Datasets name or a folder.
        variants: names such as gan,dcgan or modules; each may have flags.
        minutes: CPU time of each training, in minutes; on GPUs, the clock's.
        data_dir: folder of TensorFlow Datasets.
        seeds: trainings per variant, with the seeds 0, 1, ...
        evaluations: evaluations per training.
        metrics: names such as fid,classes; by default the quick ones.
        features: features that the metrics compare, as in a training.
        samples: generated images per evaluation; by default as many as there are real ones.
        jobs: trainings at the same time; by default one per GPU, or per CPU.
        output: folder; by default runs/compare-DATA-MINUTESmin.
    """

    data: str
    variants: str
    minutes: PositiveFloat
    data_dir: str | None = None
    seeds: PositiveInt = 3
    evaluations: PositiveInt = 5
    metrics: str | None = None
    features: str | None = None
    samples: PositiveInt | None = None
    jobs: PositiveInt | None = None
    output: Path | None = None


def compare(options: CompareOptions, flags: Sequence[str], command: str) -> int:
    """Train what is not trained yet and write the report; return the exit code.

    Args:
        options: of the comparison.
        flags: for every training.
        command: what the user typed, for the report.

    Raises:
        UserError: the variants or flags cannot be compared, or not in this folder.
    """
    variants = parse_variants(options.variants)
    flags = with_config_files(flags)
    if refused := _common(flags, OWN_FLAGS):
        raise ComparisonError(f"{refused} cannot be given after --: the comparison sets it")
    default = f"compare-{Path(options.data).name}-{options.minutes:g}min"
    folder = options.output or Path("runs", default)
    begin(folder, options, flags)
    import_tensorflow_quietly()
    jobs = [
        TrainingJob(variant, seed, folder, options.minutes)
        for seed in range(options.seeds)
        for variant in variants
    ]
    gpus = visible_gpus()
    limit = options.jobs or len(gpus) or os.cpu_count() or 1
    failed = run_all(jobs, [*training_flags(options), *flags], limit, gpus)
    if evaluated := [job for job in jobs if job.done]:
        from train.common.report import write_report

        print(f"\n{write_report(folder, evaluated, command)}")
        print(f"\n{folder}/index.html   {folder}/README.md")
    for job, reason in failed.items():
        print(f"error: {job.folder.name}: {reason} ({job.log_file})", file=sys.stderr)
    return 1 if failed else 0


def parse_variants(text: str) -> list[str]:
    """Return the variants of a comma-separated list, each with its flags.

    Raises:
        UserError: one is unknown, is given twice, or has flags that all variants must share.
    """
    variants = text.split(",")
    for variant in variants:
        try:
            name, *own = shlex.split(variant) or [""]
        except ValueError as error:
            raise ComparisonError(f"--variants: {variant!r}: {error}") from error
        if name not in recipe_names() and not _is_module(name):
            raise ComparisonError(f"no variant {name!r}: choose from {', '.join(recipe_names())}")
        if refused := _common(with_config_files(own), OWN_FLAGS | SHARED_FLAGS):
            raise ComparisonError(f"{name}: {refused} must be the same for all variants")
    if len({TrainingJob(variant, 0, Path(), 0.0).folder for variant in variants}) < len(variants):
        raise ComparisonError(f"a variant is given twice: {text}")
    return variants


def begin(folder: Path, options: CompareOptions, flags: Sequence[str]) -> None:
    """Create the folder, and write the options that its metrics depend on to compare.json.

    Raises:
        ComparisonError: it has evaluations with other options or more minutes, or a report that
            no comparison wrote.
    """
    file = folder / "compare.json"
    if not file.exists() and any((folder / name).exists() for name in REPORT):
        raise ComparisonError(f"{folder} has another README.md or index.html: {CHOOSE_OUTPUT}")
    names = [name for name in SHARED if name != "flags"]
    now = {name: getattr(options, name) for name in (*names, "minutes")} | {"flags": [*flags]}
    if file.exists() and any(folder.glob("*/metrics.jsonl")):
        before = _read(file)
        differences = [name for name in SHARED if now[name] != before.get(name)]
        if options.minutes < before.get("minutes", 0.0):
            differences.append("minutes")
        if differences:
            changes = [f"{name} was {before.get(name)}, now {now[name]}" for name in differences]
            raise ComparisonError(
                f"{folder} has other trainings: {'; '.join(changes)}; {CHOOSE_OUTPUT}"
            )
    atomic_write_text(file, json.dumps(now) + "\n")


def _read(file: Path) -> dict[str, Any]:
    try:
        before = json.loads(file.read_text())
        return dict(before)
    except (OSError, ValueError, TypeError) as error:
        raise ComparisonError(f"{file} is damaged: delete it, or {CHOOSE_OUTPUT}") from error


def training_flags(options: CompareOptions) -> list[str]:
    """Return the flags of every training that follow from the options."""
    seconds = 60.0 * options.minutes / options.evaluations
    values = {
        "--data": options.data,
        "--data-dir": options.data_dir,
        "--evaluate-every": f"{seconds:g}s",
        "--metrics": options.metrics,
        "--features": options.features,
        "--samples": options.samples,
        "--cache": options.cache,
        "--steps-per-epoch": STEPS_PER_EPOCH,
    }
    return [str(x) for flag, value in values.items() if value is not None for x in (flag, value)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    command = f"{PROG} {shlex.join(arguments)}"
    end = arguments.index("--") if "--" in arguments else len(arguments)
    own, common = arguments[:end], arguments[end + 1 :]
    run_command(
        lambda: compare(
            parse(CompareOptions, prog=PROG, description=__doc__, arguments=own), common, command
        ),
        interrupted=f"stopped. To resume, run the same command again: {command}",
    )


def _common(flags: Sequence[str], names: set[str]) -> str:
    """Return those of the names that are among flags, however they are spelled."""
    given = {flag.partition("=")[0].replace("_", "-") for flag in flags}
    return ", ".join(sorted(names & given))


def _is_module(name: str) -> bool:
    try:
        return "." in name and importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):  # there is no such package, or no name before the dot
        return False


if __name__ == "__main__":
    main()
