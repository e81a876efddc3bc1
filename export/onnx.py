"""ONNX files, for ONNX Runtime and others: `python -m export.onnx RUN`.

Writes RUN/export/onnx/<generator>.onnx. Inputs are any number of latents, with labels if the model
is class-conditional and codes if it has them, or of images of the training's size. The output,
`made`, is images. Labels are int32, all else is float32; images are in [-1, 1].

Needs `pip install -e '.[onnx]'`.
"""

import gc
import json
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from export.common.errors import MissingDependencyError
from export.common.export_format import ExportFormat, RunFn, example_arguments
from export.common.generator import Generator, input_signature
from export.common.options import FormatOptions
from export.common.trained_run import TrainedRun, for_each_generator
from export.common.verify import save_and_verify
from keras_gans.cli.main import parse_and_run

OUTPUT = "made"  # not "images": in ONNX an input and an output of one name are one tensor
PACKAGES = ("tf2onnx", "onnxruntime")


def export(run: TrainedRun, generator: Generator, options: FormatOptions) -> None:
    """Export a generator.

    Raises:
        MissingDependencyError: the extra `onnx` is not installed.
        ExportError: the file's images differ from Keras's.
    """
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        names = " and ".join(missing)
        raise MissingDependencyError(f"ONNX needs {names}: pip install -e '.[onnx]'")
    file = (options.output or run.directory.exports / "onnx") / f"{generator.name}.onnx"
    save_and_verify(run, generator, FORMAT, file, lambda part: write(run, generator, part))


def write(run: TrainedRun, generator: Generator, file: Path) -> None:
    """Write an .onnx file for any number of examples of the training's size.

    Its metadata hold `model`, `data` and, of a class-conditional model, `class_names` as JSON.
    """
    import onnx

    from export.common.fast_layers import for_onnx

    convert(for_onnx(generator.network), generator, file)
    metadata = {"model": run.info.model, "data": run.data_name}
    if run.class_names is not None:
        metadata["class_names"] = json.dumps(run.class_names)
    written = onnx.load(file)
    onnx.helper.set_model_props(written, metadata)
    onnx.save(written, file)


def convert(network: Any, generator: Generator, file: Path) -> None:
    """Convert a network that computes what a generator does to an .onnx file."""
    import keras

    shapes = {name: (None, *x.shape[1:]) for name, x in generator.examples.items()}
    model = keras.Model(network.input, {OUTPUT: network.output})
    with _few_copies_at_once(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tf2onnx asks numpy for names that it no longer has
        model.export(
            file, format="onnx", verbose=False, input_signature=input_signature(network, shapes)
        )


@contextmanager
def _few_copies_at_once() -> Iterator[None]:
    """Collect garbage often.

    tf2onnx copies the graph, weights and all, before each of dozens of optimizations. Nodes
    and graphs refer to each other, so that only a full collection frees what is no longer used, and
    Python makes one when objects have become a quarter more: those of TensorFlow and Keras are
    hundreds of thousands, those of a copy few. So the old ones are left out of the count.
    """
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.collect()  # what was counted last is what the quarter is of: now nearly nothing
    gc.set_threshold(200, 1, 1)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def load_runner(file: Path, threads: int) -> RunFn:
    """Load an .onnx file; return a function from inputs to images in [-1, 1]."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    return lambda inputs: session.run([OUTPUT], inputs)[0]


def operators(file: Path) -> list[str]:
    """Return the operators of an .onnx file."""
    import onnx

    return sorted({node.op_type for node in onnx.load(file).graph.node})


def load_code(generator: Generator, file: str) -> str:
    """Return lines of Python that load the file and make images."""
    return f"""\
import numpy as np, onnxruntime
session = onnxruntime.InferenceSession({file!r})
images = session.run(["{OUTPUT}"], dict({example_arguments(generator, 1)}))[0]"""


FORMAT = ExportFormat("ONNX", 1e-3, load_runner, operators, load_code)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command."""
    parse_and_run(
        FormatOptions,
        for_each_generator(export),
        name="export.onnx",
        description=__doc__,
        arguments=arguments,
    )


if __name__ == "__main__":
    main()
