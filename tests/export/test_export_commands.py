"""Exports as a user makes them, and as a process without this library loads them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from export import onnx, saved_model
from export.common import report
from export.common.errors import ExportError
from export.common.export_format import ExportFormat
from export.common.trained_run import open_run
from keras_gans.cli.run_directory import RunDirectory
from keras_gans.training.saving import newest_checkpoint

ROOT = Path(__file__).parents[2]
KINDS = ("cgan", "cyclegan")


def expected_files(run, folder):
    """Save Keras's images of a run's examples; return the files by generator."""
    files = {}
    for generator in open_run(run).generators():
        files[generator.name] = folder / f"{run.name}-{generator.name}.npz"
        outputs = generator.predict_on_batch(generator.examples)
        np.savez(files[generator.name], outputs=outputs, **generator.examples)
    return files


READ_SAVED_MODEL = """
import tensorflow as tf
def load(path):
    serve = tf.saved_model.load(path).signatures["serving_default"]
    def run(inputs):
        if "images" in inputs:
            inputs = {"images": np.uint8(np.round((inputs["images"] + 1) * 127.5))}
        return serve(**{k: tf.constant(v) for k, v in inputs.items()})["images"].numpy() / 127.5 - 1
    return run, 4, 1.01 / 127.5
"""
READ_TFLITE = """
from ai_edge_litert.interpreter import Interpreter
def load(path):
    runner = Interpreter(model_path=path).get_signature_runner()
    return lambda inputs: runner(**inputs)["images"], 1, 1e-3
"""
READ_ONNX = """
import onnxruntime
def load(path):
    session = onnxruntime.InferenceSession(path)
    return lambda inputs: session.run(["made"], inputs)[0], 3, 1e-3
"""
COMPARE = """
import sys
import numpy as np
for path, arrays in zip(sys.argv[1::2], sys.argv[2::2]):
    inputs = dict(np.load(arrays))
    expected = inputs.pop("outputs")
    run, rows, tolerance = load(path)
    for start in range(0, len(expected) - rows + 1, rows):
        part = slice(start, start + rows)
        images = run({k: v[part] for k, v in inputs.items()})
        assert images.shape == expected[part].shape, path
        assert np.abs(images - expected[part]).max() < tolerance, path
