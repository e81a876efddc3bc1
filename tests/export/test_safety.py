"""Runs that somebody else made: nothing in them is executed, nothing outside them is written."""

import json
import sys
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf

from export import saved_model


@pytest.fixture(autouse=True)
def _no_harm(tmp_path, monkeypatch):
    """Fail if code of a run was executed: it would make this file."""
    monkeypatch.chdir(tmp_path)
    yield
    assert not (tmp_path / "harm").exists()


def rewrite(checkpoint, name, change):
    """Change a member of a .keras file."""
    with zipfile.ZipFile(checkpoint) as archive:
        members = {each: archive.read(each) for each in archive.namelist()}
    members[name] = change(members[name])
    with zipfile.ZipFile(checkpoint, "w") as archive:
        for each, content in members.items():
            archive.writestr(each, content)


def newest(run):
    return sorted((run / "checkpoints").iterdir())[-1]


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_a_lambda_layer_is_not_run(run, call):
    layer = keras.layers.Lambda(lambda x: x)
    inputs = keras.Input((4,))
    keras.Model(inputs, layer(inputs)).save(newest(run))
    message = call("export.tflite", run, code=1)
    assert "cannot be loaded" in message and message.count("\n") == 1


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_a_class_from_elsewhere_is_not_imported(run, call):
    def change(content):
        config = json.loads(content)
        config |= {"module": "subprocess", "class_name": "Popen", "registered_name": "Popen"}
        return json.dumps(config | {"config": {"args": ["touch", "harm"]}})

    rewrite(newest(run), "config.json", change)
    message = call("export.images", run, code=1)
    assert "cannot be loaded" in message and message.count("\n") == 1


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_a_model_that_is_no_gan_is_refused(run, call):
    inputs = keras.Input((4,))
    keras.Model(inputs, keras.layers.Dense(1)(inputs)).save(newest(run))
    assert "is a Functional, not an AdversarialModel" in call("export.tflite", run, code=1)


@pytest.mark.parametrize("run", ["gan"], indirect=True)
@pytest.mark.parametrize(
    "file, content",
    [
        ("config.yaml", "../../harm"),
        ("config.yaml", "model: 3"),
        ("config.yaml", "model: !!python/object/apply:os.system ['touch harm']"),
        ("metadata.json", "nothing"),
        ("metadata.json", '{"data": "nothing"}'),
        ("metadata.json", None),
    ],
)
def test_a_configuration_that_no_training_wrote_is_refused(run, call, file, content):
    (run / file).unlink()
    if content is not None:
        (run / file).write_text(content)
    before = sorted(run.rglob("*"))
    for module in ("export.saved_model", "export.images"):
        message = call(module, run, code=1)
        assert str(run) in message and message.count("\n") == 1
    assert sorted(run.rglob("*")) == before


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_names_in_a_run_are_neither_imported_nor_paths(run, call, change_data, tmp_path):
    outside = set(tmp_path.rglob("*")) - set(run.rglob("*"))
    change_data(run, "../../../etc")
    config = (run / "config.yaml").read_text()
    (run / "config.yaml").write_text(config.replace("model: gan", "model: ../../harm"))
    call("export.tflite", run)
    call("export.images", run, "--count", 1)
    (run / "config.yaml").write_text(config.replace("model: gan", "model: antigravity:fly"))
    assert "--model antigravity:fly" in call("export.images", run, code=1)
    assert "antigravity" not in sys.modules
    assert set(tmp_path.rglob("*")) - set(run.rglob("*")) == outside


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_pickled_examples_are_not_unpickled(run, call):
    np.savez(run / "examples.npz", np.array([{"a": 1}], dtype=object))
    assert "examples.npz is damaged" in call("export.tflite", run, code=1)


@pytest.mark.parametrize("run", ["cgan"], indirect=True)
@pytest.mark.parametrize(
    "arrays",
    [
        [np.zeros((2, 8, 8, 3), "float32")],
        [np.zeros((0, 8, 8, 3), "float32"), np.zeros(0, "int32")],
        [np.zeros((2, 8, 8, 3), "float32"), np.zeros(2, "complex64")],
        [np.zeros((2, 8, 8, 3), "float32"), np.zeros(2, "M8[s]")],
        [np.zeros(()), np.zeros((), "int32")],
        [np.zeros((1, 1, 1, 1), "float32"), np.zeros((), "int32")],
    ],
)
def test_examples_of_another_model_are_refused(run, call, arrays):
    np.savez(run / "examples.npz", *arrays)
    assert "examples.npz is damaged" in call("export.saved_model", run, code=1)


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_a_disk_that_is_full_is_named(run, call, monkeypatch):
    def full(*arguments, **named):
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr(saved_model, "write", full)
    message = call("export.saved_model", run, code=1)
    assert "cannot be written: is the disk full" in message
    assert not any((run / "export").rglob("saved_model.pb"))
