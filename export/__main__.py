"""Export a run in all formats: `python -m export RUN`.

Writes a SavedModel, a TFLite file of each quantization and an ONNX file for each generator, and a
web page; measures each file, and writes RUN/export/MODEL_CARD.md. Formats whose packages or
downloads are missing are skipped. The exit code is 1 if any other format fails.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from export import onnx, saved_model, tflite, web
from export.common import model_card, report
from export.common.errors import ExportError, MissingDependencyError, UnsupportedError
from export.common.generator import Generator
from export.common.options import FormatOptions, RunOptions
from export.common.trained_run import TrainedRun, open_run_of
from keras_gans.cli.main import parse_and_run
from keras_gans.errors import UserError


@dataclass(frozen=True)
class AllOptions(RunOptions):
    """Options of `python -m export`.

    Args:
        litert: LiteRT.js on disk, if there is no network; see export.web --help
    """

    litert: web.LiteRTFile = None


def export_all(options: AllOptions) -> None:
    """Export all generators of a run in all formats, and write its model card.

    Raises:
        ExportError: a format failed. The others have been made.
    """
    run = open_run_of(options)
    generators = run.generators()
    failed = False
    for export in _exports(run, generators, options):
        try:
            export()
        except (MissingDependencyError, UnsupportedError) as error:
            print(f"skipped: {error}", file=sys.stderr)
        except (UserError, OSError) as error:
            failed = True
            print(f"error: {error}", file=sys.stderr)
    card = model_card.write(run, generators)
    print(f"\n{report.table(report.read_rows(run.directory))}\n\n{card}")
    if failed:
        raise ExportError("not all formats could be exported: see above")


def _exports(
    run: TrainedRun, generators: Sequence[Generator], options: AllOptions
) -> Iterator[Callable[[], None]]:
    """Yield a function for each export, with the default options of its own command."""
    folder = options.run
    for generator in generators:
        saved_model_options = saved_model.SavedModelOptions(folder)
        yield partial(saved_model.export, run, generator, saved_model_options)
        for quantize in tflite.QUANTIZATIONS:
            # One at a time: int8 may fail where the others do not.
            tflite_options = tflite.TFLiteOptions(folder, quantize=(quantize,))
            yield partial(tflite.export, run, generator, tflite_options)
        yield partial(onnx.export, run, generator, FormatOptions(folder))
    yield partial(web.export, run, generators, web.WebOptions(folder, litert=options.litert))


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command."""
    parse_and_run(AllOptions, export_all, name="export", description=__doc__, arguments=arguments)


if __name__ == "__main__":
    main()
