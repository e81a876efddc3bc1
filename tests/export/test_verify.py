"""Networks that a format cannot hold, as models of the user's own may have them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from export import onnx, tflite
from export.common.errors import ExportError
from export.common.export_format import ExportFormat
from export.common.generator import Generator
from export.common.verify import write_and_verify
from keras_gans.errors import UserError


@keras.saving.register_keras_serializable("tests")
class Gamma(keras.layers.Layer):
    """Computes what neither TFLite nor ONNX has an operator for."""

    def call(self, x):
        return tf.math.igamma(tf.ones_like(x), tf.abs(x))


@pytest.fixture(scope="module")
def generator():
    inputs = keras.Input((4,), name="latents")
    made = keras.layers.Reshape((2, 2, 3))(Gamma()(keras.layers.Dense(12)(inputs)))
    examples = {"latents": np.zeros((2, 4), "float32")}
    return Generator("generator", keras.Model(inputs, made), examples, examples)


def write_tflite(generator, file):
    file.write_bytes(tflite.convert(generator.network_for_tflite, generator, 1, "none"))


def write_onnx(generator, file):
    onnx.convert(generator.network, generator, file)


@pytest.mark.parametrize(
    "export_format, write",
    [(tflite.export_format("none", 1), write_tflite), (onnx.FORMAT, write_onnx)],
    ids=["tflite", "onnx"],
)
def test_an_operator_that_a_format_lacks_is_an_error_of_two_lines(
    export_format, write, generator, tmp_path
):
    with pytest.raises(ExportError) as caught:
        write_and_verify(
            generator, export_format, tmp_path / "file", lambda file: write(generator, file)
        )
    message = str(caught.value)
    assert f"the {export_format.name} file of generator cannot be made" in message
    assert message.count("\n") == 1 and len(message) < 400


@pytest.mark.parametrize("error", [MemoryError(), OSError("no space"), UserError("no data")])
def test_errors_that_commands_explain_are_passed_on(error, generator, tmp_path):
    def fail(file):
        raise error

    export_format = ExportFormat("ONNX", 1.0, fail, fail, fail)
    with pytest.raises(type(error)) as caught:
        write_and_verify(generator, export_format, tmp_path / "file", fail)
    assert caught.value is error
