"""TFLite files for phones and browsers: `python -m export.tflite RUN`.

Writes RUN/export/tflite/<generator>.tflite, and <generator>-<how>.tflite for each other way to
`--quantize`: a static batch, TFLite's built-in operators only. The signature takes latents, and
labels and codes where the generator is told them, or images, and returns images. Labels are int32,
all else is float32, whatever the weights are; images are in [-1, 1]. The file says so, in its
description and, for programs, as JSON in its metadata under "keras_gans".

`--quantize float16` stores weights in half of the bytes, `dynamic` in a quarter. `int8` computes in
integers too, whose ranges it learns from latents or from the run's own pictures; what normalizes
stays in float where integers alone are a quarter further off Keras, which is measured and printed.
"""

import contextlib
import functools
import json
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from export.common.commands import add_direction, add_output, command, each_generator
from export.common.report import Form, Maker, arguments, keep
from export.common.runs import Generator, Inputs, Run, share, signature
from keras_gans.command_line import positive

QUANTIZE = ("none", "float16", "dynamic", "int8")
TOLERANCE = 1e-3  # in units of [-1, 1]: other kernels, summed in another order
RANGE = 2.0  # being off is the price of being small; but NaN is off more than by all of [-1, 1]
# The converter gives its ones and zeros another scale than its output has.
NO_INTEGERS = ["ONE_HOT"]
# What instance normalization is made of. Its means and squares have ranges that 8 bits cannot hold.
# Sums and products elsewhere, as of residual blocks, are these operators too.
NORMALIZING = ["MEAN", "SUM", "SQUARED_DIFFERENCE", "RSQRT", "SUB", "MUL", "ADD"]
# Of a converter: whether it makes weights smaller, and the types that it may store them in.
WEIGHTS: dict[str, tuple[bool, list[str]]] = {
    "none": (False, []),
    "float16": (True, ["float16"]),
    "dynamic": (True, []),
}
WORTH = 1.25  # times as far off Keras that integers alone may be
JUDGED = 16  # inputs by which integer files are compared


def deliver(run: Run, generator: Generator, options: Any) -> None:
    """Export a generator in each of the ways to quantize it."""
    size = options.batch_size
    for how in dict.fromkeys(options.quantize):
        name = generator.name if how == "none" else f"{generator.name}-{how}"
        file = run.output(options, "tflite") / f"{name}.tflite"
        ranges = run.representative(generator) if how == "int8" else None
        write_it = functools.partial(
            write, run, generator, batch_size=size, quantize=how, representative=ranges
        )
        keep(run, generator, form(how, size), file, write_it)


def form(how: str, batch_size: int) -> Form:
    """Return the form of a file with a quantization."""

    def load(generator: Generator) -> str:
        return f"""\
import numpy as np; from ai_edge_litert.interpreter import Interpreter
make = Interpreter("{{file}}").get_signature_runner()
images = make({arguments(generator, batch_size)})["images"]"""

    exact = how == "none"
    name = "TFLite" if exact else f"TFLite {how}"
    return Form(name, TOLERANCE if exact else RANGE, opened, operators, load, batch_size)


def write(
    run: Run,
    generator: Generator,
    file: Path,
    batch_size: int = 1,
    quantize: str = "none",
    representative: Inputs | None = None,
) -> None:
    """Write a .tflite file for batches of `batch_size` examples of the run's size.

    Args:
        run: whose generator it is.
        generator: what to convert.
        file: ends in .tflite.
        batch_size: examples at once.
        quantize: one of `QUANTIZE`.
        representative: inputs that show the ranges of what `int8` computes.
    """
    with _converters(generator, batch_size) as converter:
        if representative is not None:
            content = _integers(converter, generator, representative, form(quantize, batch_size))
        else:
            content = converter(*WEIGHTS[quantize]).convert()
    file.write_bytes(_described(content, run, generator, quantize))


