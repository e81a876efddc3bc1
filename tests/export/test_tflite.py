"""TFLite files: one delegate, filters that stay in float32, images that are flat."""

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from ai_edge_litert.tools import flatbuffer_utils

from export import tflite
from export.common import fast_layers, report
from export.common.export_format import ExportFormat
from export.common.generator import Generator, clone_with_dtype
from export.common.tflite_operators import delegation, operators
from keras_gans.cli.run_directory import RunDirectory
from keras_gans.networks import (
    dcgan,
    mlp,
    r3gan,
    resnet,
    resnet_translator,
    subpixel_translator,
    unet,
)
from keras_gans.networks.conditioning import conditional_generator


def generator_of(network, images):
    return Generator("generator", clone_with_dtype(network, "float32"), {"images": images}, {})


@pytest.fixture(scope="module")
def mobile():
    """A translator with more than 1024 depthwise weights, which the converter makes int8."""
    network = resnet_translator.mobile((32, 32, 3), filters=32, blocks=1)
    images = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype("float32")
    return generator_of(network, images)


@pytest.fixture
def convert(mobile, tmp_path):
    def convert_it(network, quantize, calibration=None):
        file = tmp_path / f"{quantize}.tflite"
        file.write_bytes(tflite.convert(network, mobile, 1, quantize, calibration))
        return file

    return convert_it


def depthwise_types(file):
    model = flatbuffer_utils.read_model(file)
    graph = model.subgraphs[0]
    depthwise = schema.BuiltinOperator.DEPTHWISE_CONV_2D
    return [
        graph.tensors[each.inputs[1]].type
        for each in graph.operators
        if model.operatorCodes[each.opcodeIndex].builtinCode == depthwise
    ]


@pytest.mark.parametrize("quantize", ["none", "float16", "dynamic"])
def test_all_operators_of_a_file_are_delegated(quantize, mobile, convert):
    before = delegation(convert(mobile.network, quantize))
    assert 0 < before.delegated < before.total  # MIRROR_PAD and TILE are not
    file = convert(fast_layers.for_tflite(mobile.network), quantize)
    found = delegation(file)
    assert found.delegated == found.total > before.total
    assert not {"MIRROR_PAD", "TILE", "SQUARED_DIFFERENCE"} & set(operators(file))


def test_depthwise_filters_of_a_dynamic_file_are_those_of_the_float_file(mobile, convert):
    exact, dynamic = (convert(mobile.network, quantize) for quantize in ("none", "dynamic"))
    floats = [schema.TensorType.FLOAT32] * 6
    assert depthwise_types(dynamic) == depthwise_types(exact) == floats
    assert dynamic.stat().st_size < 0.6 * exact.stat().st_size
    filters = [
        sorted(
            float(np.sum(interpreter.get_tensor(each["index"])))
            for each in interpreter.get_tensor_details()
            if each["shape"].tolist()[:3] == [1, 3, 3] and each["dtype"] == np.float32
        )
        for interpreter in (Interpreter(model_path=str(file)) for file in (exact, dynamic))
    ]
    assert filters[0] == filters[1] != []


NETWORKS = {
    "translator": lambda: resnet_translator.translator((16, 16, 3), filters=4, blocks=1),
    "mobile": lambda: resnet_translator.mobile((16, 16, 3), filters=4, blocks=1),
    "subpixel": lambda: subpixel_translator.translator((16, 16, 3), filters=4, blocks=1),
    "unet": lambda: unet.translator((32, 32, 3), filters=2),
    "dcgan": lambda: dcgan.generator((28, 28, 1), latent_dim=4, filters=2),
    "resnet": lambda: resnet.generator((32, 32, 3), latent_dim=4, filters=2),
    "conditional": lambda: conditional_generator(
        dcgan.generator((28, 28, 1), latent_dim=14, filters=2), classes=10
    ),
    "mlp": lambda: mlp.generator((28, 28, 1), latent_dim=4),
    "r3gan": lambda: r3gan.generator((16, 16, 3), latent_dim=4, filters=16),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_gpus_have_all_operators_of_a_file(name, capsys):
    """By LiteRT's own list, which TensorFlow brings.

    It is `CheckGpuDelegateCompatibility` in tensorflow/lite/tools/versioning/gpu_compatibility.cc:
    names of operators, their versions, and the shapes that they may have.
    """
    network = NETWORKS[name]()
    inputs = {x.name: np.zeros((1, *x.shape[1:]), x.dtype) for x in network.inputs}
    made = Generator("generator", clone_with_dtype(network, "float32"), inputs, {})
    content = tflite.convert(made.network_for_gpus, made, 1, "float16")
    tf.lite.experimental.Analyzer.analyze(model_content=content, gpu_compatibility=True)
    printed = capsys.readouterr().out
    assert "looks compatible with GPU delegate" in printed, printed


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_flat_images_of_a_file_are_exact(run, call):
    stdout = call("export.tflite", run, "--direction", "a_to_b", "--quantize", "none", "float16")
    exact, for_gpus = (row.measurements for row in report.read_rows(RunDirectory(run)))
    for found in (exact.delegation, for_gpus.delegation):
        assert found.delegated == found.total
        assert f"delegated: {found} operators" in stdout
    assert exact.flat_max_abs_error < 1e-4 and exact.float16 is None
    assert for_gpus.flat_max_abs_error < 1e-2
    assert 0 < for_gpus.float16.mean_abs_error < 0.01


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_a_file_whose_flat_images_are_wrong_is_not_kept(run, call, monkeypatch):
    def images_of(export_format, run_fn, inputs):
        images = real(export_format, run_fn, inputs)
        is_flat = np.ptp(inputs["images"][0]) == 0
        return images + 0.02 * is_flat

    real = ExportFormat.run
    monkeypatch.setattr(ExportFormat, "run", images_of)
    message = call("export.tflite", run, "--direction", "a_to_b", code=1)
    assert "0.02 on a black or a white image" in message and "not kept" in message
    assert not list(run.rglob("*.tflite"))
    call("export.onnx", run, "--direction", "a_to_b")  # it may be as wrong as Keras in float32
