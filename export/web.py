"""A page that runs a generator in the browser: `python -m export.web RUN`.

Writes the folder RUN/export/web: the generators as .tflite files, LiteRT.js, which runs them, and
a page. Samplers show samples and walk through their latents; translators translate pictures and
what a camera sees. Any static server can serve the folder, as `python -m http.server` does; the
page asks for nothing from anywhere else.

LiteRT.js is fetched once from the npm registry and kept in ~/.cache/keras_gans.
"""

import argparse
import json
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from export import tflite
from export.common import litert_js
from export.common.commands import add_output, command
from export.common.files import ExportError, MissingError, Place
from export.common.report import proven, record, size
from export.common.runs import Generator, Run, open_run

PAGE = Path(__file__).parent / "web_page"


def export(options) -> None:
    """Write the page of `options.run`."""
    run = open_run(options.run, best=options.best)
    deliver(run, run.generators(), options)


def deliver(run: Run, generators: Sequence[Generator], options: Any) -> None:
    """Write the page of a run's generators.

    Args:
        run: the run.
        generators: of the run, all of them.
        options: `output`, an empty folder, or None for the run's own, whose page is replaced; and
            `litert`, a tarball or None.

    Raises:
        ExportError: the folder is not empty, or LiteRT.js is damaged.
        MissingError: the generators make points, or LiteRT.js is not to be had.
    """
    output = run.output(options, "web")
    if options.output and output.exists() and not (output.is_dir() and not any(output.iterdir())):
        raise ExportError(f"{output} is not empty: delete it, or give --output another folder")
    if generators[0].makes_points:
        raise MissingError(f"{run.folder} makes points, not pictures: a page cannot show them")
    package = litert_js.tarball(options.litert)
    form = tflite.form("none", batch_size=1)
    with Place(output) as part:
        shutil.copytree(PAGE, part)
        litert_js.unpack(package, part / "litert")
        measures = [
            proven(generator, form, part / _file(generator), partial(tflite.write, run, generator))
            for generator in generators
        ]
        (part / "model.json").write_text(json.dumps(_description(run, generators)))
        if output.exists():
            output.rename(part.parent / "earlier")  # deleted once the new page is there
    for generator, row in zip(generators, measures, strict=True):
        record(run, row, output / _file(generator))
    print(f"  {output} ({size(output) / 2**20:.1f} MiB)")
    print(f"To see it: python -m http.server --directory {output}")


def _file(generator: Generator) -> str:
    return f"{generator.name}.tflite"


def _description(run: Run, generators: Sequence[Generator]) -> dict[str, Any]:
    """Return what the page has to know of the run."""
    return {
        "title": run.title,
        "kind": "translator" if generators[0].translates else "sampler",
        "classes": run.class_names,
        "generators": [
            {
                "name": generator.name,
                "file": _file(generator),
                "inputs": {name: [1, *x.shape[1:]] for name, x in generator.examples.items()},
                "output": [1, *generator.expected.shape[1:]],
            }
            for generator in generators
        ],
    }


def _add_flags(parser) -> None:
    add_output(parser, "web")
    add_litert(parser)


def add_litert(parser: argparse.ArgumentParser) -> None:
    """Add `--litert`."""
    parser.add_argument(
        "--litert",
        metavar="FILE.tgz",
        type=Path,
        help=f"LiteRT.js from disk, where there is no network: {litert_js.URL}",
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    command("web", __doc__, export, _add_flags, arguments)


if __name__ == "__main__":
    main()
