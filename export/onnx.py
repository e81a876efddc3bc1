"""ONNX files, for ONNX Runtime and others: `python -m export.onnx RUN`.

Writes RUN/export/onnx/<generator>.onnx. It takes any number of latents, and labels and codes where
the generator is told them, or of images of the run's size, and returns images, named `made`. Labels
are int32, all else is float32; images are in [-1, 1]. Needs `pip install -e .[onnx]`.
"""

import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from export.common.commands import add_direction, add_output, command, each_generator
from export.common.files import MissingError
from export.common.report import Form, Maker, arguments, keep
from export.common.runs import Generator, Run, signature

OUTPUT = "made"  # not "images": in ONNX an input and an output of one name are one tensor
NEEDED = ("tf2onnx", "onnxruntime")


def deliver(run: Run, generator: Generator, options: Any) -> None:
    """Export a generator."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise MissingError(f"ONNX needs {' and '.join(missing)}: pip install -e .[onnx]")
    destination = run.output(options, "onnx") / f"{generator.name}.onnx"
    keep(run, generator, FORM, destination, lambda part: write(generator, part))


def write(generator: Generator, file: Path) -> None:
    """Write an .onnx file for any number of examples of the run's size."""
    import keras

    network = generator.network
    shapes = {name: (None, *x.shape[1:]) for name, x in generator.examples.items()}
    named = keras.Model(network.input, {OUTPUT: network.output})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tf2onnx asks numpy for names that it no longer has
        named.export(file, format="onnx", verbose=False, input_signature=signature(network, shapes))


def opened(file: Path, threads: int) -> Maker:
    """Load an .onnx file; return a function from inputs to images."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    return lambda inputs: session.run([OUTPUT], inputs)[0]


def operators(file: Path) -> list[str]:
    """Return the operators of an .onnx file."""
    import onnx

    return sorted({node.op_type for node in onnx.load(file).graph.node})


def load(generator: Generator) -> str:
    """Return lines of Python that make pictures."""
    return f"""\
import numpy as np, onnxruntime
session = onnxruntime.InferenceSession("{{file}}")
images = session.run(["{OUTPUT}"], dict({arguments(generator, 1)}))[0]"""


FORM = Form("ONNX", 1e-3, opened, operators, load)


def _add_flags(parser) -> None:
    add_output(parser, "onnx")
    add_direction(parser, ("both", "a_to_b", "b_to_a"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    command("onnx", __doc__, each_generator(deliver), _add_flags, arguments)


if __name__ == "__main__":
    main()
