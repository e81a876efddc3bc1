"""What every export's command does with its options."""

import dataclasses
from collections.abc import Callable
from typing import TypeVar

from export.common.generator import Generator
from export.common.options import FormatOptions, RunOptions
from export.common.trained_run import TrainedRun, open_run

AnyFormatOptions = TypeVar("AnyFormatOptions", bound=FormatOptions)


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
