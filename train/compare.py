"""`python -m train.compare`: variants side by side, each trained for the same processor time.

Each training is a process of its own on one thread, as many at once as there are processors. The
same command again goes on where it was stopped. DIR/index.html and DIR/README.md hold the table,
the curves and the sample grids; `tensorboard --logdir DIR` has all runs, and its HParams tab.
A variant may bring flags of its own, `--variants "dcgan,dcgan --r1 0"`; those after `--` go to
every training: `... --seeds 3 -- --image-size 64`. More variants, seeds and minutes may join what
is in DIR; what changes the figures of all needs a DIR of its own.
"""

import argparse
import importlib.util
import json
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

from keras_gans.command_line import import_tensorflow_quietly, positive, positive_number
from train.__main__ import entries

ONE_THREAD = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
FOREVER = 1_000_000  # epochs: it is the time that ends a training
PAUSE = 0.2  # seconds between two looks at the trainings
FIGURES_DEPEND_ON = ("data", "metrics", "features", "samples", "flags")


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
        name, *own = self.variant.split()
        return " ".join([name.rpartition(".")[2], *own])

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
        name, *own = self.variant.split()
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


def compare(options: argparse.Namespace, command: str) -> int:
    """Train what is not trained yet, write the page; return the exit code.

    Raises:
        UsageError: what is there was made with flags that change the figures.
    """
    from train.common.page import write

    name = Path(options.data).name
    folder = options.output or Path("runs", f"compare-{name}-{options.minutes:g}min")
    folder.mkdir(parents=True, exist_ok=True)
    refuse_differences(folder / "compare.json", options)
    trials = [
        Trial(variant, seed, folder, options.minutes)
        for seed in range(options.seeds)
        for variant in options.variants
    ]
    failed = play(trials, flags_of(options), options.jobs)
    measured = [trial for trial in trials if trial.done]
    if measured:
        print(f"\n{write(folder, measured, command)}\n\n{folder}/index.html   {folder}/README.md")
    for trial, reason in failed.items():
        print(f"error: {trial.folder.name}: {reason} ({trial.log})", file=sys.stderr)
    return 1 if failed else 0


def refuse_differences(file: Path, options: argparse.Namespace) -> None:
    """Note what the figures depend on; refuse other such flags than those that are noted.

    Raises:
        UsageError: they differ.
    """
    from keras_gans.files import write_whole
    from train.common.errors import UsageError

    now = {name: getattr(options, name) for name in FIGURES_DEPEND_ON}
    before = json.loads(file.read_text()) if file.exists() else now
    if differing := [name for name in now if now[name] != before.get(name)]:
        was = "; ".join(f"{name} was {before.get(name)}, now {now[name]}" for name in differing)
        raise UsageError(f"{file.parent} was made with other flags: {was}; give another --output")
    write_whole(file, json.dumps(now) + "\n")


def play(trials: list[Trial], flags: list[str], jobs: int) -> dict[Trial, str]:
    """Run the trainings that are not done, some at a time; return why some failed."""
    waiting = [trial for trial in trials if not trial.done]
    running: dict[Trial, subprocess.Popen] = {}
    failed: dict[Trial, str] = {}
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
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
        signal.signal(signal.SIGTERM, before)
    return failed


def summary(line: dict[str, Any]) -> str:
    """Return an evaluation's figures on a line."""
    values = {k: v for k, v in line.items() if isinstance(v, float) and k != "seconds"}
    return f"step {line['step']:,}  " + "  ".join(f"{k} {v:.4g}" for k, v in values.items())


def flags_of(options: argparse.Namespace) -> list[str]:
    """Return the flags that every training is given."""
    every = 60.0 * options.minutes / options.evaluations
    given = {
        "--data": options.data,
        "--data-dir": options.data_dir,
        "--evaluate-every": f"{every:g}s",
        "--metrics": options.metrics,
        "--features": options.features,
        "--samples": options.samples,
    }
    flags = [str(x) for flag, value in given.items() if value is not None for x in (flag, value)]
    return flags + options.flags


def variants(text: str) -> list[str]:
    """Return entries' names or modules, each with flags of its own if any, for argparse."""
    found = [" ".join(each.split()) for each in text.split(",")]
    for each in found:
        name = each.partition(" ")[0]
        if name not in entries() and not _is_module(name):
            raise argparse.ArgumentTypeError(f"no variant {name!r}: give {', '.join(entries())}")
    if len({Trial(each, 0, Path(), 0.0).folder for each in found}) < len(found):
        raise argparse.ArgumentTypeError(f"a variant is given twice: {text}")
    return found


def slug(title: str) -> str:
    """Return a title as a part of a file's name: "dcgan --r1 0.5" is "dcgan-r1-0.5"."""
    return re.sub(r"[^\w.]+", "-", title)


def _is_module(name: str) -> bool:
    try:
        return "." in name and importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):  # there is no such package; ".name"
        return False


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    command = shlex.join(["python", "-m", "train.compare", *arguments])
    further: list[str] = []
    if "--" in arguments:
        cut = arguments.index("--")
        arguments, further = arguments[:cut], arguments[cut + 1 :]
    parser = argparse.ArgumentParser(
        prog="python -m train.compare", description=__doc__, allow_abbrev=False
    )
    add = parser.add_argument
    add("--data", required=True, metavar="NAME", help="as for a training")
    add("--data-dir", metavar="DIR", help="where TensorFlow Datasets are prepared")
    text = "such as gan,dcgan; each may bring flags"
    add("--variants", required=True, type=variants, metavar="A,B", help=text)
    add("--minutes", required=True, type=positive_number, metavar="M", help="of processor time")
    add("--seeds", type=positive, default=3, metavar="N", help="trainings a variant (default 3)")
    add("--evaluations", type=positive, default=5, metavar="N", help="a training (default 5)")
    add("--metrics", metavar="A,B", help="as for a training")
    add("--features", metavar="NAME", help="as for a training")
    add("--samples", type=positive, metavar="N", help="as for a training")
    add("--jobs", type=positive, default=os.cpu_count(), metavar="N", help="trainings at once")
    add("--output", type=Path, metavar="DIR", help="default runs/compare-<data>-<M>min")
    options = parser.parse_args(arguments, argparse.Namespace(flags=further))
    import_tensorflow_quietly()
    from train.common.errors import UsageError

    try:
        sys.exit(compare(options, command))
    except (UsageError, OSError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        print(f"\nstopped; to go on: {command}")
        sys.exit(130)


if __name__ == "__main__":
    main()
