"""How every command starts and ends: quietly, and with an error of one or two lines."""

import contextlib
import io
import logging
import os
import select
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn, TextIO, TypeVar, cast

from keras_gans.cli import flags
from keras_gans.errors import UserError
from keras_gans.validation import Config

Options = TypeVar("Options", bound=Config)

WITHOUT_MEMORY = "Close other programs, or use smaller images"
PIPE_CLOSED = 141  # what shells report of a command that wrote to a closed pipe: 128 + SIGPIPE


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


def run_command(
    command: Callable[[], int | None],
    *,
    interrupted: str = "stopped",
    without_memory: str = WITHOUT_MEMORY,
) -> NoReturn:
    """Run a command and exit: with its exit code, or with the message of what went wrong.

    The command parses its arguments too, so that --help ends as all else does. If nobody reads what
    it prints, as after `| head`, it ends without a message.

    Args:
        command: does the work; returns an exit code, None for 0.
        interrupted: printed after Ctrl-C.
        without_memory: says what to do where there is too little memory.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):  # names of files need not be text
        sys.stdout.reconfigure(errors="backslashreplace")
    code: int | str = 0
    try:
        code = _run(command, interrupted, without_memory)
        print(end="", flush=True)  # here, where it can be said that it fails
    except OSError as error:
        code = code or _code_of(error)
        _discard_stdout()
    sys.exit(code)


def _run(command: Callable[[], int | None], interrupted: str, without_memory: str) -> int | str:
    try:
        return command() or 0
    except SystemExit as stop:  # of the parser
        return stop.code or 0
    except OSError as error:
        return _code_of(error)
    except UserError as error:
        return f"error: {error}"
    except KeyboardInterrupt:
        print(f"\n{interrupted}", flush=True)
        return 130
    except Exception as error:
        if not is_without_memory(error):
            raise
        return f"error: there is too little memory. {without_memory}"


def _code_of(error: OSError) -> int | str:
    if isinstance(error, BrokenPipeError) and _is_unread(sys.stdout):
        return PIPE_CLOSED
    return f"error: {error}"


def _is_unread(stream: TextIO) -> bool:
    """Return whether a stream goes to a pipe that nobody reads any more."""
    if not hasattr(select, "poll"):  # Windows
        return True
    poll = select.poll()
    poll.register(stream, select.POLLOUT)
    return any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))


def _discard_stdout() -> None:
    """Write what is left to write nowhere: Python tries again when it ends, and would say so."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def is_without_memory(error: Exception) -> bool:
    """Whether memory ran out: Python's, or TensorFlow's on any device."""
    tensorflow = sys.modules.get("tensorflow")  # no error of it without it
    exhausted = tensorflow and isinstance(error, tensorflow.errors.ResourceExhaustedError)
    return isinstance(error, MemoryError) or bool(exhausted)


def import_tensorflow_quietly() -> None:
    """Import TensorFlow without the lines that it writes to stderr whatever its log level.

    Call this before anything imports Keras.
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with hidden_stderr():
        import tensorflow as tf

        tf.config.get_visible_devices()  # the messages of its search for a GPU belong here too
    tf.get_logger().addFilter(_is_worth_saying)


def _is_worth_saying(record: logging.LogRecord) -> bool:
    """Whether TensorFlow says more than that functions are traced again and again.

    It takes several networks, each of which is traced once, for one.
    """
    return "triggered tf.function retracing" not in record.getMessage()


@contextlib.contextmanager
def hidden_stderr() -> Iterator[None]:
    """Hide what libraries write to stderr, also from C++; show it if the block raises."""
    with tempfile.TemporaryFile() as hidden:
        sys.stderr.flush()
        stderr = os.dup(2)
        os.dup2(hidden.fileno(), 2)
        try:
            yield
        except KeyboardInterrupt:
            raise  # what was hidden has nothing to do with it
        except BaseException:
            hidden.seek(0)
            os.write(stderr, hidden.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
