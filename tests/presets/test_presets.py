"""Presets on disk: what they hold, what opens them, and which are refused."""

import json
import subprocess
import sys
import zipfile

import h5py
import keras
import numpy as np
import pytest
from PIL import Image

import keras_gans
from keras_gans.models import DCGAN, GAN, CycleGAN
from keras_gans.presets import PresetError, Provenance, folder, saving
from keras_gans.presets.weights import networks_of


def weights(network):
    return [keras.ops.convert_to_numpy(v) for v in network.weights]


def assert_same(one, other):
    assert len(one) == len(other) > 0
    for x, y in zip(one, other, strict=True):
        np.testing.assert_array_equal(x, y)


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


# What they hold ----------------------------------------------------------------------------------


def test_a_model_of_every_class_comes_back_with_its_networks(variant, tmp_path):
    model = variant.create()
    variant.fit(model)
    model.save_to_preset(tmp_path / "preset", examples=variant.batch(2))
    loaded = variant.model.from_preset(tmp_path / "preset")
    assert type(loaded) is variant.model and not loaded.compiled
    networks = networks_of(loaded)
    for name, network in networks_of(model).items():
        assert_same(weights(network), weights(networks[name]))
    batch = variant.batch(2)
    for name, inputs in model.example_inputs(batch).items():
        made = model.generators[name](inputs, training=False)
        np.testing.assert_allclose(loaded.generators[name](inputs, training=False), made, atol=1e-6)
    loaded.compile(loaded.make_optimizer(), loaded.make_optimizer(), run_eagerly=True)
    assert all(np.isfinite(value[0]) for value in variant.fit(loaded).values())


def test_the_folder_has_the_files_of_keras_hub(preset):
    assert {path.name for path in preset.iterdir()} == {
        *("config.json", "metadata.json", "model.weights.h5", "README.md", "samples.png"),
    }
    config = json.loads((preset / "config.json").read_text())
    assert config["class_name"] == "DCGAN" and config["registered_name"] == "keras_gans>DCGAN"
    metadata = json.loads((preset / "metadata.json").read_text())
    assert metadata["keras_version"] == keras.__version__
    assert metadata["networks"] == ["generator", "discriminator"]
    with h5py.File(preset / "model.weights.h5") as content:
        assert {"generator", "discriminator"} <= set(content)


def test_the_weights_are_the_averaged_ones(variants, tmp_path):
    def averaging(name):
        return keras.optimizers.SGD(0.1, use_ema=name == "generator", ema_momentum=0.5)

    variant = variants["dcgan"]
    model = variant.create(optimizer=averaging)
    variant.fit(model, steps=3)
    model.save_to_preset(tmp_path / "preset")
    with model.averaged():
        averages = weights(model.generator)
    assert_same(averages, weights(DCGAN.from_preset(tmp_path / "preset").generator))
    assert not all(map(np.array_equal, averages, weights(model.generator)))


def test_half_precision_halves_the_file_and_keeps_what_it_cannot_hold(variants, tmp_path):
    model = variants["gan"].create()
    large = model.generator.weights[-1]
    large.assign(keras.ops.full_like(large, 1e6))
    for dtype in ("float32", "float16"):
        model.save_to_preset(tmp_path / dtype, dtype=dtype)
    sizes = [(tmp_path / x / "model.weights.h5").stat().st_size for x in ("float16", "float32")]
    assert sizes[0] < 0.55 * sizes[1]
    loaded = GAN.from_preset(tmp_path / "float16")
    for x, y in zip(weights(model.generator), weights(loaded.generator), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-3, atol=1e-7)
    assert np.all(weights(loaded.generator)[-1] == 1e6)


def test_without_discriminators_they_are_new(variants, tmp_path):
    model = variants["dcgan"].create()
    model.save_to_preset(tmp_path / "preset", discriminators=False)
    loaded = keras_gans.load(tmp_path / "preset")
    assert_same(weights(model.generator), weights(loaded.generator))
    pairs = zip(weights(model.discriminator), weights(loaded.discriminator), strict=True)
    assert not all(np.array_equal(x, y) for x, y in pairs)


