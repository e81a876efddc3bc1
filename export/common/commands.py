"""How every export's command line is parsed and run."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar, cast

from export.common.generator import Generator
from export.common.options import FormatOptions, RunOptions
from export.common.trained_run import TrainedRun, open_run
from keras_gans.cli import flags
from keras_gans.cli.main import run_command
from keras_gans.validation import Config

Options = TypeVar("Options", bound=Config)
AnyFormatOptions = TypeVar("AnyFormatOptions", bound=FormatOptions)


def parse_and_run(
    config: type[Options],
    command: Callable[[Options], None],
    *,
    name: str,
    description: str | None,
    arguments: Sequence[str] | None = None,
) -> NoReturn:
    """Parse a command line, run the command and exit.

    Args:
        config: dataclass of the options.
        command: called with the options.
        name: of the module that is run, such as "export.onnx".
        description: for --help.
        arguments: the command line's; None for those of the process.
    """

    def work() -> None:
        options: Options = flags.parse(
            cast(Any, config),
            prog=f"python -m {name}",
            description=description or "",
            arguments=arguments,
        )
        command(options)

    run_command(work)


def open_run_of(options: RunOptions) -> TrainedRun:
    """Open the run that the options name.

    Raises:
        UserError: it is no run, is not trained yet, or cannot be opened.
    """
    run = open_run(options.run, best=options.best, model=options.model)
    info = run.info.with_data(options.data, options.data_dir)
    return dataclasses.replace(run, info=info)


def for_each_generator(
    export: Callable[[TrainedRun, Generator, AnyFormatOptions], None],
) -> Callable[[AnyFormatOptions], None]:
    """Return a command that exports each generator of the options' run and direction."""

    def command(options: AnyFormatOptions) -> None:
        run = open_run_of(options)
        for generator in run.generators(options.direction):
            export(run, generator, options)

    return command
