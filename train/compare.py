"""`python -m train.compare`: variants side by side, each trained for the same processor time.

Each training is a process of its own on one thread, as many at once as there are processors. The
same command again goes on where it was stopped. DIR/index.html and DIR/README.md hold the table,
the curves and the sample grids; `tensorboard --logdir DIR` has all runs, and its HParams tab.
A variant may bring flags of its own, `--variants "dcgan,dcgan --r1 0"`; those after `--` go to
every training: `... --seeds 3 -- --image-size 64`. More variants, seeds and minutes may join what
is in DIR: name all again. What changes the figures of all needs a DIR of its own.
"""

import argparse
import importlib.util
import json
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from keras_gans.command_line import import_tensorflow_quietly, positive, positive_number
from train.__main__ import entries
from train.common.trial import Trial, play

# Pictures and checkpoints are made once an epoch, which a few pictures would be through in no time.
STEPS_PER_EPOCH = 500
FIGURES_DEPEND_ON = ("data", "metrics", "features", "samples", "flags")
PAGE = "README.md", "index.html"
# What a comparison decides itself, and what has to be the same for all that it compares.
OURS = {"--run-dir", "--restart", "--seed", "--epochs", "--cpu-minutes", "--minutes", "--patience"}
SAME_FOR_ALL = {"--data", "--data-dir", "--image-size", "--channels"}
SAME_FOR_ALL |= {"--metrics", "--features", "--samples"}


def compare(options: argparse.Namespace, command: str) -> int:
    """Train what is not trained yet, write the page; return the exit code.

    Raises:
        UsageError: what is there was made with flags that change the figures.
    """
    from train.common.page import write

    name = Path(options.data).name
    folder = options.output or Path("runs", f"compare-{name}-{options.minutes:g}min")
    begin(folder, options)
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


def begin(folder: Path, options: argparse.Namespace) -> None:
    """Make the directory and note what its figures depend on.

    Raises:
        UsageError: its figures are of other such flags, or of more minutes; or it is none of a
            comparison, and has a page of its own.
    """
    from keras_gans.files import write_whole
    from train.common.errors import UsageError

    file = folder / "compare.json"
    if not file.exists() and any((folder / page).exists() for page in PAGE):
        raise UsageError(f"{folder} has a page that is no comparison's: give another --output")
    now = {name: getattr(options, name) for name in (*FIGURES_DEPEND_ON, "minutes")}
    if any(folder.glob("*/metrics.jsonl")) and file.exists():
        before = json.loads(file.read_text())
        differing = [name for name in FIGURES_DEPEND_ON if now[name] != before.get(name)]
        if options.minutes < before.get("minutes", 0.0):
            differing.append("minutes")
        if differing:
            was = "; ".join(f"{name} was {before.get(name)}, now {now[name]}" for name in differing)
            raise UsageError(f"{folder} was made with other flags: {was}; give another --output")
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(file, json.dumps(now) + "\n")


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
        "--steps-per-epoch": STEPS_PER_EPOCH,
    }
    flags = [str(x) for flag, value in given.items() if value is not None for x in (flag, value)]
    return flags + options.flags


def variants(text: str) -> list[str]:
    """Return entries' names or modules, each with flags of its own if any, for argparse."""
    found = text.split(",")
    for each in found:
        try:
            name, *own = shlex.split(each) or [""]
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{each!r}: {error}") from error
        if name not in entries() and not _is_module(name):
            raise argparse.ArgumentTypeError(f"no variant {name!r}: give {', '.join(entries())}")
        if refused := named(own, OURS | SAME_FOR_ALL):
            raise argparse.ArgumentTypeError(f"{refused} is the same for all of a comparison")
    if len({Trial(each, 0, Path(), 0.0).folder for each in found}) < len(found):
        raise argparse.ArgumentTypeError(f"a variant is given twice: {text}")
    return found


def named(flags: Sequence[str], names: set[str]) -> str:
    """Return those of some names that are among flags."""
    return ", ".join(sorted(names & {flag.partition("=")[0] for flag in flags}))


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
    if refused := named(further, OURS):
        parser.error(f"{refused} after --: a comparison decides that itself")
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
