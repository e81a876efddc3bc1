"""Runs that somebody else made: nothing in them is executed, nothing outside them is written."""

import json
import zipfile

import keras
import pytest


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
    assert "is not opened" in message and message.count("\n") == 1


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_a_class_from_elsewhere_is_not_imported(run, call):
    def change(content):
        config = json.loads(content)
        config |= {"module": "subprocess", "class_name": "Popen", "registered_name": "Popen"}
        return json.dumps(config | {"config": {"args": ["touch", "harm"]}})

    rewrite(newest(run), "config.json", change)
    message = call("export.images", run, code=1)
    assert "is not opened" in message and message.count("\n") == 1


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_a_model_that_is_no_game_is_refused(run, call):
    inputs = keras.Input((4,))
    keras.Model(inputs, keras.layers.Dense(1)(inputs)).save(newest(run))
    assert "no game of this library" in call("export.tflite", run, code=1)


@pytest.mark.parametrize("run", ["gan"], indirect=True)
@pytest.mark.parametrize(
    "path, value",
    [
        (("variant",), "../../harm"),
        (("data", "name"), "../../../etc"),
        (("data",), "nothing"),
        (("variant",), 3),
    ],
)
def test_a_config_that_no_training_wrote_is_refused(run, call, path, value):
    config = json.loads((run / "config.json").read_text())
    part = config
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    (run / "config.json").write_text(json.dumps(config))
    before = sorted(run.rglob("*"))
    for module in ("export.saved_model", "export.images"):
        message = call(module, run, code=1)
        assert "no training writ" in message or "no training wrote" in message
        assert message.count("\n") == 1
    assert sorted(run.rglob("*")) == before


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_pickled_examples_are_not_unpickled(run, call):
    import numpy as np

    np.savez(run / "examples.npz", np.array([{"a": 1}], dtype=object))
    assert "examples.npz is damaged" in call("export.tflite", run, code=1)