@contextlib.contextmanager
def _converters(generator: Generator, batch_size: int) -> Iterator[Callable[..., Any]]:
    """Give a function that returns a fresh converter of the generator."""
    import keras
    import tensorflow as tf

    network = generator.network
    shapes = {name: (batch_size, *x.shape[1:]) for name, x in generator.examples.items()}
    with tempfile.TemporaryDirectory() as folder:
        archive = keras.export.ExportArchive()
        archive.add_endpoint(
            "serving_default",
            lambda inputs: {"images": network(inputs, training=False)},
            input_signature=signature(network, shapes),
        )
        archive.write_out(folder, verbose=False)

        def converter(smaller: bool, types: Sequence[str] = ()) -> Any:
            made = tf.lite.TFLiteConverter.from_saved_model(folder)
            made.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
            made.optimizations = [tf.lite.Optimize.DEFAULT] if smaller else []
            made.target_spec.supported_types = [tf.as_dtype(name) for name in types]
            return made

        yield converter


def _integers(
    converter: Callable[..., Any], generator: Generator, inputs: Inputs, kind: Form
) -> bytes:
    """Return the better of all in integers, and all but what normalizes."""
    import tensorflow as tf

    def batches() -> Iterator[Inputs]:
        return kind.batches(inputs)

    def without(operators: list[str]) -> bytes:
        made = converter(True)
        made.representative_dataset = batches
        options = tf.lite.experimental.QuantizationDebugOptions(denylisted_ops=operators)
        with warnings.catch_warnings():
            # It makes itself an interpreter that TensorFlow calls deprecated.
            warnings.simplefilter("ignore")
            debugger = tf.lite.experimental.QuantizationDebugger(
                converter=made, debug_dataset=batches, debug_options=options
            )
        return debugger.get_nondebug_quantized_model()

    whole, mixed = without(NO_INTEGERS), without(NO_INTEGERS + NORMALIZING)
    errors = [_mean_error(generator, content, kind) for content in (whole, mixed)]
    # Integers alone can be faster: they give way only where that is worth something, or where NaN.
    in_float = not errors[0] <= WORTH * errors[1]
    print(
        f"int8 of {generator.name}: {errors[0]:.2g} off Keras on average in integers alone, "
        f"{errors[1]:.2g} with normalization in float: {'float' if in_float else 'integers'} it is"
    )
    return mixed if in_float else whole


def _mean_error(generator: Generator, content: bytes, kind: Form) -> float:
    judged = share(generator.examples, slice(JUDGED))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "judged.tflite")
        file.write_bytes(content)
        made = kind.made(opened(file, 2), judged)
    return float(np.mean(np.abs(made - generator.expected[:JUDGED])))


def _described(content: bytes, run: Run, generator: Generator, quantize: str) -> bytes:
    """Return a .tflite file that says what it takes and gives."""
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    facts = {
        "variant": run.config["variant"],
        "data": run.config["data"]["name"],
        "generator": generator.name,
        "quantize": quantize,
        "inputs": {name: _range(name, run) for name in generator.examples},
        "outputs": {"images": _range("images", run)},
    }
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    ranges = "; ".join(f"{name}: {text}" for name, text in facts["inputs"].items())
    model.description = (
        f"{facts['variant']} on {facts['data']}, {generator.name}. Takes {ranges}. "
        f"Gives images: {facts['outputs']['images']}."
    ).encode()
    buffer, entry = schema.BufferT(), schema.MetadataT()
    buffer.data = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    entry.name, entry.buffer = b"keras_gans", len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or []), entry]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _range(name: str, run: Run) -> str:
    """Say what values a tensor has."""
    if name == "labels":
        return f"int32, 0 to {run.model.classes - 1}"
    if name == "latents":
        return "float32, normally distributed, mean 0, standard deviation 1"
    return "float32, -1 to 1"


def opened(file: Path, threads: int) -> Maker:
    """Load a .tflite file; return a function from inputs, a full batch, to images."""
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_path=str(file), num_threads=threads).get_signature_runner()
    return lambda inputs: runner(**inputs)["images"]


def operators(file: Path) -> list[str]:
    """Return the operators of a .tflite file."""
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model(file)
    names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
    codes = [max(each.builtinCode, each.deprecatedBuiltinCode) for each in model.operatorCodes]
    return sorted({names[code] for code in codes})


def _add_flags(parser) -> None:
    add_output(parser, "tflite")
    add_direction(parser, ("both", "a_to_b", "b_to_a"))
    parser.add_argument("--batch-size", type=positive, default=1, metavar="N", help="default 1")
    parser.add_argument(
        "--quantize", nargs="+", choices=QUANTIZE, default=["none"], help="default none"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    command("tflite", __doc__, each_generator(deliver), _add_flags, arguments)


if __name__ == "__main__":
    main()
