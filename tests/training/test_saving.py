"""Checkpoints: which one is loaded, and which files are errors."""

import zipfile

import keras
import numpy as np
import pytest

from keras_gans.models import GAN
from keras_gans.step_files import step_path
from keras_gans.training import saving


def save(model, folder, step):
    model.steps.assign(step)
    path = step_path(folder, step, ".keras")
    saving.save_atomically(model, path)
    return path


@pytest.fixture
def model(variants):
    return variants["gan"].create()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "checkpoints"


@pytest.mark.parametrize("damage", ["cut", "flip", "empty"])
def test_a_damaged_checkpoint_is_reported_and_the_one_before_it_used(model, folder, capsys, damage):
    older, newest = (save(model, folder, step) for step in (2, 4))
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 0xFF
    newest.write_bytes({"cut": content[: len(content) // 2], "flip": content, "empty": b""}[damage])
    assert saving.newest_checkpoint(folder) == older
    assert f"{newest} is damaged" in capsys.readouterr().err
    assert int(saving.load_model(folder).steps) == 2


def test_if_all_checkpoints_are_damaged_it_is_an_error(tmp_path):
    (tmp_path / "step-00000008.keras").write_bytes(b"damaged")
    with pytest.raises(saving.DamagedCheckpointError, match="every checkpoint"):
        saving.newest_checkpoint(tmp_path)


def test_no_checkpoint_is_none(tmp_path):
    assert saving.newest_checkpoint(tmp_path / "nothing") is None


def test_a_model_is_loaded_from_a_file_or_a_folder_of_checkpoints(model, folder):
    file = save(model, folder, 2)
    for path in (file, folder):
        loaded = saving.load_model(path)
        assert type(loaded) is GAN and int(loaded.steps) == 2
        assert loaded.compiled
    with pytest.raises(saving.CheckpointError, match="there is no .*best.keras"):
        saving.load_model(folder / "best.keras")
    with pytest.raises(saving.CheckpointError, match="others holds no checkpoint: give"):
        saving.load_model(folder.parent / "others")
    with pytest.raises(saving.CheckpointError, match="there is no .*best.keras"):
        saving.restore(model, folder / "best.keras")
    file.write_bytes(file.read_bytes()[:-99])
    for path in (file, folder):
        with pytest.raises(saving.DamagedCheckpointError):
            saving.load_model(path)
        with pytest.raises(saving.DamagedCheckpointError):
            saving.restore(model, path)
    with pytest.raises(saving.CheckpointError, match="its configuration cannot be read"):
        saving.saved_arguments(file)


@pytest.mark.parametrize(
    "name, argument, value",
    [
        ("gan", "pretrain_discriminator", 3),
        ("wgan", "clip", 0.02),
        ("acgan", "class_weight", 0.5),
        ("infogan", "information_weight", 0.5),
        ("r3gan", "gamma", 0.1),
        ("fastgan", "reconstruction_weight", 0.0),
        ("cyclegan", "cycle_weight", 3.0),
        ("cut", "nce_weight", 3.0),
        ("cut", "identity_nce_weight", 0.0),
        ("pix2pix", "l1_weight", 3.0),
        ("dcgan", "discriminator_steps", 2),
    ],
)
def test_hyperparameters_of_the_training_are_saved(variants, folder, name, argument, value):
    path = save(variants[name].create(**{argument: value}), folder, 0)
    assert getattr(saving.load_model(path), argument) == value


def test_other_models_are_not_loaded(variants, tmp_path):
    images = keras.Input((4,))
    keras.Model(images, keras.layers.Dense(2)(images)).save(tmp_path / "other.keras")
    with pytest.raises(saving.CheckpointError, match="is a Functional, not an AdversarialModel"):
        saving.load_model(tmp_path / "other.keras")

    class Unknown(variants["gan"].model):
        pass

    model = Unknown.create((8, 8, 1), filters=4)
    model.compile(model.make_optimizer(), model.make_optimizer())
    model.save(tmp_path / "unknown.keras")
    with pytest.raises(saving.CheckpointError, match="not registered.*'Unknown'") as caught:
        saving.load_model(tmp_path / "unknown.keras")
    assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)


def test_code_in_a_file_is_not_executed(tmp_path):
    images = keras.Input((4,))
    keras.Model(images, keras.layers.Lambda(lambda x: x)(images)).save(tmp_path / "code.keras")
    with pytest.raises(saving.CheckpointError, match="cannot be loaded"):
        saving.load_model(tmp_path / "code.keras")


def test_an_interrupted_save_leaves_the_older_file(model, folder, monkeypatch):
    path = save(model, folder, 2)
    content = path.read_bytes()

    def fail(part):
        part.write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(model, "save", fail)
    with pytest.raises(OSError):
        saving.save_atomically(model, path)
    assert path.read_bytes() == content and list(folder.iterdir()) == [path]


def test_restore_loads_the_newest_checkpoint(variants, folder):
    variant = variants["gan"]
    model, other = variant.create(), variant.create()
    variant.fit(model, steps=2)
    save(model, folder, 2)
    saving.restore(other, folder)
    assert int(other.steps) == 2
    for x, y in zip(model.variables, other.variables, strict=True):
        np.testing.assert_array_equal(x, y)


def test_restore_of_an_empty_folder_changes_nothing(model, folder):
    before = [keras.ops.convert_to_numpy(v) for v in model.variables]
    saving.restore(model, folder)
    for x, y in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(x, y)


def test_restore_rejects_checkpoints_of_other_models(variants, folder):
    save(variants["wgan"].create(), folder, 2)
    with pytest.raises(saving.DifferentModelError, match="other clip"):
        saving.restore(variants["wgan"].create(clip=0.02), folder)
    with pytest.raises(saving.DifferentModelError, match="other networks"):
        saving.restore(variants["wgan"].create(network="mlp"), folder)


def rewrite(path, name, content):
    with zipfile.ZipFile(path) as archive:
        members = {each: archive.read(each) for each in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for each, data in (members | {name: content(members[name])}).items():
            archive.writestr(each, data)


@pytest.mark.parametrize(
    "name, content",
    [
        ("config.json", lambda data: b"[" * 100_000),
        ("config.json", lambda data: data[:100]),
        ("config.json", lambda data: b"[]"),
        ("model.weights.h5", lambda data: data[:1000]),
        ("model.weights.h5", lambda data: data[:600] + bytes(2000) + data[2600:]),
    ],
)
def test_damage_that_the_archive_does_not_show_is_named(model, folder, name, content):
    path = save(model, folder, 2)
    rewrite(path, name, content)
    with pytest.raises(saving.CheckpointError, match=path.name):
        saving.load_model(path)
    with pytest.raises(saving.CheckpointError, match=path.name):
        saving.restore(model, folder)


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", bytes(2**24))
    with pytest.raises(saving.DamagedCheckpointError, match="a.keras is damaged"):
        saving.load_model(tmp_path / "a.keras")
