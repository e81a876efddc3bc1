"""Full integer quantization of TFLite files, with normalization in float32 if that is better."""

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from export.common.export_format import ExportFormat
from export.common.generator import Generator, Inputs, take

# The converter gives a one-hot's ones and zeros another scale than its output has.
FLOAT_OPERATORS = ["ONE_HOT"]
# What instance normalization is made of: 8 bits cannot hold the ranges of its means and squares.
# Sums and products elsewhere, as in residual blocks, are the same operators.
NORMALIZATION_OPERATORS = ["MEAN", "SUM", "SQUARED_DIFFERENCE", "RSQRT", "SUB", "MUL", "ADD"]
MAX_ERROR_RATIO = 1.25  # of int8 throughout, compared with float32 normalization
COMPARED_EXAMPLES = 16  # on which the two are compared


class NewConverter(Protocol):
    """Returns a new `tf.lite.TFLiteConverter` of a generator."""

    def __call__(self, optimize: bool, types: Sequence[str] = ()) -> Any:
        """Return it.

        Args:
            optimize: make weights smaller.
            types: that it may store weights in.
        """


def convert_to_int8(
    new_converter: NewConverter,
    generator: Generator,
    calibration: Inputs,
    export_format: ExportFormat,
) -> bytes:
    """Convert to int8 throughout, or with normalization in float32, whichever is better.

    Int8 throughout can be faster: it is taken unless its mean absolute error is larger by more than
    a quarter, or NaN.

    Args:
        new_converter: returns a new converter.
        generator: to convert.
        calibration: inputs that show the ranges of all values.
        export_format: of the file.
    """
    throughout = _convert(new_converter, calibration, export_format, FLOAT_OPERATORS)
    mixed = _convert(
        new_converter, calibration, export_format, FLOAT_OPERATORS + NORMALIZATION_OPERATORS
    )
    errors = [_mean_abs_error(generator, each, export_format) for each in (throughout, mixed)]
    use_mixed = not errors[0] <= MAX_ERROR_RATIO * errors[1]
    print(
        f"int8 of {generator.name}: mean abs error {errors[0]:.2g} in int8 throughout, "
        f"{errors[1]:.2g} with float32 normalization: takes "
        f"{'float32 normalization' if use_mixed else 'int8 throughout'}"
    )
    return mixed if use_mixed else throughout


def _convert(
    new_converter: NewConverter,
    calibration: Inputs,
    export_format: ExportFormat,
    float_operators: list[str],
) -> bytes:
    """Return a .tflite file in int8, but for some operators."""
    import tensorflow as tf

    def batches() -> Iterator[Inputs]:
        return export_format.batches(calibration)

    converter = new_converter(optimize=True)
    converter.representative_dataset = batches
    options = tf.lite.experimental.QuantizationDebugOptions(denylisted_ops=float_operators)
    with warnings.catch_warnings():
        # It makes itself an interpreter that TensorFlow calls deprecated.
        warnings.simplefilter("ignore")
        debugger = tf.lite.experimental.QuantizationDebugger(
            converter=converter, debug_dataset=batches, debug_options=options
        )
    return debugger.get_nondebug_quantized_model()


def _mean_abs_error(generator: Generator, content: bytes, export_format: ExportFormat) -> float:
    examples = take(generator.examples, slice(COMPARED_EXAMPLES))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "compared.tflite")
        file.write_bytes(content)
        images = export_format.run(export_format.load_runner(file, 2), examples)
    return float(np.mean(np.abs(images - generator.expected[:COMPARED_EXAMPLES])))
