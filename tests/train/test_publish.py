"""Runs are made into presets, and presets are taken where runs are."""

import json
import re
import shutil

import keras
import numpy as np
import pytest

import keras_gans
from export.common import model_card
from export.common.trained_run import open_run
from keras_gans.cli.run_directory import RunDirectory
from keras_gans.presets import PresetFolder
from train.common.command import main
from train.publish import MOST_EXAMPLES

SMALL = "--image-size 8 --latent-dim 4 --filters 4 --epochs 1 --steps-per-epoch 2".split()
LICENSE = ["--license", "free"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of a class-conditional model, on shapes."""
    from train.cgan import RECIPE

    folder = tmp_path_factory.mktemp("trained") / "cgan-shapes"
    flags = ["--data", "shapes", *SMALL, "--ema", "0.5", "--seed", "7"]
    with pytest.raises(SystemExit) as stop:
        main(RECIPE, [*flags, "--run-dir", str(folder)])
    assert stop.value.code == 0
    return folder


@pytest.fixture
def run(trained, tmp_path):
    """The same, to do with as a test likes."""
    return shutil.copytree(trained, tmp_path / "runs" / "cgan-shapes")


@pytest.fixture(scope="module")
def translator(tmp_path_factory):
    """A preset of a CycleGAN with a name for each direction, as if it were installed."""
    from train.cyclegan import RECIPE

    folder = tmp_path_factory.mktemp("shipped")
    flags = "--data stripes --image-size 24 --filters 2 --blocks 1 --discriminator-filters 2"
    run = ["--epochs", "1", "--steps-per-epoch", "2", "--run-dir", str(folder / "run")]
    with pytest.raises(SystemExit):
        main(RECIPE, [*flags.split(), *run])
    directory = RunDirectory(folder / "run")
    other = ["--reverse-name", "striped2plain", *LICENSE]
    with pytest.raises(SystemExit):
        from train.publish import main as publish

        publish([str(folder / "run"), "--to", str(folder / "plain2striped"), *other])
    return folder, directory


def weights(model):
    return [keras.ops.convert_to_numpy(v) for v in model.generator_variables]


def test_a_preset_has_the_runs_weights_and_its_card_where_they_come_from(run, tmp_path, call):
    assert call("evaluate", run, "--features", "random", "--samples", 40)[0] == 0
    limits = ["--limits", "anything but shapes", "--commit", "abc1234"]
    code, printed, _ = call("publish", run, "--to", "mine", *LICENSE, *limits)
    assert code == 0 and "preset: mine" in printed
    model = keras_gans.load(tmp_path / "mine")
    trained = RunDirectory(run).load_model()
    with trained.averaged():
        for x, y in zip(weights(model), weights(trained), strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-3, atol=1e-6)
    card = (tmp_path / "mine" / "README.md").read_text()
    assert "python -m train.cgan --data shapes" in card and "--seed 7" in card
    for words in ("abc1234", "anything but shapes", "free", "processor minutes", "| fid "):
        assert words in card
    assert not (tmp_path / "mine" / "examples.npz").exists()


def test_the_command_on_a_card_makes_the_same_run(run, tmp_path, call):
    call("publish", run, "--to", "mine", *LICENSE)
    command = PresetFolder(tmp_path / "mine", "mine").metadata["command"]
    assert command.startswith("python -m train.cgan ")
    assert call("cgan", *command.split()[3:], "--run-dir", "again")[0] == 0
    one, two = (RunDirectory(x).load_model() for x in (run, tmp_path / "again"))
    for x, y in zip(one.variables, two.variables, strict=True):
        np.testing.assert_array_equal(x, y)


def test_no_folder_of_this_machine_is_published(tmp_path, call, two_classes):
    assert call("gan", *two_classes, "--data", tmp_path / "data", "--run-dir", "run")[0] == 0
    moved = ["--data", tmp_path / "moved", "--data-dir", tmp_path / "sets", "--epochs", 2]
    shutil.copytree(tmp_path / "data", tmp_path / "moved")
    assert call("gan", *two_classes, *moved, "--run-dir", "run", "--resume-with")[0] == 0
    assert call("publish", "run", "--to", "mine", *LICENSE)[0] == 0
    for path in (tmp_path / "mine").iterdir():
        assert str(tmp_path).encode() not in path.read_bytes(), path.name
    trained = open_run(tmp_path / "run")
    assert trained.data_name == "moved" and str(tmp_path) not in model_card.text(trained, [])
    record = PresetFolder(tmp_path / "mine", "mine").metadata["run"]["metadata"]
    assert record["changes"][0]["values"]["--data"] == ["data", "moved"]


def test_a_license_is_asked_for(run, call):
    code, _, said = call("publish", run, "--to", "mine")
    assert code == 1 and "--license" in said


def test_a_preset_is_copied_as_it_is(run, tmp_path, call):
    told = ["--no-discriminators", "--limits", "anything but shapes", *LICENSE]
    assert call("publish", run, "--to", "mine", *told)[0] == 0
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    before = {x.name: x.read_bytes() for x in (tmp_path / "mine").iterdir()}
    assert call("publish", "mine", "--to", "copy")[0] == 0
    del before["notes.txt"]
    assert {x.name: x.read_bytes() for x in (tmp_path / "copy").iterdir()} == before
    (tmp_path / "mine" / "config.json").write_text("{}")
    code, _, said = call("publish", "mine", "--to", "copy")
    assert code == 1 and "config.json is damaged" in said
    assert {x.name: x.read_bytes() for x in (tmp_path / "copy").iterdir()} == before


@pytest.mark.parametrize("to", ["copy", "hf://me/digits"])
def test_flags_that_would_change_a_preset_are_refused(variants, tmp_path, call, to):
    variants["gan"].create().save_to_preset(tmp_path / "mine")
    flags = ["--license", "free", "--no-discriminators", "--dtype", "float32", "--best"]
    code, _, said = call("publish", "mine", "--to", to, *flags)
    assert code == 1 and "mine is a preset, which is published as it is" in said
    assert "--license free --best --no-discriminators --dtype float32 out" in said
    assert not (tmp_path / "copy").exists()


def test_the_other_name_of_a_preset_is_not_published(translator, tmp_path, call, monkeypatch):
    monkeypatch.setattr("keras_gans.presets.shipped.SHIPPED", translator[0])
    code, _, said = call("publish", "striped2plain", "--to", "copy")
    assert code == 1 and "publish plain2striped" in said and not (tmp_path / "copy").exists()


def test_a_run_that_is_none_is_an_error(tmp_path, call):
    code, _, said = call("publish", "nothing", "--to", "mine", *LICENSE)
    assert code == 1 and "nothing is no run" in said and not (tmp_path / "mine").exists()


def test_measures_of_other_weights_are_not_on_the_card(run, tmp_path, call):
    assert call("evaluate", run, "--features", "random", "--samples", 40)[0] == 0
    more = ["--data", "shapes", *SMALL, "--ema", 0.5, "--seed", 7, "--epochs", 2]
    assert call("cgan", *more)[0] == 0
    assert call("publish", run, "--to", "mine", *LICENSE)[0] == 0
    assert "## Measures" not in (tmp_path / "mine" / "README.md").read_text()


def test_the_card_has_the_evaluation_of_the_step(tmp_path, call):
    evaluated = "--evaluate-every 1 --features random --samples 40 --metrics fid".split()
    assert call("gan", "--data", "shapes", *SMALL, *evaluated, "--run-dir", "run")[0] == 0
    history = [json.loads(x) for x in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [x["step"] for x in history] == [1, 2]
    best = min(history, key=lambda x: x["fid"])
    for flags, shown in ([], history[-1]), (["--best"], best):
        to = f"preset{len(flags)}"
        assert call("publish", "run", "--to", to, *flags, *LICENSE)[0] == 0
        measures = (tmp_path / to / "README.md").read_text().partition("## Measures")[2]
        fid = f"{shown['fid']:.4g}"
        assert re.search(rf"\| fid +\| {fid} +\| random features", measures)


def test_only_a_translator_of_two_directions_has_another_name(run, tmp_path, call):
    code, _, said = call("publish", run, "--to", "mine", "--reverse-name", "other", *LICENSE)
    assert code == 1 and "--reverse-name" in said and not (tmp_path / "mine").exists()


def test_what_is_in_the_way_is_left_alone(run, tmp_path, call):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "photo.png").write_bytes(b"mine")
    code, _, said = call("publish", run, "--to", "mine", *LICENSE)
    assert code == 1 and "give another folder" in said
    assert (tmp_path / "mine" / "photo.png").read_bytes() == b"mine"


def test_a_preset_is_evaluated_as_its_run_is(run, tmp_path, call):
    asked = ["--features", "random", "--samples", 40, "--metrics", "fid"]
    call("publish", run, "--to", "mine", "--dtype", "float32", *LICENSE)
    tables = [call("evaluate", x, *asked)[1] for x in (run, "mine")]
    assert tables[0] == tables[1] and "step 2" in tables[0]
    assert (tmp_path / "runs" / "mine" / "evaluation.md").read_text().strip() == tables[0].strip()
    code, _, said = call("evaluate", "mine", "--best", *asked)
    assert code == 1 and "leave --best out" in said


def test_a_preset_that_is_called_like_its_run_leaves_that_alone(run, tmp_path, call):
    assert call("publish", run, "--to", run.name, *LICENSE)[0] == 0
    asked = ["--features", "random", "--samples", 40, "--metrics", "fid"]
    assert call("evaluate", run.name, *asked)[0] == 0
    assert not (run / "evaluation.md").exists()
    assert (tmp_path / "runs" / f"{run.name}-preset" / "evaluation.md").exists()


def test_a_preset_that_is_of_no_run_is_opened_too(variants, tmp_path):
    for name in ("cgan", "pix2pix", "gan-points"):
        variants[name].create().save_to_preset(tmp_path / name)
        run = open_run(tmp_path / name)
        assert [generator.name for generator in run.generators()] == ["generator"]


def test_the_other_name_is_the_other_direction(translator, monkeypatch):
    folder, directory = translator
    monkeypatch.setattr("keras_gans.presets.shipped.SHIPPED", folder)
    a_to_b, b_to_a = (open_run(name) for name in ("plain2striped", "striped2plain"))
    a, b = (images[:MOST_EXAMPLES] for images in directory.read_examples())
    for run, images, direction in ((a_to_b, a, "a_to_b"), (b_to_a, b, "b_to_a")):
        (generator,) = run.generators("a_to_b")
        assert run.info.data.direction == direction
        np.testing.assert_allclose(generator.examples["images"], images, atol=1 / 254)
    forward, backward = (run.model for run in (a_to_b, b_to_a))
    np.testing.assert_array_equal(forward.a_to_b(a), backward.b_to_a(a))


def test_a_folder_of_data_does_not_hide_a_preset(translator, tmp_path, monkeypatch):
    folder, _ = translator
    monkeypatch.setattr("keras_gans.presets.shipped.SHIPPED", folder)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain2striped" / "trainA").mkdir(parents=True)
    assert type(open_run("plain2striped").model).__name__ == "CycleGAN"
    (tmp_path / "plain2striped" / "config.yaml").write_text("model: gan")
    with pytest.raises(keras_gans.errors.UserError, match="metadata.json"):
        open_run("plain2striped")


def test_a_record_that_no_run_wrote_is_refused(run, tmp_path, call):
    call("publish", run, "--to", "mine", *LICENSE)
    file = tmp_path / "mine" / "metadata.json"
    metadata = json.loads(file.read_text())
    for record in ({"config": {}}, {"config": {}, "metadata": {}}, [1], "text"):
        file.write_text(json.dumps(metadata | {"run": record}))
        code, _, said = call("evaluate", "mine")
        assert code == 1 and "metadata.json is damaged" in said
    file.write_text(json.dumps(metadata | {"steps": "many"}))
    code, _, said = call("evaluate", "mine")
    assert code == 1 and "metadata.json is damaged" in said
