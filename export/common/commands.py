"""What every export's command line is."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from export.common.files import ExportError
from export.common.runs import Generator, Run, open_run
from keras_gans.command_line import import_tensorflow_quietly


def command(
    name: str | None,
    description: str | None,
    export: Callable,
    add_flags: Callable,
    arguments: Sequence[str] | None = None,
) -> None:
    """Run an export's command line, and exit with a message where it cannot be done.

    Args:
        name: of the export; None for all of them.
        description: for --help.
        export: called with the parsed options.
        add_flags: called with the parser, to add the export's own flags.
        arguments: the command line's; None takes the process's own.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m export.{name}" if name else "python -m export",
        description=description,
        allow_abbrev=False,
    )
    parser.add_argument("run", metavar="RUN", help="a run's directory, such as runs/dcgan-mnist")
    parser.add_argument(
        "--best", action="store_true", help="the best model that training measured, not the last"
    )
    add_flags(parser)
    options = parser.parse_args(arguments)
    import_tensorflow_quietly()
    from keras_gans.data import DataError

    try:
        export(options)
    except (ExportError, DataError, OSError) as error:
        sys.exit(f"error: {error}")


def each_generator(deliver: Callable[[Run, Generator, Any], None]) -> Callable[[Any], None]:
    """Return an export that delivers each of the generators that the options ask for."""

    def export(options: Any) -> None:
        run = open_run(options.run, best=options.best)
        for generator in run.generators(options.direction):
            deliver(run, generator, options)

    return export


def add_output(parser: argparse.ArgumentParser, what: str) -> None:
    """Add `--output`."""
    parser.add_argument("--output", metavar="DIR", type=Path, help=f"default RUN/export/{what}")


def add_direction(parser: argparse.ArgumentParser, choices: tuple[str, ...]) -> None:
    """Add `--direction`; the first choice is the default."""
    parser.add_argument(
        "--direction",
        choices=choices,
        default=choices[0],
        help=f"of a run with two translators (default {choices[0]})",
    )
