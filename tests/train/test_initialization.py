"""Trainings that begin from the weights of a run or a preset."""

import shutil

import keras
import numpy as np
import pytest
from PIL import Image

from keras_gans.cli.run_directory import RunDirectory
from train.cgan import RECIPE
from train.common.command import main

SMALL = "--image-size 8 --latent-dim 4 --filters 4 --epochs 1 --steps-per-epoch 1".split()
STILL = ["--learning-rate", 1e-12]  # so that a step leaves the weights what they were


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained") / "first"
    flags = ["--data", "shapes", *SMALL, "--seed", "3", "--ema", "0.5", "--run-dir", str(folder)]
    with pytest.raises(SystemExit) as stop:
        main(RECIPE, flags)
    assert stop.value.code == 0
    return folder


@pytest.fixture
def run(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "first")


@pytest.fixture
def photos(tmp_path):
    """Make data/circle, which is a class of shapes, and data/fish, of two images each."""
    for number, name in enumerate(("circle", "fish")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for index in range(2):
            image = Image.new("RGB", (8, 8), (90 * number, 80 * index, 30))
            image.save(tmp_path / "photos" / name / f"{index}.png")
    return ["--data", "photos"]


def weights(folder, networks="generator_variables"):
    model = RunDirectory(folder).load_model()
    with model.averaged():
        return [keras.ops.convert_to_numpy(v) for v in getattr(model, networks)]


def images(folder, label):
    model = RunDirectory(folder).load_model()
    with model.averaged():
        latents = keras.random.normal((3, 4), seed=0)
        labels = keras.ops.full((3,), label, "int32")
        return np.asarray(model.generator([latents, labels], training=False))


def test_it_begins_from_the_averaged_weights_of_a_run(run, tmp_path, call):
    flags = ["--data", "shapes", *SMALL, *STILL, "--run-dir", "second"]
    code, printed, _ = call("cgan", *flags, "--init", "first")
    assert code == 0 and "generator, discriminator: the weights of first" in printed
    for networks in ("generator_variables", "discriminator_variables"):
        for x, y in zip(
            weights(run, networks), weights(tmp_path / "second", networks), strict=True
        ):
            np.testing.assert_allclose(x, y, atol=1e-6)
    assert RunDirectory(tmp_path / "second").read().config["init"] == "first"


def test_classes_that_both_have_are_kept_and_others_are_new(run, photos, tmp_path, call):
    names = list(RunDirectory(run).read().class_names)
    code, printed, _ = call("cgan", *photos, *SMALL, *STILL, "--init", "first", "--run-dir", "new")
    assert code == 0 and "new classes: fish\n" in printed
    made = images(tmp_path / "new", 0)
    # Batch normalization has seen one batch of the new data.
    np.testing.assert_allclose(made, images(run, names.index("circle")), atol=0.05)


def test_a_preset_without_discriminators_gives_a_new_one(run, photos, tmp_path, call):
    publish = ["--license", "free", "--no-discriminators", "--dtype", "float32"]
    assert call("publish", run, "--to", "mine", *publish)[0] == 0
    flags = ["--data", "shapes", *SMALL, *STILL, "--init", "mine", "--run-dir", "second"]
    code, printed, _ = call("cgan", *flags)
    assert code == 0 and "discriminator: new, as mine has none that fits" in printed
    for x, y in zip(weights(run), weights(tmp_path / "second"), strict=True):
        np.testing.assert_allclose(x, y, atol=1e-6)
    names = "discriminator_variables"
    pairs = zip(weights(run, names), weights(tmp_path / "second", names), strict=True)
    assert any(np.abs(x - y).max() > 0.01 for x, y in pairs)


def test_a_model_of_another_class_may_share_the_generator(run, tmp_path, call):
    flags = ["--data", "shapes", *SMALL, *STILL, "--init", "first", "--run-dir", "second"]
    code, printed, _ = call("acgan", *flags)
    assert code == 0 and "discriminator: new" in printed
    for x, y in zip(weights(run), weights(tmp_path / "second"), strict=True):
        np.testing.assert_allclose(x, y, atol=1e-6)


def test_other_networks_are_an_error_that_gives_the_flags(run, tmp_path, call):
    flags = "--data shapes --image-size 16 --filters 8 --epochs 1 --run-dir second".split()
    code, _, said = call("cgan", *flags, "--init", "first")
    assert code == 1
    assert (
        "first has another generator: give --latent-dim 4 --filters 4 --image-size 8 --channels 3"
        in said
    )
    assert not (tmp_path / "second").exists()
    code, _, said = call("cyclegan", "--data", "stripes", "--image-size", 24, "--init", "first")
    assert code == 1 and "first is a CGAN, which has no a_to_b" in said
    code, _, said = call("gan", "--data", "shapes", "--init", "nothing")
    assert code == 1 and "nothing is no run" in said


def test_a_resumed_training_does_not_begin_again(run, tmp_path, call):
    flags = ["--data", "shapes", *SMALL, "--init", "first", "--freeze-discriminator", 1]
    whole = [*flags, "--epochs", 3, "--run-dir", "whole"]
    assert call("cgan", *whole)[0] == 0
    stopped = [*flags, "--run-dir", "stopped"]
    assert call("cgan", *stopped)[0] == 0
    run.rename(tmp_path / "gone")  # what it began from is not needed any more
    assert call("cgan", *stopped, "--epochs", 3)[0] == 0
    one, two = (RunDirectory(tmp_path / x).load_model() for x in ("whole", "stopped"))
    for x, y in zip(one.variables, two.variables, strict=True):
        np.testing.assert_array_equal(x, y)


def test_more_layers_than_there_are_cannot_be_frozen(call):
    assert call("gan", "--data", "shapes", *SMALL, "--run-dir", "first")[0] == 0
    flags = ["--data", "shapes", *SMALL, "--init", "first", "--freeze-discriminator", 99]
    code, _, said = call("gan", *flags)
    assert code == 1 and "--freeze-discriminator 99: the discriminator" in said


def test_random_layers_are_not_frozen(run, tmp_path, call):
    flags = ["--data", "shapes", *SMALL, "--freeze-discriminator", 1]
    code, _, said = call("cgan", *flags)
    assert code == 1 and "would keep random weights, as discriminator is new" in said
    license = ["--license", "free", "--no-discriminators"]
    assert call("publish", run, "--to", "preset", *license)[0] == 0
    code, _, said = call("cgan", *flags, "--init", "preset")
    assert code == 1 and "would keep random weights, as discriminator is new" in said
    assert not (tmp_path / "runs").exists()
