"""Presets that are refused: damaged ones, and those that somebody made to do harm."""

import json
import zipfile

import h5py
import keras
import numpy as np
import pytest

import keras_gans
from keras_gans.models import GAN
from keras_gans.presets import PresetError, folder


def seal(preset, name):
    """Write the size and hash of a file that was changed into metadata.json."""
    metadata = json.loads((preset / "metadata.json").read_text())
    path = preset / name
    metadata["files"][name] = {"size": path.stat().st_size, "sha256": folder.sha256(path)}
    (preset / "metadata.json").write_text(json.dumps(metadata))


def refused(preset, *words):
    with pytest.raises(PresetError) as caught:
        keras_gans.load(preset)
    message = str(caught.value)
    assert len(message.splitlines()) <= 2 and len(message) < 500
    assert all(word in message for word in words), message


def test_a_class_that_is_not_the_presets_is_named(preset):
    with pytest.raises(PresetError, match="is of the class DCGAN: give DCGAN.from_preset"):
        GAN.from_preset(preset)


def test_a_preset_that_is_not_there_is_an_error_with_what_there_is(tmp_path):
    with pytest.raises(PresetError, match="there is no preset 'unknown'.*hf://owner/name"):
        keras_gans.load("unknown")
    refused(tmp_path, "is no preset")


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5", "README.md", "samples.png"])
@pytest.mark.parametrize("damage", ["cut", "flip", "gone"])
def test_a_file_that_is_not_the_one_that_was_saved_is_named(preset, name, damage):
    path = preset / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content[: len(content) // 2] if damage == "cut" else content)
    if damage == "gone":
        path.unlink()
    refused(preset, "is no preset" if name.endswith("h5") and damage == "gone" else name)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", "[" * 100_000, '{"files": {}, "networks": []}', '{"files": 1}']
)
def test_metadata_that_nothing_wrote_so_are_refused(preset, content):
    (preset / "metadata.json").write_text(content)
    refused(preset, "metadata.json is damaged")


@pytest.mark.parametrize("part", [{"steps": "many"}, {"steps": [1]}, {"steps": 2**70}, {"data": 3}])
def test_metadata_whose_values_are_of_other_types_are_refused(preset, part):
    metadata = json.loads((preset / "metadata.json").read_text())
    (preset / "metadata.json").write_text(json.dumps(metadata | part))
    refused(preset, "metadata.json is damaged")


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "other.bin"])
def test_metadata_that_list_other_files_are_refused(preset, name):
    metadata = json.loads((preset / "metadata.json").read_text())
    metadata["files"][name] = metadata["files"]["README.md"]
    (preset / "metadata.json").write_text(json.dumps(metadata))
    refused(preset, "metadata.json is damaged")


def change_config(preset, change):
    config = json.loads((preset / "config.json").read_text())
    change(config)
    (preset / "config.json").write_text(json.dumps(config))
    seal(preset, "config.json")


def first_layer(config):
    return config["config"]["generator"]["config"]["layers"][1]


@pytest.mark.parametrize("module, name", [("subprocess", "Popen"), ("os", "system")])
def test_a_class_from_elsewhere_is_not_imported(preset, tmp_path, module, name):
    change_config(
        preset,
        lambda config: config.update(
            module=module, class_name=name, registered_name=name, config=["touch", "harm"]
        ),
    )
    refused(preset, f"{module}.{name}, which is not registered")
    change_config(
        preset,
        lambda config: config.update(
            module="keras_gans.models.dcgan",
            class_name="DCGAN",
            registered_name="keras_gans>DCGAN",
            config={"generator": {"module": module, "class_name": name, "config": {}}},
        ),
    )
    refused(preset, f"{module}.{name}, which is not registered")


def test_a_lambda_layer_is_not_run(preset):
    layer = keras.saving.serialize_keras_object(keras.layers.Lambda(lambda x: x))
    change_config(preset, lambda config: first_layer(config).update(layer))
    refused(preset, "config.json cannot be opened")


def test_a_model_that_is_no_gan_is_refused(preset):
    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    config = keras.saving.serialize_keras_object(network)
    change_config(preset, lambda content: (content.clear(), content.update(config)))
    refused(preset, "is a Sequential, not an AdversarialModel")


def test_a_model_that_is_much_larger_than_its_weights_is_not_built(preset):
    def enlarge(config):
        for layer in config["config"]["generator"]["config"]["layers"]:
            if "units" in layer["config"]:
                layer["config"]["units"] = 2**40  # from 4 latents: 16 TiB

    change_config(preset, enlarge)
    refused(preset, "config.json cannot be opened: its model has more than 268,")


@pytest.mark.parametrize("content", ["[]", "{}", '{"class_name": 3}', "[" * 100_000, "not json"])
def test_a_configuration_that_is_none_is_refused(preset, content):
    (preset / "config.json").write_text(content)
    seal(preset, "config.json")
    refused(preset, "config.json")


def test_weights_of_another_model_are_refused(preset, variants, tmp_path):
    variants["gan"].create().save_to_preset(tmp_path / "other")
    other = (tmp_path / "other" / "model.weights.h5").read_bytes()
    (preset / "model.weights.h5").write_bytes(other)
    seal(preset, "model.weights.h5")
    refused(preset, "model.weights.h5 is damaged")


def test_weights_that_unpack_to_more_than_the_file_are_refused(preset):
    with h5py.File(preset / "model.weights.h5", "a") as content:
        content.create_dataset("more", shape=(2**33,), dtype="float32", chunks=(2**20,))
    seal(preset, "model.weights.h5")
    refused(preset, "its weights are larger than the file")


def test_files_that_are_too_large_are_not_read(preset, monkeypatch):
    monkeypatch.setitem(folder.MAX_BYTES, "config.json", 1000)
    refused(preset, "config.json", "1,000 bytes at most")


def test_examples_that_are_pickled_or_unpack_to_too_much_are_refused(
    variants, tmp_path, monkeypatch
):
    variant = variants["cyclegan"]
    variant.create().save_to_preset(tmp_path / "preset", examples=variant.batch(2))
    preset = keras_gans.presets.find_preset(tmp_path / "preset")
    a, b = preset.read_examples()
    expected_a, expected_b = variant.batch(2)
    np.testing.assert_allclose(a, expected_a, atol=1 / 254)
    np.testing.assert_allclose(b, expected_b, atol=1 / 254)
    file = tmp_path / "preset" / "examples.npz"
    np.savez(file, np.array([{"a": 1}], dtype=object))
    seal(tmp_path / "preset", "examples.npz")
    with pytest.raises(PresetError, match="examples.npz is damaged"):
        keras_gans.presets.find_preset(tmp_path / "preset").read_examples()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("arr_0.npy", bytes(2**22))
    seal(tmp_path / "preset", "examples.npz")
    monkeypatch.setitem(folder.MAX_BYTES, "examples.npz", 2**21)
    with pytest.raises(PresetError, match="examples.npz is damaged"):
        keras_gans.presets.find_preset(tmp_path / "preset").read_examples()
