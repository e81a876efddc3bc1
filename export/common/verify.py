"""Exported files are kept only if their images equal Keras's."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import shorten

from export.common import report
from export.common.errors import ExportError
from export.common.export_format import ExportFormat
from export.common.generator import Generator
from export.common.measurements import Measurements, measure
from export.common.trained_run import TrainedRun
from keras_gans.cli.main import hidden_stderr, is_without_memory
from keras_gans.errors import UserError, first_line
from keras_gans.files import atomic_path


def save_and_verify(
    run: TrainedRun,
    generator: Generator,
    export_format: ExportFormat,
    file: Path,
    write: Callable[[Path], None],
) -> None:
    """Write a file, verify it, and add it to the run's report.

    Args:
        run: the run.
        generator: what is exported.
        export_format: the file's format.
        file: the file to write, or the folder.
        write: called with a path to write it to.

    Raises:
        ExportError: it cannot be written or run, or its images differ from Keras's by more than
            the tolerance. Nothing is kept.
    """
    with atomic_path(file) as part:
        measurements = write_and_verify(generator, export_format, part, write)
    report.add_row(run.directory, generator, export_format, file, measurements)


def write_and_verify(
    generator: Generator, export_format: ExportFormat, path: Path, write: Callable[[Path], None]
) -> Measurements:
    """Write a file, verify it, and return its measurements.

    Raises:
        ExportError: it cannot be written or run, or its images differ from Keras's by more than
            the tolerance.
    """
    import tensorflow as tf

    with hidden_stderr(), _failing(f"the {export_format.name} file of {generator.name}"):
        try:
            write(path)
        except tf.errors.OpError as error:  # TensorFlow's own kind of OSError
            raise ExportError(
                f"the {export_format.name} file of {generator.name} cannot be written: "
                "is the disk full or read-only?"
            ) from error
        measurements = measure(generator, export_format, path)
    if not measurements.max_abs_error <= export_format.tolerance:  # NaN too is too much
        raise ExportError(
            f"the {export_format.name} file of {generator.name} has a max abs error of "
            f"{measurements.max_abs_error:.2g}, more than {export_format.tolerance:.2g}: "
            "it is not kept"
        )
    flat_error = measurements.flat_max_abs_error
    if flat_error is not None and not flat_error <= export_format.flat_tolerance:
        raise ExportError(
            f"the {export_format.name} file of {generator.name} has a max abs error of "
            f"{flat_error:.2g} on a black or a white image, more than "
            f"{export_format.flat_tolerance:.2g}: it is not kept"
        )
    return measurements


@contextlib.contextmanager
def _failing(file: str) -> Iterator[None]:
    """Turn what converters and runtimes raise over a model of the user's own into an error."""
    try:
        yield
    except (UserError, OSError, ImportError, NameError):  # of no operator
        raise
    except Exception as error:  # each has classes of its own
        if is_without_memory(error):
            raise
        reason = shorten(f"{type(error).__name__}: {first_line(error)}", 200)
        raise ExportError(
            f"{file} cannot be made ({reason})\nHas the format all operators of the generator?"
        ) from error
