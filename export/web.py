"""A page that runs a generator in the browser: `python -m export.web RUN`.

Writes the folder RUN/export/web: the generators as .tflite files, LiteRT.js, which runs them, and
a page. Noise-to-image generators show samples and walk through their latent space; image-to-image
generators translate images and the camera, and begin with an image of the run's examples, which
becomes a part of the page. Any static server can serve the folder, such as `python -m http.server`.
The page loads nothing from anywhere else.

LiteRT.js is downloaded once from the npm registry and cached.
"""

import json
import shlex
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

from tyro.conf import arg

from export import tflite
from export.common import litert_js, report
from export.common.errors import ExportError, UnsupportedError
from export.common.generator import Generator
from export.common.measurements import size_of
from export.common.options import RunOptions
from export.common.trained_run import TrainedRun, open_run_of
from export.common.verify import write_and_verify
from keras_gans.cli.main import parse_and_run
from keras_gans.files import atomic_path, set_aside
from keras_gans.pixels import to_pixels

PAGE = Path(__file__).parent / "web_page"
LiteRTFile = Annotated[Path | None, arg(metavar="FILE.tgz")]


@dataclass(frozen=True)
class WebOptions(RunOptions):
    """Options of `python -m export.web`.

    Args:
        output: an empty folder to write to; None for RUN/export/web, which is replaced
        litert: LiteRT.js on disk, if there is no network:
            https://registry.npmjs.org/@litertjs/core/-/core-2.5.3.tgz
    """

    output: Annotated[Path | None, arg(metavar="DIR")] = None
    litert: LiteRTFile = None


def export(run: TrainedRun, generators: Sequence[Generator], options: WebOptions) -> None:
    """Write the page of all generators of a run.

    Raises:
        ExportError: the folder is not empty, LiteRT.js is damaged, or images differ from Keras's.
        UnsupportedError: the generator makes 2-D points.
        MissingDependencyError: LiteRT.js cannot be downloaded.
    """
    output = options.output or run.directory.exports / "web"
    if options.output and output.exists() and not (output.is_dir() and not any(output.iterdir())):
        raise ExportError(f"{output} is not empty: delete it, or give --output another folder")
    if generators[0].makes_points:
        raise UnsupportedError(
            f"{run.directory.folder} makes 2-D points, not images: a page cannot show them"
        )
    package = litert_js.tarball(options.litert)
    export_format = tflite.export_format("none", batch_size=1)
    with atomic_path(output) as part:
        # Files of today's date: browsers ask again for those, but keep old ones for days.
        shutil.copytree(PAGE, part, copy_function=shutil.copyfile)
        litert_js.unpack(package, part / "litert")
        measurements = [
            write_and_verify(
                generator, export_format, part / _file(generator), _writer(run, generator)
            )
            for generator in generators
        ]
        for generator in generators:
            if generator.is_translator:
                _write_sample(generator, part / _sample_file(generator))
        (part / "model.json").write_text(json.dumps(_description(run, generators)))
        if output.exists():
            set_aside(output, part)
    for generator, measured in zip(generators, measurements, strict=True):
        file = output / _file(generator)
        report.add_row(run.directory, generator, export_format, file, measured)
    print(f"  {output} ({size_of(output) / 2**20:.1f} MiB)")
    command = ["python", "-m", "http.server", "--directory", str(output)]
    print(f"To see it: {shlex.join(command)}")


def _writer(run: TrainedRun, generator: Generator) -> Callable[[Path], None]:
    return partial(tflite.write, run, generator, batch_size=1, quantize="none")


def _file(generator: Generator) -> str:
    return f"{generator.name}.tflite"


def _sample_file(generator: Generator) -> str:
    return f"{generator.name}-sample.png"


def _write_sample(generator: Generator, file: Path) -> None:
    from keras_gans.data.fitting import to_pil

    to_pil(to_pixels(generator.examples["images"][0])).save(file)


def _description(run: TrainedRun, generators: Sequence[Generator]) -> dict[str, Any]:
    """Return the content of model.json, which the page reads."""
    return {
        "title": run.title,
        "kind": "translator" if generators[0].is_translator else "sampler",
        "classes": run.class_names,
        "generators": [
            {
                "name": generator.name,
                "file": _file(generator),
                "inputs": {name: [1, *x.shape[1:]] for name, x in generator.examples.items()},
                "output": [1, *generator.expected.shape[1:]],
                "sample": _sample_file(generator) if generator.is_translator else None,
            }
            for generator in generators
        ],
    }


def _command(options: WebOptions) -> None:
    run = open_run_of(options)
    export(run, run.generators(), options)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command."""
    parse_and_run(WebOptions, _command, name="export.web", description=__doc__, arguments=arguments)


if __name__ == "__main__":
    main()
