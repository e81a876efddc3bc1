"""The effect of quantization on a GAN's images: `python -m benchmarks.quantization RUN...`.

Exports the first generator of each run to TFLite in float32, float16, dynamic and int8, to a
temporary folder, and prints a Markdown table of each file's measurements.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from export import tflite
from export.common.measurements import measure
from export.common.report import ReportRow, table
from export.common.trained_run import open_run
from keras_gans.cli.main import hidden_stderr, import_tensorflow_quietly, parse_and_run
from keras_gans.errors import UserError
from keras_gans.validation import Config


@dataclass(frozen=True)
class Options(Config):
    """Options of the benchmark.

    Args:
        runs: directories of runs, or presets.
    """

    runs: Annotated[Positional[tuple[str, ...]], arg(metavar="RUN")]


def rows(run_or_preset: str) -> list[ReportRow]:
    """Return a row for each quantization of a run's first generator."""
    run = open_run(run_or_preset)
    generator = run.generators()[0]
    found = []
    for quantize in tflite.QUANTIZATIONS:
        with tempfile.TemporaryDirectory() as folder, hidden_stderr():
            file = Path(folder, "generator.tflite")
            export_format = tflite.export_format(quantize, batch_size=1)
            calibration = run.calibration_inputs(generator) if quantize == "int8" else None
            tflite.write(
                run, generator, file, batch_size=1, quantize=quantize, calibration=calibration
            )
            measurements = measure(generator, export_format, file)
        name = f"{Path(run_or_preset).name} {quantize}"
        found.append(ReportRow(name, export_format.name, generator.name, "", measurements))
    return found


def _run(options: Options) -> None:
    if not options.runs:
        raise UserError("give the directory of one run or more")
    import_tensorflow_quietly()
    print(table([row for run in options.runs for row in rows(run)]))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark as the command line says, and exit."""
    parse_and_run(
        Options, _run, name="benchmarks.quantization", description=__doc__, arguments=arguments
    )


if __name__ == "__main__":
    main()
