"""What quantization does to a GAN's pictures: `python -m benchmarks.quantization RUN...`.

Exports the first generator of each run as TFLite in float32, float16, dynamic and int8 into a
folder that is deleted again, and prints what every export measures as a Markdown table.
"""

import argparse
import tempfile
from pathlib import Path

from export import tflite
from export.common import report
from export.common.runs import open_run
from keras_gans.command_line import hidden_stderr, import_tensorflow_quietly


def rows(directory: Path) -> list[dict]:
    """Return a row for each quantization of a run's first generator."""
    run = open_run(directory)
    generator = run.generators()[0]
    found = []
    for how in tflite.QUANTIZE:
        with tempfile.TemporaryDirectory() as folder, hidden_stderr():
            file = Path(folder, "generator.tflite")
            ranges = run.representative(generator) if how == "int8" else None
            tflite.write(run, generator, file, quantize=how, representative=ranges)
            measured = report.measured(generator, tflite.form(how, batch_size=1), file)
        found.append({"file": f"{directory.name} {how}", **measured})
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quantization", description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    options = parser.parse_args()
    import_tensorflow_quietly()
    print(report.table([row for run in options.runs for row in rows(run)]))


if __name__ == "__main__":
    main()
