"""TFLite files for phones and browsers: `python -m export.tflite RUN`.

Writes RUN/export/tflite/<generator>.tflite, or <generator>-<quantization>.tflite: a static batch,
and only TFLite's built-in operators. The signature takes latents, with labels if the model is
class-conditional and codes if it has them, or images, and returns images. Labels are int32, all
else is float32, whatever the type of the weights; images are in [-1, 1]. The file's description
says so, and its metadata holds the same as JSON under "keras_gans".

The file computes what the generator does, in operators of which XNNPACK has fast kernels.

`--quantize float16` stores weights in half of the bytes, for GPUs, which compute in float16 too;
`dynamic` stores them in a quarter. `int8` computes in
integers too; it is calibrated with latents, or with the run's training images. It keeps
normalization in float32 if int8 throughout has a mean abs error a quarter larger, and prints both.
"""

import contextlib
import functools
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, get_args

from tyro.conf import arg

from export.common.export_format import ExportFormat, RunFn, example_arguments
from export.common.generator import Generator, Inputs, input_signature
from export.common.options import FormatOptions
from export.common.tflite_depthwise import with_float_depthwise_filters
from export.common.tflite_int8 import NewConverter, convert_to_int8
from export.common.tflite_metadata import with_metadata
from export.common.tflite_operators import delegation, operators
from export.common.trained_run import TrainedRun, for_each_generator
from export.common.verify import save_and_verify
from keras_gans.cli.main import parse_and_run
from keras_gans.validation import PositiveInt

Quantization = Literal["none", "float16", "dynamic", "int8"]
QUANTIZATIONS: tuple[Quantization, ...] = get_args(Quantization)
TOLERANCE = 1e-3  # of float32: other kernels sum in another order
FLAT_TOLERANCE = 1e-3  # of a black and of a white image, from exact ones
QUANTIZED_TOLERANCE = 2.0  # of all else, where errors are the price of size; it refuses NaN


@dataclass(frozen=True)
class TFLiteOptions(FormatOptions):
    """Options of `python -m export.tflite`.

    Args:
        batch_size: images that the file makes at once
        quantize: one file for each of these
    """

    batch_size: Annotated[PositiveInt, arg(metavar="N")] = 1
    quantize: tuple[Quantization, ...] = ("none",)


def export(run: TrainedRun, generator: Generator, options: TFLiteOptions) -> None:
    """Export a generator, one file per quantization.

    Raises:
        ExportError: a file's images differ from Keras's.
        RunError: int8 needs the run's training images, which cannot be loaded.
    """
    folder = options.output or run.directory.exports / "tflite"
    for quantize in dict.fromkeys(options.quantize):
        suffix = "" if quantize == "none" else f"-{quantize}"
        write_it = functools.partial(
            write,
            run,
            generator,
            batch_size=options.batch_size,
            quantize=quantize,
            calibration=run.calibration_inputs(generator) if quantize == "int8" else None,
        )
        file = folder / f"{generator.name}{suffix}.tflite"
        save_and_verify(run, generator, export_format(quantize, options.batch_size), file, write_it)


def export_format(quantize: Quantization, batch_size: int) -> ExportFormat:
    """Return the format of files with a quantization and a batch size."""

    def load_code(generator: Generator, file: str) -> str:
        return f"""\
import numpy as np; from ai_edge_litert.interpreter import Interpreter
run = Interpreter({file!r}).get_signature_runner()
images = run({example_arguments(generator, batch_size)})["images"]"""

    exact = quantize == "none"
    return ExportFormat(
        "TFLite" if exact else f"TFLite {quantize}",
        TOLERANCE if exact else QUANTIZED_TOLERANCE,
        load_runner,
        operators,
        load_code,
        batch_size,
        delegation,
        FLAT_TOLERANCE if exact else QUANTIZED_TOLERANCE,
        for_gpus=quantize == "float16",
    )


def write(
    run: TrainedRun,
    generator: Generator,
    file: Path,
    *,
    batch_size: int,
    quantize: Quantization,
    calibration: Inputs | None = None,
) -> None:
    """Write a .tflite file.

    Args:
        run: the run, which the file's metadata name.
        generator: to export.
        file: ends in .tflite.
        batch_size: images that the file makes at once.
        quantize: how weights are stored.
        calibration: inputs that show int8 the ranges of all values.
    """
    content = convert(
        network_for(generator, quantize), generator, batch_size, quantize, calibration
    )
    file.write_bytes(with_metadata(content, run, generator, quantize))


def network_for(generator: Generator, quantize: Quantization) -> Any:
    """Return a generator's network with the operators that suit a file."""
    from export.common.fast_layers import for_int8

    if quantize == "int8":
        return for_int8(generator.network)
    return generator.network_for_gpus if quantize == "float16" else generator.network_for_tflite


def convert(
    network: Any,
    generator: Generator,
    batch_size: int,
    quantize: Quantization,
    calibration: Inputs | None = None,
) -> bytes:
    """Return the .tflite file of a network that computes what a generator does.

    Args:
        network: to convert.
        generator: whose inputs it has, and whose images an int8 file is compared with.
        batch_size: images that the file makes at once.
        quantize: how weights are stored.
        calibration: inputs that show int8 the ranges of all values.
    """
    with _converters(network, generator, batch_size) as new_converter:
        if quantize == "int8":
            assert calibration is not None
            int8_format = export_format(quantize, batch_size)
            return convert_to_int8(new_converter, generator, calibration, int8_format)
        types = ["float16"] if quantize == "float16" else []
        content = new_converter(optimize=quantize != "none", types=types).convert()
        if quantize == "dynamic":
            content = with_float_depthwise_filters(
                content, lambda: new_converter(optimize=False).convert()
            )
        return content


@contextlib.contextmanager
def _converters(network: Any, generator: Generator, batch_size: int) -> Iterator[NewConverter]:
    """Give a function that returns a new converter of a network."""
    import keras
    import tensorflow as tf

    shapes = {name: (batch_size, *x.shape[1:]) for name, x in generator.examples.items()}
    with tempfile.TemporaryDirectory() as folder:
        archive = keras.export.ExportArchive()
        archive.add_endpoint(
            "serving_default",
            lambda inputs: {"images": network(inputs, training=False)},
            input_signature=input_signature(network, shapes),
        )
        archive.write_out(folder, verbose=False)

        def new_converter(optimize: bool, types: Sequence[str] = ()):
            converter = tf.lite.TFLiteConverter.from_saved_model(folder)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
            converter.optimizations = [tf.lite.Optimize.DEFAULT] if optimize else []
            converter.target_spec.supported_types = [tf.as_dtype(name) for name in types]
            return converter

        yield new_converter


def load_runner(file: Path, threads: int) -> RunFn:
    """Load a .tflite file; return a function from inputs, a full batch, to images in [-1, 1]."""
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_path=str(file), num_threads=threads).get_signature_runner()
    return lambda inputs: runner(**inputs)["images"]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command."""
    parse_and_run(
        TFLiteOptions,
        for_each_generator(export),
        name="export.tflite",
        description=__doc__,
        arguments=arguments,
    )


if __name__ == "__main__":
    main()
