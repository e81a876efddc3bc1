"""All that a run can be exported as, in one go: `python -m export RUN`.

Writes a SavedModel, TFLite files of each quantization and an ONNX file for each generator, and a
web page; measures each file, and writes RUN/export/MODEL_CARD.md. What needs a package or network
that is missing is left out. The exit code is 1 where anything else could not be made.
"""

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from export import onnx, saved_model, tflite, web
from export.common import card, report
from export.common.commands import command
from export.common.files import ExportError, MissingError
from export.common.runs import Generator, Run, open_run


def export(options) -> None:
    """Export all generators of `options.run` in all forms."""
    from keras_gans.data import DataError

    run = open_run(options.run, best=options.best)
    generators = run.generators()
    failed = False
    for deliver in _all(run, generators, options.litert):
        try:
            deliver()
        except MissingError as error:
            print(f"left out: {error}", file=sys.stderr)
        except (ExportError, DataError, OSError) as error:
            failed = True
            print(f"error: {error}", file=sys.stderr)
    written = card.write(run, generators)
    print(f"\n{report.table(report.rows_of(run.folder))}\n\n{written}")
    if failed:
        raise ExportError("not all could be exported: see above")


def _all(run: Run, generators: list[Generator], litert) -> Iterator[Callable[[], None]]:
    """Give what makes each form with the single commands' defaults."""
    for generator in generators:
        yield partial(saved_model.deliver, run, generator, Namespace(output=None, version=None))
        for how in tflite.QUANTIZE:
            settings = Namespace(output=None, batch_size=1, quantize=[how])
            yield partial(tflite.deliver, run, generator, settings)
        yield partial(onnx.deliver, run, generator, Namespace(output=None))
    yield partial(web.deliver, run, generators, Namespace(output=None, litert=litert))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    command(None, __doc__, export, web.add_litert, arguments)


if __name__ == "__main__":
    main()
