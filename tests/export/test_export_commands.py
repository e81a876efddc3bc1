"""Exports as a user makes them, and as a process without this library reads them."""

import os
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import keras
import numpy as np
import pytest

from export import common, saved_model, tflite
from keras_gans.callbacks import newest_checkpoint

ROOT = Path(__file__).parents[2]
KINDS = ("gan", "cgan", "cyclegan", "pix2pix")


def outputs_of(run, folder):
    """Save what Keras makes of a run's examples; return the files by generator."""
    files = {}
    for generator in common.open_run(run).generators():
        files[generator.name] = folder / f"{run.name}-{generator.name}.npz"
        outputs = generator.make(generator.examples)
        np.savez(files[generator.name], outputs=outputs, **generator.examples)
    return files


READ_SAVED_MODELS = """
import sys
import numpy as np
import tensorflow as tf
for path, arrays in zip(sys.argv[1::2], sys.argv[2::2]):
    serve = tf.saved_model.load(path).signatures["serving_default"]
    inputs = dict(np.load(arrays))
    expected = inputs.pop("outputs")
    for rows in (1, len(expected)):
        images = serve(**{k: tf.constant(v[:rows]) for k, v in inputs.items()})["images"].numpy()
        assert np.abs(images - expected[:rows]).max() < 1e-4, path
assert not {"keras_gans", "train", "export"} & set(sys.modules)
"""

READ_TFLITE = """
import sys
import numpy as np
from ai_edge_litert.interpreter import Interpreter
for path, arrays in zip(sys.argv[1::2], sys.argv[2::2]):
    runner = Interpreter(model_path=path).get_signature_runner()
    inputs = dict(np.load(arrays))
    expected = inputs.pop("outputs")
    details = runner.get_input_details()
    assert {k: v["dtype"] for k, v in details.items()} == {k: v.dtype for k, v in inputs.items()}
    for row, image in enumerate(expected):
        made = runner(**{k: v[row : row + 1] for k, v in inputs.items()})["images"]
        assert np.abs(made[0] - image).max() < 1e-3, path
assert not {"keras_gans", "train", "export", "tensorflow"} & set(sys.modules)
"""


@pytest.mark.parametrize(
    "form, path, program",
    [("saved_model", "{}/1", READ_SAVED_MODELS), ("tflite", "{}.tflite", READ_TFLITE)],
)
def test_exports_equal_keras_in_a_process_without_the_library(
    form, path, program, runs, call, tmp_path
):
    arguments = []
    for kind in KINDS:
        stdout = call(f"export.{form}", runs / kind, "--output", tmp_path / kind)
        for name, arrays in outputs_of(runs / kind, tmp_path).items():
            assert f"{name}: within" in stdout
            arguments += [tmp_path / kind / path.format(name), arrays]
    assert len(arguments) == 2 * 5
    subprocess.run([sys.executable, "-c", program, *arguments], cwd=tmp_path, check=True)


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_versions_directions_and_other_places(run, tmp_path, call):
    for version in (1, 2):
        call("export.saved_model", run, "--direction", "b_to_a", "--output", tmp_path / "out")
        assert (tmp_path / "out" / "b_to_a" / str(version) / "saved_model.pb").exists()
    assert not (tmp_path / "out" / "a_to_b").exists()
    call("export.tflite", run, "--direction", "a_to_b", "--batch-size", 3)
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(run / "export" / "tflite" / "a_to_b.tflite"))
    (entrance,) = interpreter.get_input_details()
    assert tuple(entrance["shape"]) == (3, 24, 24, 3)
    names = {op["op_name"] for op in interpreter._get_ops_details()}
    assert not any(name.startswith("Flex") for name in names)


def test_a_direction_says_nothing_where_there_is_one_generator(runs):
    for kind in ("gan", "pix2pix"):
        (generator,) = common.open_run(runs / kind).generators("b_to_a")
        assert generator.name == "generator"


def test_averaged_weights_are_what_is_exported(runs):
    model = keras.saving.load_model(newest_checkpoint(runs / "gan" / "checkpoints"))
    (generator,) = common.open_run(runs / "gan").generators()
    latents = generator.examples["latents"]
    raw = np.asarray(model.generator(latents, training=False))
    with model.averaged():
        averaged = np.asarray(model.generator(latents, training=False))
    assert np.abs(raw - averaged).max() > 1e-5
    np.testing.assert_allclose(generator.make(generator.examples), averaged, atol=1e-6)


def test_a_network_of_low_precision_is_copied_in_float32_with_what_is_nested_in_it(runs):
    model = keras.saving.load_model(newest_checkpoint(runs / "cgan" / "checkpoints"))
    layers = model.generator._flatten_layers
    kernels = [layer for layer in layers(include_self=False) if hasattr(layer, "kernel")]
    assert {layer.compute_dtype for layer in kernels} == {"bfloat16"}
    (generator,) = common.open_run(runs / "cgan").generators()
    for layer in generator.network._flatten_layers(include_self=False):
        assert layer.compute_dtype == "float32" or layer.name == "labels"
    inputs = {tensor.name: tensor.dtype for tensor in generator.network.inputs}
    assert inputs == {"latents": "float32", "labels": "int32"}


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_an_interrupted_run_exports_from_its_newest_checkpoint(run, call):
    (run / "model.keras").unlink()
    assert "within" in call("export.tflite", run)


@pytest.mark.parametrize("form", [saved_model, tflite])
def test_an_export_that_is_off_leaves_no_file(form, runs, tmp_path, monkeypatch):
    real = form.make
    monkeypatch.setattr(form, "make", lambda *args: real(*args) + 0.01)
    options = Namespace(run=runs / "gan", direction="both", output=tmp_path / "out", batch_size=1)
    with pytest.raises(common.ExportError, match="0.01 off Keras.*not kept"):
        form.export(options)
    assert not [path for path in options.output.rglob("*") if path.is_file()]


@pytest.mark.parametrize("module", ["saved_model", "tflite", "images"])
def test_what_is_no_run_or_not_trained_is_refused(module, tmp_path, call):
    (tmp_path / "config.json").write_text("{}")
    for folder, word in ((tmp_path / "nothing", "is no run"), (tmp_path, "not trained yet")):
        message = call(f"export.{module}", folder, code=1)
        assert word in message and message.count("\n") == 1


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_damaged_examples_are_named(run, call):
    (run / "examples.npz").write_bytes(b"damaged")
    assert "examples.npz is damaged" in call("export.images", run, code=1)


def test_a_real_command_says_what_is_wrong_and_nothing_else(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "export.images", tmp_path / "nothing"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1
