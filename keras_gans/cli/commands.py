"""How a command whose flags are the fields of one configuration is run."""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar, cast

from keras_gans.cli import flags
from keras_gans.cli.main import run_command
from keras_gans.validation import Config

Options = TypeVar("Options", bound=Config)


def parse_and_run(
    config: type[Options],
    command: Callable[[Options], int | None],
    *,
    name: str,
    description: str | None,
    arguments: Sequence[str] | None = None,
) -> NoReturn:
    """Parse a command line, run the command and exit.

    Args:
        config: dataclass of the options.
        command: called with the options; returns an exit code, None for 0.
        name: of the module that is run, such as "export.onnx".
        description: for --help.
        arguments: the command line's; None for those of the process.
    """

    def work() -> int | None:
        options: Options = flags.parse(
            cast(Any, config),
            prog=f"python -m {name}",
            description=description or "",
            arguments=arguments,
        )
        return command(options)

    run_command(work)