assert not {"keras_gans", "train", "export"} & set(sys.modules)
"""


@pytest.mark.parametrize(
    "name, path, reader",
    [
        ("saved_model", "{}/1", READ_SAVED_MODEL),
        ("tflite", "{}.tflite", READ_TFLITE),
        ("onnx", "{}.onnx", READ_ONNX),
    ],
)
def test_exports_equal_keras_in_a_process_without_the_library(
    name, path, reader, runs, call, tmp_path, without_the_library
):
    arguments = []
    for kind in KINDS:
        stdout = call(f"export.{name}", runs / kind, "--output", tmp_path / kind)
        for generator, arrays in expected_files(runs / kind, tmp_path).items():
            assert f" of {generator}: " in stdout and "max abs error" in stdout
            arguments += [tmp_path / kind / path.format(generator), arrays]
    assert len(arguments) == 2 * 3
    without_the_library(reader + COMPARE, *arguments)


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_versions_directions_and_other_places(run, tmp_path, call):
    for version in (1, 2):
        call("export.saved_model", run, "--direction", "b_to_a", "--output", tmp_path / "out")
        assert (tmp_path / "out" / "b_to_a" / str(version) / "saved_model.pb").exists()
    assert not (tmp_path / "out" / "a_to_b").exists()
    call("export.tflite", run, "--direction", "a_to_b", "--batch-size", 3)
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(run / "export" / "tflite" / "a_to_b.tflite"))
    (details,) = interpreter.get_input_details()
    assert tuple(details["shape"]) == (3, 24, 24, 3)
    names = {op["op_name"] for op in interpreter._get_ops_details()}
    assert not any(name.startswith("Flex") for name in names)


def test_a_direction_that_the_model_does_not_have_is_refused(runs):
    for kind in ("gan", "pix2pix"):
        run = open_run(runs / kind)
        assert [x.name for x in run.generators("a_to_b")] == ["generator"]
        with pytest.raises(ExportError, match=f"{kind} has no generator b_to_a"):
            run.generators("b_to_a")


def test_averaged_weights_are_exported(runs):
    model = keras.saving.load_model(newest_checkpoint(runs / "gan" / "checkpoints"))
    (generator,) = open_run(runs / "gan").generators()
    latents = generator.examples["latents"]
    raw = np.asarray(model.generator(latents, training=False))
    with model.averaged():
        averaged = np.asarray(model.generator(latents, training=False))
    assert np.abs(raw - averaged).max() > 1e-5
    np.testing.assert_allclose(generator.predict_on_batch(generator.examples), averaged, atol=1e-6)


def test_a_network_of_low_precision_is_cloned_in_float32_with_its_nested_networks(runs):
    model = keras.saving.load_model(newest_checkpoint(runs / "cgan" / "checkpoints"))
    layers = model.generator._flatten_layers
    kernels = [layer for layer in layers(include_self=False) if hasattr(layer, "kernel")]
    assert {layer.compute_dtype for layer in kernels} == {"bfloat16"}
    (generator,) = open_run(runs / "cgan").generators()
    for layer in generator.network._flatten_layers(include_self=False):
        assert layer.compute_dtype == "float32" or layer.name == "labels"
    inputs = {tensor.name: tensor.dtype for tensor in generator.network.inputs}
    assert inputs == {"latents": "float32", "labels": "int32"}


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_an_interrupted_run_exports_from_its_newest_checkpoint(run, call):
    (run / "model.keras").unlink()
    assert "max abs error" in call("export.tflite", run)


@pytest.mark.parametrize("name", ["saved_model", "tflite", "onnx"])
@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_an_export_with_wrong_images_leaves_no_file(name, run, tmp_path, call, monkeypatch):
    real = ExportFormat.run
    monkeypatch.setattr(ExportFormat, "run", lambda *arguments: real(*arguments) + 0.02)
    before = report.read_rows(RunDirectory(run))
    message = call(f"export.{name}", run, "--output", tmp_path / "out", code=1)
    assert "has a max abs error of 0.02" in message and "not kept" in message
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert report.read_rows(RunDirectory(run)) == before


@pytest.mark.parametrize("module", ["saved_model", "tflite", "onnx", "web", "images", "__main__"])
def test_a_folder_that_is_no_run_or_not_trained_is_refused(module, runs, tmp_path, call):
    for name in ("config.yaml", "metadata.json"):
        shutil.copy(runs / "gan" / name, tmp_path)
    for folder, word in ((tmp_path / "nothing", "is no run"), (tmp_path, "not trained yet")):
        message = call(f"export.{module}", folder, code=1)
        assert word in message and message.count("\n") == 1


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_an_existing_version_is_not_overwritten(run, call):
    call("export.saved_model", run, "--version", 7)
    before = sorted((run / "export").rglob("*"))
    assert "7 exists already" in call("export.saved_model", run, "--version", 7, code=1)
    call("export.saved_model", run)
    assert (run / "export" / "saved_model" / "generator" / "8").is_dir()
    assert set(before) < set((run / "export").rglob("*"))


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_a_format_whose_package_is_missing_names_the_extra(run, call, monkeypatch):
    monkeypatch.setattr(onnx, "find_spec", lambda name: None)
    message = call("export.onnx", run, code=1)
    assert "pip install -e '.[onnx]'" in message and message.count("\n") == 1


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_without_tensorflow_serving_there_are_no_warm_up_requests(run, call, monkeypatch):
    version = run / "export" / "saved_model" / "generator" / "1"
    assert "warm-up" not in call("export.saved_model", run)
    assert (version / saved_model.WARM_UP).is_file()
    monkeypatch.setattr(saved_model, "find_spec", lambda name: None)
    stdout = call("export.saved_model", run)
    assert "without warm-up requests" in stdout and "pip install -e '.[serving]'" in stdout
    assert (version.with_name("2") / "saved_model.pb").is_file()
    assert not (version.with_name("2") / saved_model.WARM_UP).exists()


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_damaged_examples_are_named(run, call):
    (run / "examples.npz").write_bytes(b"damaged")
    assert "examples.npz is damaged" in call("export.images", run, code=1)
    np.savez(run / "examples.npz", np.zeros((2, 5, 5, 3), "float32"))
    assert call("export.images", run).startswith("16 images")  # only translators use its pixels


@pytest.mark.parametrize("run", ["pix2pix"], indirect=True)
def test_examples_of_another_shape_are_damaged(run, call):
    np.savez(run / "examples.npz", *np.zeros((2, 2, 5, 5, 3), "float32"))
    message = call("export.tflite", run, code=1)
    assert "examples.npz is damaged" in message and message.count("\n") <= 2


def test_a_real_command_prints_the_error_and_nothing_else(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "export.images", tmp_path / "nothing"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1