def test_the_card_says_where_the_weights_come_from(variants, tmp_path):
    provenance = Provenance(
        data="digits",
        license="free",
        command="python -m train.dcgan",
        seed=3,
        commit="abc1234",
        cpu_minutes=1.5,
        measures="| fid | 2 |",
        limits="sevens",
    )
    variants["dcgan"].create().save_to_preset(tmp_path / "preset", provenance=provenance)
    card = (tmp_path / "preset" / "README.md").read_text()
    for words in ("# DCGAN on digits", "free", "train.dcgan", "abc1234", "1.5", "fid", "sevens"):
        assert words in card
    assert "samples.png" in card and card.startswith("---\nlibrary_name: keras\n")


def test_a_swapped_translator_translates_the_other_way(variants, tmp_path, monkeypatch):
    model = variants["cyclegan"].create()
    other = Provenance(reverse_name="zebra2horse")
    model.save_to_preset(tmp_path / "horse2zebra", provenance=other)
    monkeypatch.setattr("keras_gans.presets.shipped.SHIPPED", tmp_path)
    assert keras_gans.presets.names() == ["horse2zebra", "zebra2horse"]
    one, two = CycleGAN.from_preset("horse2zebra"), CycleGAN.from_preset("zebra2horse")
    assert_same(weights(one.a_to_b), weights(two.b_to_a))
    assert_same(weights(one.discriminator_a), weights(two.discriminator_b))
    assert_same(weights(model.a_to_b), weights(one.a_to_b))


# How they are written ----------------------------------------------------------------------------


def test_an_older_preset_is_replaced_as_a_whole(preset, variants, monkeypatch):
    before = {path.name: path.read_bytes() for path in preset.iterdir()}
    model = variants["gan"].create()

    def fail(*arguments):
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(saving, "card", fail)
        with pytest.raises(OSError):
            model.save_to_preset(preset)
    assert {path.name: path.read_bytes() for path in preset.iterdir()} == before
    assert list(preset.parent.iterdir()) == [preset]
    model.save_to_preset(preset)
    assert type(keras_gans.load(preset)) is GAN
    assert list(preset.parent.iterdir()) == [preset]


def test_a_folder_with_something_else_is_not_replaced(variants, tmp_path):
    (tmp_path / "photo.png").write_bytes(b"mine")
    with pytest.raises(PresetError, match="is no preset, and would be replaced"):
        variants["gan"].create().save_to_preset(tmp_path)
    assert (tmp_path / "photo.png").read_bytes() == b"mine"


def test_a_preset_with_other_files_is_not_replaced(preset, variants):
    (preset / ".git").mkdir()
    before = {path.name: path.stat().st_mtime_ns for path in preset.iterdir()}
    with pytest.raises(PresetError, match=r"holds more than a preset \(.git\)"):
        variants["gan"].create().save_to_preset(preset)
    assert {path.name: path.stat().st_mtime_ns for path in preset.iterdir()} == before


def test_the_samples_of_large_images_are_small(tmp_path):
    shape = (1500, 1500, 3)
    images = keras.Input(shape)
    brighter = keras.Model(images, keras.layers.Rescaling(0.5)(images))
    mean = keras.Model(images, keras.layers.GlobalAveragePooling2D(keepdims=True)(images))
    examples = np.zeros((2, 2, *shape), "float32")
    CycleGAN(brighter, brighter, mean, mean).save_to_preset(tmp_path / "large", examples=examples)
    with Image.open(tmp_path / "large" / "samples.png") as samples:
        assert max(samples.size) == 2048


def test_a_model_that_could_not_be_loaded_is_not_saved(tmp_path):
    latents = keras.Input((4,))
    network = keras.Model(latents, keras.ops.relu(latents))
    with pytest.raises(ValueError, match=r"could not be loaded: it names keras.*not registered"):
        GAN(network, network).save_to_preset(tmp_path / "preset")
    assert not any(tmp_path.iterdir())


# What is refused ---------------------------------------------------------------------------------


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


def test_the_library_is_light_until_a_preset_is_opened():
    code = (
        "import sys, keras_gans\n"
        "keras_gans.presets.names(), keras_gans.upload_preset\n"
        "assert not {'keras', 'tensorflow', 'huggingface_hub', 'kagglehub'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
