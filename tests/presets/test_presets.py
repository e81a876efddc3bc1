"""Presets on disk: what they hold, what opens them, and how they are written."""

import json
import subprocess
import sys

import h5py
import keras
import numpy as np
import pytest
from PIL import Image

import keras_gans
from keras_gans.models import DCGAN, GAN, CycleGAN
from keras_gans.presets import PresetError, Provenance, saving
from keras_gans.presets.weights import networks_of


def weights(network):
    return [keras.ops.convert_to_numpy(v) for v in network.weights]


def assert_same(one, other):
    assert len(one) == len(other) > 0
    for x, y in zip(one, other, strict=True):
        np.testing.assert_array_equal(x, y)


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


def test_the_library_is_light_until_a_preset_is_opened():
    code = (
        "import sys, keras_gans\n"
        "keras_gans.presets.names(), keras_gans.upload_preset\n"
        "assert not {'keras', 'tensorflow', 'huggingface_hub', 'kagglehub'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
