"""Exports as a user makes them, and as a process without this library reads them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from export import common
from keras_gans.callbacks import newest_checkpoint

ROOT = Path(__file__).parents[2]
RUNS = {
    "gan": "--data shapes --image-size 8 --latent-dim 4 --ema 0.5",
    "cyclegan": "--data stripes --image-size 24 --filters 2 --blocks 1 --discriminator-filters 2",
}


def call(module, *arguments, code=0):
    result = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == code, result.stderr
    return result.stdout if code == 0 else result.stderr


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run of each kind, trained for a few steps."""
    folder = tmp_path_factory.mktemp("runs")
    for name, flags in RUNS.items():
        shared = ["--epochs", 1, "--steps-per-epoch", 3, "--run-dir", folder / name]
        call(f"train.{name}", *flags.split(), *shared)
    return folder


@pytest.fixture
def run(runs, tmp_path, request):
    shutil.copytree(runs / request.param, tmp_path / "run")
    return tmp_path / "run"


def pixels_of(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def keras_outputs(run):
    """What Keras makes of the run's examples, by generator."""
    return {
        generator.name: (generator.examples, np.asarray(generator.network(generator.examples)))
        for generator in common.open_generators(run)
    }


WITHOUT_THE_LIBRARY = """
import sys
import numpy as np
arrays = np.load(sys.argv[2])
if sys.argv[1].endswith(".tflite"):
    from ai_edge_litert.interpreter import Interpreter
    interpreter = Interpreter(model_path=sys.argv[1])
    runner = interpreter.get_signature_runner()
    name, = runner.get_input_details()
    make = lambda x: np.concatenate([next(iter(runner(**{name: row[None]}).values())) for row in x])
else:
    import tensorflow as tf
    signature = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
    name, = signature.structured_input_signature[1]
    make = lambda x: signature(**{name: tf.constant(x)})["images"].numpy()
assert np.abs(make(arrays["inputs"]) - arrays["outputs"]).max() < 1e-3
assert not {"keras_gans", "train", "export"} & set(sys.modules)
"""


@pytest.mark.parametrize("run", RUNS, indirect=True)
@pytest.mark.parametrize("form", ["saved_model", "tflite"])
def test_an_export_equals_keras_in_a_process_without_the_library(run, form, tmp_path):
    stdout = call(f"export.{form}", run)
    for name, (inputs, outputs) in keras_outputs(run).items():
        assert f"{name}: within" in stdout
        np.savez(tmp_path / "io.npz", inputs=inputs, outputs=outputs)
        path = (
            run / "export" / form / {"tflite": f"{name}.tflite", "saved_model": f"{name}/1"}[form]
        )
        subprocess.run(
            [sys.executable, "-c", WITHOUT_THE_LIBRARY, path, tmp_path / "io.npz"],
            cwd=tmp_path,
            check=True,
        )


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_versions_directions_and_other_places(run, tmp_path):
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


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_averaged_weights_are_what_is_exported(run):
    model = keras.saving.load_model(newest_checkpoint(run / "checkpoints"))
    (generator,) = common.open_generators(run)
    latents = generator.examples
    raw = np.asarray(model.generator(latents, training=False))
    with model.averaged():
        averaged = np.asarray(model.generator(latents, training=False))
    assert np.abs(raw - averaged).max() > 1e-5
    np.testing.assert_allclose(generator.network(latents), averaged, atol=1e-6)


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_an_interrupted_run_exports_from_its_newest_checkpoint(run):
    (run / "model.keras").unlink()
    assert "within" in call("export.tflite", run)


def test_an_export_that_is_off_leaves_no_file(runs, tmp_path, monkeypatch):
    from argparse import Namespace

    from export import saved_model, tflite

    for form in (saved_model, tflite):
        real = form.run
        monkeypatch.setattr(form, "run", lambda *args, real=real: real(*args) + 0.01)
        options = Namespace(
            run=runs / "gan", direction="both", output=tmp_path / form.__name__, batch_size=1
        )
        with pytest.raises(common.ExportError, match="0.01 off Keras.*not kept"):
            form.export(options)
        assert not [path for path in options.output.rglob("*") if path.is_file()]


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_samples_depend_on_the_seed_and_not_on_the_count(run, tmp_path):
    call("export.images", run, "--count", 3, "--seed", 5)
    call("export.images", run, "--count", 5, "--seed", 5, "--output", tmp_path / "five.npz")
    files = sorted((run / "export" / "images").iterdir())
    assert [file.name for file in files] == [f"seed5-0000{n}.png" for n in range(3)]
    with np.load(tmp_path / "five.npz") as arrays:
        assert len(arrays.files) == 5
        for file in files:
            np.testing.assert_array_equal(arrays[file.stem], pixels_of(file))
    assert "give --count" in call("export.images", run, "--input", tmp_path, code=1)


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_pictures_of_any_size_are_translated(run, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "cut.png").write_bytes(b"no picture")
    rng = np.random.default_rng(0)
    for name, size in {"odd": (37, 51), "small": (5, 9), "fits": (24, 24)}.items():
        pixels = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    call(
        "export.images", run, "--input", folder, "--direction", "b_to_a", "--output", tmp_path / "o"
    )
    sizes = {path.name: pixels_of(path).shape for path in (tmp_path / "o").iterdir()}
    assert sizes == {
        "odd-b_to_a.png": (37, 51, 3),
        "small-b_to_a.png": (5, 9, 3),
        "fits-b_to_a.png": (24, 24, 3),
    }
    generator = next(g for g in common.open_generators(run) if g.name == "b_to_a")
    images = pixels_of(folder / "fits.png")[None] / np.float32(127.5) - 1
    expected = (np.asarray(generator.network(images))[0] + 1) * 127.5
    made = pixels_of(tmp_path / "o" / "fits-b_to_a.png")
    assert np.abs(made - expected).max() <= 0.51
    assert "--input" in call("export.images", run, code=1)
    assert call("export.images", run, "--input", folder / "odd.png").startswith("1 pictures")


@pytest.mark.parametrize("module", ["saved_model", "tflite", "images"])
def test_what_is_no_run_or_not_trained_is_refused(module, tmp_path):
    for folder, word in ((tmp_path / "nothing", "is no run"), (tmp_path, "not trained yet")):
        if folder.exists():
            (folder / "config.json").write_text("{}")
        message = call(f"export.{module}", folder, code=1)
        assert word in message and "Traceback" not in message and message.count("\n") == 1
