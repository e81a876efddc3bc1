"""Measures during training and after it, as a user asks for them."""

import json
import re
import shutil

import keras
import numpy as np
import pytest
from PIL import Image

from keras_gans.callbacks import load_model, newest_checkpoint
from keras_gans.callbacks.checkpoint import save_atomically
from keras_gans.callbacks.evaluate import read_lines
from keras_gans.data import load, recorded
from keras_gans.evaluation import Evaluation
from keras_gans.measures import MEASURES, QUICK
from keras_gans.metrics.features import open_extractor
from keras_gans.models import CycleGAN
from train.common.evaluating import evaluation
from train.evaluate import by

SHAPES = (
    "--data shapes --image-size 8 --latent-dim 4 --filters 4 --r1 0 --precision float32".split()
)
STEPS = ["--epochs", 2, "--steps-per-epoch", 3]
MEASURED = ["--evaluate-every", 2, "--features", "random", "--metrics", "fid", "--samples", 30]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that was measured every two steps, and what it said."""
    folder = tmp_path_factory.mktemp("finished")
    from train.gan import ENTRY

    with pytest.raises(SystemExit) as stop:
        ENTRY.main([*map(str, [*SHAPES, *STEPS, *MEASURED, "--run-dir", folder / "run"])])
    assert stop.value.code == 0
    return folder / "run"


@pytest.fixture
def run(finished, tmp_path):
    """The same, to do with as a test likes."""
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


def refused(result, *words):
    code, _, stderr = result
    message = stderr[stderr.find("error:") :]
    assert code not in (0, None) and "Traceback" not in stderr, stderr
    assert len(message.strip().splitlines()) <= 2, stderr
    assert all(word in message for word in words), stderr


def without_seconds(run):
    return [{**line, "seconds": None} for line in read_lines(run / "metrics.jsonl")]


# During training --------------------------------------------------------------------------------


def test_a_training_is_measured_every_few_steps_and_its_best_model_kept(finished):
    lines = read_lines(finished / "metrics.jsonl")
    assert [line["step"] for line in lines] == [2, 4, 6]
    for line in lines:
        assert line.keys() == {"step", "seconds", "fid", "features", "samples", "split"}
        assert line["features"] == "random features" and line["split"] == "val"
        assert line["samples"] == {"generator": 30} and np.isfinite(line["fid"])
    best = min(lines, key=lambda line: line["fid"])
    assert int(load_model(finished / "best.keras").steps) == best["step"]
    assert (finished / "seconds.json").exists()


def test_the_kept_figures_are_those_of_the_kept_model(finished):
    val = load("shapes", "labelled", image_size=8, split="val")
    measure = Evaluation(val, val, open_extractor("random", 3), measures=["fid"], samples=30)
    found = measure(load_model(finished / "best.keras"))["fid"]
    lines = read_lines(finished / "metrics.jsonl")
    assert found == pytest.approx(min(line["fid"] for line in lines), rel=1e-6)


def test_measuring_does_not_change_the_training_and_a_restart_deletes_the_figures(
    run, finished, call
):
    assert call("gan", *SHAPES, *STEPS, "--restart", "--run-dir", run)[0] == 0
    assert not {"metrics.jsonl", "best.keras"} & {path.name for path in run.iterdir()}
    assert json.loads((run / "seconds.json").read_text())["6"] > 0.0
    models = [load_model(folder / "checkpoints") for folder in (finished, run)]
    for x, y in zip(models[0].variables, models[1].variables, strict=True):
        np.testing.assert_array_equal(x, y)


def test_interrupted_it_finds_the_same_as_one_that_never_was(finished, tmp_path, call, monkeypatch):
    step = keras.callbacks.CallbackList.on_train_batch_begin

    def interrupted(self, batch, logs=None):
        if int(self._model.steps) == 5:
            raise KeyboardInterrupt
        step(self, batch, logs)

    command = ["gan", *SHAPES, *STEPS, *MEASURED, "--run-dir", "run"]
    with monkeypatch.context() as patched:
        patched.setattr(keras.callbacks.CallbackList, "on_train_batch_begin", interrupted)
        assert call(*command)[0] == 130
    run = tmp_path / "run"
    assert newest_checkpoint(run / "checkpoints").name == "step-00000003.keras"
    assert [line["step"] for line in read_lines(run / "metrics.jsonl")] == [2, 4]
    assert call(*command)[0] == 0
    assert without_seconds(run) == without_seconds(finished)
    best = [load_model(folder / "best.keras") for folder in (run, finished)]
    for x, y in zip(best[0].variables, best[1].variables, strict=True):
        np.testing.assert_array_equal(x, y)


def test_it_goes_on_measured_another_way_until_patience_ends_it(run, call, monkeypatch):
    worse = iter(range(100))
    monkeypatch.setattr(Evaluation, "__call__", lambda self, model: {"fid": float(next(worse))})
    more = ["--epochs", 99, "--steps-per-epoch", 3, "--run-dir", run, "--patience", 2]
    code, stdout, _ = call("gan", *SHAPES, *more, *MEASURED[:-1], 20)
    assert code == 0 and "no better fid in 2 evaluations: stopping" in stdout
    lines = read_lines(run / "metrics.jsonl")
    assert [line["step"] for line in lines] == [2, 4, 6, 8, 10, 12]
    assert [line["samples"]["generator"] for line in lines] == [30, 30, 30, 20, 20, 20]
    assert int(load_model(run / "checkpoints").steps) == 12
    assert int(load_model(run / "best.keras").steps) == 8


def test_processor_time_runs_out_over_all_that_a_run_took(run, call):
    before = json.loads((run / "seconds.json").read_text())["6"]
    lines = read_lines(run / "metrics.jsonl")
    limit = before + 0.1
    more = ["--epochs", 1000, "--steps-per-epoch", 3, "--run-dir", run, *MEASURED[2:]]
    more += ["--evaluate-every", "0.05s", "--cpu-minutes", limit / 60]
    code, stdout, _ = call("gan", *SHAPES, *more)
    assert code == 0 and "stopped at step" in stdout
    found = read_lines(run / "metrics.jsonl")
    assert found[:3] == lines and 4 <= len(found) <= 6
    steps = [line["step"] for line in found]
    assert steps == sorted(set(steps)) and steps[-1] == int(load_model(run / "checkpoints").steps)
    assert found[-1]["seconds"] >= round(limit, 1)
    assert json.loads((run / "seconds.json").read_text())[str(steps[-1])] >= limit


@pytest.mark.parametrize(
    "flags, words",
    [
        ("--evaluate-every 0", ["--evaluate-every", "1 or more, not '0'"]),
        ("--evaluate-every -1", ["--evaluate-every", "not '-1'"]),
        ("--evaluate-every xs", ["--evaluate-every", "a number over 0, not 'x'"]),
        ("--evaluate-every 0s", ["--evaluate-every", "over 0"]),
        ("--evaluate-every 5m", ["--evaluate-every", "not '5m'"]),
        ("--evaluate-every 2 --patience 0", ["--patience", "1 or more"]),
        ("--evaluate-every 2 --samples 0", ["--samples", "1 or more"]),
        ("--cpu-minutes 0", ["--cpu-minutes", "over 0"]),
        ("--patience 1", ["--patience: give --evaluate-every N too"]),
        ("--metrics fid --monitor fid", ["--metrics, --monitor: give --evaluate-every N too"]),
        ("--evaluate-every 2 --features nothing", ["no features 'nothing'", "digits"]),
        ("--evaluate-every 2 --features random --metrics fdi", ["fdi is unknown", "fid, kid"]),
        ("--evaluate-every 2 --features random --metrics fid,", [" is unknown"]),
        ("--evaluate-every 2 --features random --metrics modes", ["not for these data"]),
        ("--evaluate-every 2 --features random --monitor fdi", ["fdi cannot be monitored"]),
        (
            "--evaluate-every 2 --features random --monitor kid_standard_error",
            ["kid_standard_error cannot be"],
        ),
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_is_written(
    flags, words, tmp_path, call
):
    refused(call("gan", *SHAPES, *flags.split()), *words)
    assert not (tmp_path / "runs").exists()


def test_a_refused_restart_deletes_nothing(run, call):
    command = ["gan", *SHAPES, *STEPS, "--restart", "--run-dir", run]
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    refused(call(*command, "--evaluate-every", 2, "--features", "nothing"), "nothing")
    refused(call(*command, "--evaluate-every", 2, "--monitor", "fdi"), "fdi")
    refused(call(*command, "--monitor", "fid"), "--monitor")
    assert before == {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}


def test_the_help_names_every_measure(call):
    for command in ("gan", "evaluate"):
        code, stdout, _ = call(command, "--help")
        unwrapped = "".join(stdout.split())
        assert code == 0 and all(name in unwrapped for name in MEASURES), stdout


# After training ---------------------------------------------------------------------------------


def rows(text):
    """Return what a table says: value and conditions, by measure."""
    cells = re.findall(r"^\| (\S+) \| (\S+) \| (.*) \|$", text, re.MULTILINE)
    return {name: (value, by) for name, value, by in cells if name != "measure"}


def test_a_run_is_measured_afterwards(run, call):
    code, stdout, stderr = call("evaluate", run, "--features", "random", "--samples", 50)
    assert (code, stderr) == (0, "")
    assert stdout == (run / "evaluation.md").read_text() + "\n"
    assert stdout.startswith("gan on shapes, step 6\n\n| measure | value | by |\n|---|---|---|\n")
    found = rows(stdout)
    assert {"fid", "kid", "precision", "coverage", "authenticity", "diversity"} <= found.keys()
    assert found["fid"][1] == "random features, 50 samples against test"
    assert found["authenticity"][1] == "random features, 50 samples against train"
    for value, _ in found.values():
        float(value)


def test_the_same_figures_as_in_training(run, call):
    lines = read_lines(run / "metrics.jsonl")
    flags = ["--features", "random", "--samples", 30, "--metrics", "fid", "--split", "val"]
    last = rows(call("evaluate", run, *flags)[1])
    assert float(last["fid"][0]) == pytest.approx(lines[-1]["fid"], rel=1e-3)
    best = call("evaluate", run, *flags, "--best")[1]
    assert float(rows(best)["fid"][0]) == pytest.approx(min(x["fid"] for x in lines), rel=1e-3)
    step = min(lines, key=lambda line: line["fid"])["step"]
    assert f"step {step}\n" in best


def test_some_measures_by_a_network_of_ones_own_on_another_split(run, tmp_path, call):
    images = keras.Input((16, 16, 3))
    features = keras.layers.GlobalAveragePooling2D()(images)
    network = keras.Model(images, [features, keras.layers.Dense(8)(features)])
    network.save(tmp_path / "mine.keras")
    flags = ["--features", "mine.keras", "--samples", 20, "--split", "train"]
    code, stdout, _ = call("evaluate", run, *flags, "--metrics", "fid,classes")
    classes = {"classes_found", "smallest_share", "largest_share", "reverse_kl"}
    assert code == 0 and rows(stdout).keys() == {"fid"} | classes
    by = "mine features, resized to 16x16, 20 samples against train"
    assert {conditions for _, conditions in rows(stdout).values()} == {by}


def write_run(folder, model, variant, request):
    """Write a run as training would, of a model that was not trained."""
    model.compile(model.make_optimizer(), model.make_optimizer())
    (folder / "checkpoints").mkdir(parents=True)
    save_atomically(model, folder / "checkpoints" / "step-00000000.keras")
    whole = {"image_size": None, "data_dir": None, "direction": "a_to_b", "class_names": None}
    settings = {"seed": 0, "epochs": 1, "precision": "float32"}
    pictures = whole | {"fingerprint": "0"} | request
    config = {"variant": variant, "settings": settings, "data": pictures}
    (folder / "config.json").write_text(json.dumps(config))


def test_both_directions_of_translators_by_random_features_without_a_network(
    tmp_path, call, monkeypatch
):
    def unreachable(**_):
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.applications, "InceptionV3", unreachable)
    model = CycleGAN.create((24, 24, 3), filters=2, blocks=1, discriminator_filters=2)
    stripes = {"name": "stripes", "form": "unpaired", "image_size": 24}
    write_run(tmp_path / "run", model, "cyclegan", stripes)
    code, stdout, _ = call("evaluate", "run", "--metrics", "fid,reconstruction")
    assert code == 0 and stdout.startswith("Inception's weights cannot be downloaded: go online")
    assert "Until then these are random features\n" in stdout
    found = rows(stdout)
    values = ("fid", "reconstruction_error")
    assert list(found) == [f"{way}/{value}" for way in ("a_to_b", "b_to_a") for value in values]
    assert found["b_to_a/fid"][1] == "random features, 64 samples against test"
    assert found["a_to_b/reconstruction_error"][1] == "64 samples of test"
    refused(call("evaluate", "run", "--features", "inception"), "Inception's weights", "random")


def test_the_split_that_was_trained_on_is_the_seeds():
    request = {"name": "shapes", "form": "images", "image_size": 8}
    trained_on = load(**request, seed=3)
    found = evaluation(request, trained_on, features="random", split="train", seed=3)
    np.testing.assert_array_equal(found.test.domains[0], trained_on.domains[0])
    tests = [evaluation(request, trained_on, features="random", seed=n).test for n in (0, 3)]
    np.testing.assert_array_equal(tests[0].domains[0], tests[1].domains[0])


def test_a_figure_says_how_many_samples_it_is_of():
    conditions = {"features": "f", "samples": {"generator": 26_000}, "split": "val"}
    assert by("fid", conditions) == "f, 26,000 samples against val"
    assert by("recall", conditions) == "f, 10,000 samples against val"
    assert by("authenticity", conditions) == "f, 10,000 samples against train"


def test_points_are_measured_by_their_modes(tmp_path, call, variants):
    model = variants["gan-points"].create()
    write_run(tmp_path / "run", model, "gan", {"name": "ring", "form": "images"})
    code, stdout, _ = call("evaluate", "run")
    assert code == 0 and rows(stdout).keys() == {"modes", "high_quality"}
    assert rows(stdout)["modes"][1] == "2,500 samples"


def test_what_is_no_run_is_said_in_a_line(tmp_path, call):
    refused(call("evaluate", "nothing"), "nothing is no run", "python -m train.*")
    (tmp_path / "file").write_text("")
    refused(call("evaluate", "file"), "file is no run")


def test_an_untrained_run(run, call):
    shutil.rmtree(run / "checkpoints")
    refused(call("evaluate", run, "--features", "random"), "is not trained yet")


def test_a_run_that_was_not_measured_has_no_best_model(run, call):
    (run / "best.keras").unlink()
    result = call("evaluate", run, "--features", "random", "--best")
    refused(result, "best.keras", "training with --evaluate-every keeps it")


def test_a_damaged_best_model(run, call):
    content = bytearray((run / "best.keras").read_bytes())
    content[len(content) // 2] ^= 0xFF
    (run / "best.keras").write_bytes(content)
    refused(call("evaluate", run, "--features", "random", "--best"), "best.keras is damaged")


@pytest.mark.parametrize(
    "text, words",
    [
        ("{", ["config.json is damaged"]),
        ("[]", ["holds no run"]),
        ("{}", ["holds no run"]),
        ('{"variant": "gan", "settings": {}, "data": {}}', ["config.json is damaged"]),
        ('{"variant": "gan", "settings": 1, "data": {"name": "x"}}', ["config.json is damaged"]),
    ],
)
def test_a_damaged_config(text, words, tmp_path, call):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text(text)
    refused(call("evaluate", "run"), *words)


def test_measures_and_features_that_there_are_not(run, call):
    refused(call("evaluate", run, "--features", "random", "--metrics", "fdi"), "fdi is unknown")
    refused(call("evaluate", run, "--features", "./nothing"), "there are no features 'nothing'")
    refused(call("evaluate", run, "--split", "all"), "invalid choice: 'all'")
    assert not (run / "evaluation.md").exists()


def test_a_run_of_grey_pictures_is_measured_by_grey_pictures(tmp_path, two_classes, call):
    code, stdout, _ = call("cgan", *two_classes, "--channels", 1, "--run-dir", "run")
    assert code == 0 and "2 examples of 8x8x1, 2 classes" in stdout
    written = json.loads((tmp_path / "run" / "config.json").read_text())["data"]
    assert load(**recorded(written)).fingerprint == written["fingerprint"]
    del written["channels"]  # as of a run that was begun before there was the flag
    assert load(**recorded(written)).image_shape == (8, 8, 3)
    code, stdout, _ = call("evaluate", "run", "--features", "random", "--metrics", "fid")
    assert code == 0 and rows(stdout)["fid"][1] == "random features, 2 samples against train"


def test_a_folder_whose_classes_are_others_now(tmp_path, two_classes, call):
    assert call("cgan", *two_classes, "--run-dir", "run")[0] == 0
    (tmp_path / "data" / "bee").rename(tmp_path / "data" / "aphid")
    result = call("evaluate", "run", "--features", "random", "--metrics", "fid")
    refused(result, "has other classes", "which had: ant, bee")


def test_data_that_are_gone(run, call):
    config = json.loads((run / "config.json").read_text())
    config["data"]["name"] = "/gone/pictures"
    (run / "config.json").write_text(json.dumps(config))
    refused(call("evaluate", run), "there is no folder /gone/pictures")


# From data to measures --------------------------------------------------------------------------


def request(folder):
    return {"name": str(folder), "form": "images", "image_size": 8}


def test_pictures_without_a_label_are_measured_too(tmp_path):
    for name in ("a.png", "b.png", "some/c.png", "some/d.png", "others/e.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (16, 16)).save(tmp_path / name)
    train = load(**request(tmp_path))
    found = evaluation(request(tmp_path), train, features="random", metrics=["fid"])
    assert len(found.test) == len(train) == 5
    assert found.test.split == "train"


def test_labels_tell_which_classes_there_are_though_the_game_is_not_told(tmp_path):
    for name in ("some/c.png", "some/d.png", "others/e.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (16, 16)).save(tmp_path / name)
    train = load(**request(tmp_path))
    found = evaluation(request(tmp_path), train, features="random", usual=QUICK)
    assert found.test.class_names == ("others", "some") and not found.labelled
    assert list(found.measures) == ["fid", "precision_recall"]
