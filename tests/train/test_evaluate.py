"""Evaluation during training and after it, as a user asks for it."""

import json
import math
import re
import shutil
from dataclasses import replace

import keras
import numpy as np
import pytest
from PIL import Image

from keras_gans.cli.run_directory import RunDirectory
from keras_gans.cli.run_info import RunInfo
from keras_gans.data import DataConfig, load_config
from keras_gans.evaluation.evaluator import Evaluator
from keras_gans.evaluation.features import load_extractor
from keras_gans.evaluation.history import read_history
from keras_gans.evaluation.metric_specs import METRICS, QUICK
from keras_gans.evaluation.table import evaluated_with, evaluation_table
from keras_gans.models import CUT, GAN, CycleGAN
from keras_gans.training.saving import load_model, newest_checkpoint, save_atomically
from train.common.evaluation import make_evaluator

SHAPES = (
    "--data shapes --image-size 8 --latent-dim 4 --filters 4 --r1 0 --precision float32".split()
)
STEPS = ["--epochs", 2, "--steps-per-epoch", 3]
MEASURED = ["--evaluate-every", 2, "--features", "random", "--metrics", "fid", "--samples", 30]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that was measured every two steps, and what it said."""
    folder = tmp_path_factory.mktemp("finished")
    from train.common.command import main
    from train.gan import RECIPE

    with pytest.raises(SystemExit) as stop:
        main(RECIPE, [*map(str, [*SHAPES, *STEPS, *MEASURED, "--run-dir", folder / "run"])])
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
    return [{**line, "seconds": None} for line in read_history(run / "metrics.jsonl")]


# During training --------------------------------------------------------------------------------


def test_a_training_is_measured_every_few_steps_and_its_best_model_kept(finished):
    lines = read_history(finished / "metrics.jsonl")
    assert [line["step"] for line in lines] == [2, 4, 6]
    for line in lines:
        conditions = {"features", "extractor", "samples", "split", "examples"}
        assert line.keys() == {"step", "seconds", "fid", *conditions}
        assert line["features"] == "random features" and line["split"] == "val"
        assert line["samples"] == {"generator": 30} and np.isfinite(line["fid"])
    best = min(lines, key=lambda line: line["fid"])
    assert int(load_model(finished / "best.keras").steps) == best["step"]
    assert (finished / "cpu_seconds.json").exists()


def test_the_kept_figures_are_those_of_the_kept_model(finished):
    val = load_config(DataConfig("shapes", "labelled", image_size=8, split="val"))
    measure = Evaluator(val, val, load_extractor("random", 3), metrics=["fid"], samples=30)
    found = measure(load_model(finished / "best.keras"))["fid"]
    lines = read_history(finished / "metrics.jsonl")
    assert found == pytest.approx(min(line["fid"] for line in lines), rel=1e-6)


def test_measuring_does_not_change_the_training_and_a_restart_deletes_the_figures(
    run, finished, call
):
    assert call("gan", *SHAPES, *STEPS, "--restart", "--run-dir", run)[0] == 0
    assert not {"metrics.jsonl", "best.keras"} & {path.name for path in run.iterdir()}
    assert json.loads((run / "cpu_seconds.json").read_text())["6"] > 0.0
    models = [load_model(folder / "checkpoints") for folder in (finished, run)]
    for x, y in zip(models[0].variables, models[1].variables, strict=True):
        np.testing.assert_array_equal(x, y)


def test_on_several_devices_it_finds_what_one_would(tmp_path, call):
    flags = [*SHAPES, "--epochs", 1, "--steps-per-epoch", 2, "--devices", "cpu:2", *MEASURED]
    assert call("gan", *flags, "--run-dir", "run")[0] == 0
    (during,) = read_history(tmp_path / "run" / "metrics.jsonl")
    run = RunDirectory(tmp_path / "run")
    val = load_config(DataConfig("shapes", "labelled", image_size=8, split="val"))
    afterwards = Evaluator(
        val,
        val,
        load_extractor("random", 3),
        metrics=["fid"],
        samples=during["samples"]["generator"],
    )(run.load_model())
    assert during["fid"] == pytest.approx(afterwards["fid"], rel=1e-4)


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
    assert [line["step"] for line in read_history(run / "metrics.jsonl")] == [2, 4]
    assert call(*command)[0] == 0
    assert without_seconds(run) == without_seconds(finished)
    best = [load_model(folder / "best.keras") for folder in (run, finished)]
    for x, y in zip(best[0].variables, best[1].variables, strict=True):
        np.testing.assert_array_equal(x, y)


def test_it_goes_on_measured_another_way_until_patience_ends_it(run, call, monkeypatch):
    worse = iter(range(100))
    monkeypatch.setattr(Evaluator, "__call__", lambda self, model: {"fid": float(next(worse))})
    more = ["--epochs", 99, "--steps-per-epoch", 3, "--run-dir", run, "--patience", 2]
    code, stdout, _ = call("gan", *SHAPES, *more, *MEASURED[:-1], 20)
    assert code == 0 and "no better fid in 2 evaluations: stopping" in stdout
    lines = read_history(run / "metrics.jsonl")
    assert [line["step"] for line in lines] == [2, 4, 6, 8, 10, 12]
    assert [line["samples"]["generator"] for line in lines] == [30, 30, 30, 20, 20, 20]
    assert int(load_model(run / "checkpoints").steps) == 12
    assert int(load_model(run / "best.keras").steps) == 8


def test_processor_time_runs_out_over_all_that_a_run_took(run, call):
    before = json.loads((run / "cpu_seconds.json").read_text())["6"]
    lines = read_history(run / "metrics.jsonl")
    limit = before + 0.1
    more = ["--epochs", 1000, "--steps-per-epoch", 3, "--run-dir", run, *MEASURED[2:]]
    more += ["--evaluate-every", "0.05s", "--cpu-minutes", limit / 60]
    code, stdout, _ = call("gan", *SHAPES, *more)
    assert code == 0 and "stopped at step" in stdout
    found = read_history(run / "metrics.jsonl")
    assert found[:3] == lines and 4 <= len(found) <= 6
    steps = [line["step"] for line in found]
    assert steps == sorted(set(steps)) and steps[-1] == int(load_model(run / "checkpoints").steps)
    assert found[-1]["seconds"] >= round(limit, 1)
    assert json.loads((run / "cpu_seconds.json").read_text())[str(steps[-1])] >= limit


@pytest.mark.parametrize(
    "flags, words",
    [
        (
            "--evaluate-every 0",
            ["--evaluate-every must be a number of steps", "not 0"],
        ),
        ("--evaluate-every -1", ["--evaluate-every", "not -1"]),
        ("--evaluate-every xs", ["--evaluate-every", "not xs"]),
        ("--evaluate-every 0s", ["--evaluate-every", "not 0s"]),
        ("--evaluate-every 5m", ["--evaluate-every", "not 5m"]),
        ("--evaluate-every 2 --patience 0", ["--patience", "1 or more"]),
        ("--evaluate-every 2 --samples 0", ["--samples", "1 or more"]),
        ("--cpu-minutes 0", ["--cpu-minutes", "over 0"]),
        ("--patience 1", ["--patience: give --evaluate-every N too"]),
        ("--metrics fid --monitor fid", ["--metrics, --monitor: give --evaluate-every N too"]),
        ("--domain-classifier f", ["--domain-classifier: give --evaluate-every N too"]),
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


def test_the_help_names_every_metric(call):
    for command in ("gan", "evaluate"):
        code, stdout, _ = call(command, "--help")
        unwrapped = "".join(stdout.split())
        assert code == 0 and all(name in unwrapped for name in METRICS), stdout


# After training ---------------------------------------------------------------------------------


DIGITS = r" \([0-9a-f]{8}\)"  # which tell examples and networks by their content


def rows(text):
    """Return what a table says: value and conditions, by measure."""
    cells = re.findall(r"^\| (\S+) +\| (\S+) +\| (.*\S) +\|$", text, re.MULTILINE)
    return {name: (value, by) for name, value, by in cells if name != "metric"}


def test_a_run_is_measured_afterwards(run, call):
    code, stdout, stderr = call("evaluate", run, "--features", "random", "--samples", 50)
    assert (code, stderr) == (0, "")
    assert stdout == (run / "evaluation.md").read_text() + "\n"
    assert stdout.startswith("gan on shapes, step 6\n\n| metric ")
    found = rows(stdout)
    assert {"fid", "kid", "precision", "coverage", "authenticity", "diversity"} <= found.keys()
    by = r"random features \([0-9a-f]{8}\), 50 samples against "
    assert re.fullmatch(by + r"test \([0-9a-f]{8}\)", found["fid"][1])
    assert re.fullmatch(by + "train", found["authenticity"][1])
    for value, _ in found.values():
        assert math.isfinite(float(value))


def test_the_same_figures_as_in_training(run, call):
    lines = read_history(run / "metrics.jsonl")
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
    digits = r"\([0-9a-f]{8}\)"
    by = rf"mine features, resized to 16x16 {digits}, 20 samples against train {digits}"
    assert all(re.fullmatch(by, conditions) for _, conditions in rows(stdout).values())


def test_what_cannot_be_measured_says_why():
    conditions = {"features": "f", "samples": {"generator": 1}, "split": "val"}
    table = evaluation_table({"fid": math.nan, "kid": 0.25}, conditions)
    assert "nan" not in table and "none: too few images, or not finite" in table
    assert "0.25" in table


def write_run(folder, model, name, data):
    """Write a run as training would, of a model that was not trained."""
    model.compile(model.make_optimizer(), model.make_optimizer())
    (folder / "checkpoints").mkdir(parents=True)
    save_atomically(model, folder / "checkpoints" / "step-00000000.keras")
    config = {"seed": 0, "epochs": 1, "precision": "float32"}
    RunInfo(name, config, data, "0", None, {}).write(folder)


def test_both_directions_of_translators_by_random_features_without_a_network(
    tmp_path, call, monkeypatch
):
    def unreachable(**_):
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.applications, "InceptionV3", unreachable)
    model = CycleGAN.create((24, 24, 3), filters=2, blocks=1, discriminator_filters=2)
    stripes = DataConfig("stripes", "unpaired", image_size=24)
    write_run(tmp_path / "run", model, "cyclegan", stripes)
    code, stdout, _ = call("evaluate", "run", "--metrics", "fid,reconstruction")
    assert code == 0 and stdout.startswith("Inception's weights cannot be downloaded: go online")
    assert "Until then the features are random\n" in stdout
    found = rows(stdout)
    values = ("fid", "reconstruction_error")
    assert list(found) == [f"{way}/{value}" for way in ("a_to_b", "b_to_a") for value in values]
    assert re.sub(DIGITS, "", found["b_to_a/fid"][1]) == "random features, 64 samples against test"
    assert re.sub(DIGITS, "", found["a_to_b/reconstruction_error"][1]) == "64 samples of test"
    refused(call("evaluate", "run", "--features", "inception"), "Inception's weights", "random")


def test_the_split_that_was_trained_on_is_the_seeds():
    config = DataConfig("shapes", "images", image_size=8)
    trained_on = load_config(replace(config, seed=3))
    found = make_evaluator(config, trained_on, features="random", split="train", seed=3)
    np.testing.assert_array_equal(found.test.domains[0], trained_on.domains[0])
    tests = [make_evaluator(config, trained_on, features="random", seed=n).test for n in (0, 3)]
    np.testing.assert_array_equal(tests[0].domains[0], tests[1].domains[0])


def test_a_value_says_how_many_samples_it_is_of():
    conditions = {"features": "f", "samples": {"generator": 26_000}, "split": "val"}
    assert evaluated_with("fid", conditions) == "f, 26,000 samples against val"
    assert evaluated_with("recall", conditions) == "f, 10,000 samples against val"
    assert evaluated_with("authenticity", conditions) == "f, 10,000 samples against train"


def test_points_are_measured_by_their_modes(tmp_path, call, variants):
    model = variants["gan-points"].create()
    write_run(tmp_path / "run", model, "gan", DataConfig("ring", "images"))
    code, stdout, _ = call("evaluate", "run")
    assert code == 0 and rows(stdout).keys() == {"modes", "high_quality"}
    assert rows(stdout)["modes"][1] == "2,500 samples"


def test_what_is_no_run_is_said_in_a_line(tmp_path, call):
    refused(call("evaluate", "nothing"), "nothing is no run", "python -m train")
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
    "name, text, words",
    [
        ("config.json", "{", ["config.json is damaged"]),
        ("config.json", "[]", ["config.json is damaged"]),
        ("config.json", "{}", ["holds no run"]),
        (
            "config.json",
            '{"variant": "gan", "settings": {}, "data": {}}',
            ["config.json is damaged"],
        ),
        ("config.json", '{"variant": "gan", "settings": 1, "data": {"name": "x"}}', ["is damaged"]),
        ("config.yaml", "model: [", ["config.yaml is damaged"]),
        ("config.yaml", "epochs: 1", ["holds no run"]),
        ("config.yaml", "{model: gan, epochs: 1, seed: 0, precision: float32}", ["metadata.json"]),
        ("config.yaml", "{model: 3}", ["metadata.json"]),
    ],
)
def test_a_damaged_config(name, text, words, tmp_path, call):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / name).write_text(text)
    refused(call("evaluate", "run"), *words)


def test_measures_and_features_that_there_are_not(run, call):
    refused(call("evaluate", run, "--features", "random", "--metrics", "fdi"), "fdi is unknown")
    refused(call("evaluate", run, "--features", "./nothing"), "there are no features 'nothing'")
    refused(call("evaluate", run, "--split", "all"), "invalid choice 'all'")
    assert not (run / "evaluation.md").exists()


def test_a_run_of_grey_pictures_is_measured_by_grey_pictures(tmp_path, two_classes, call):
    code, stdout, _ = call("cgan", *two_classes, "--channels", 1, "--run-dir", "run")
    assert code == 0 and "2 examples of 8x8x1, 2 classes" in stdout
    info = RunDirectory(tmp_path / "run").read()
    assert load_config(info.data).fingerprint == info.fingerprint
    code, stdout, _ = call("evaluate", "run", "--features", "random", "--metrics", "fid")
    by = re.sub(DIGITS, "", rows(stdout)["fid"][1])
    assert code == 0 and by == "random features, 2 samples against train"


def test_a_folder_whose_classes_are_others_now(tmp_path, two_classes, call):
    assert call("cgan", *two_classes, "--run-dir", "run")[0] == 0
    (tmp_path / "data" / "bee").rename(tmp_path / "data" / "aphid")
    result = call("evaluate", "run", "--features", "random", "--metrics", "fid")
    refused(result, "has other classes", "which had: ant, bee")


def test_data_that_are_gone(run, call):
    metadata = json.loads((run / "metadata.json").read_text())
    metadata["data"]["name"] = "/gone/images"
    (run / "metadata.json").write_text(json.dumps(metadata))
    refused(call("evaluate", run), "there is no folder /gone/images")


# From data to measures --------------------------------------------------------------------------


def images_in(folder):
    return DataConfig(str(folder), "images", image_size=8)


def test_images_without_a_label_are_evaluated_too(tmp_path):
    for name in ("a.png", "b.png", "some/c.png", "some/d.png", "others/e.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (16, 16)).save(tmp_path / name)
    train = load_config(images_in(tmp_path))
    found = make_evaluator(images_in(tmp_path), train, features="random", metrics=["fid"])
    assert len(found.test) == len(train) == 5
    assert found.test.split == "train"


def test_labels_tell_the_classes_of_an_unconditional_model(tmp_path):
    for name in ("some/c.png", "some/d.png", "others/e.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (16, 16)).save(tmp_path / name)
    train = load_config(images_in(tmp_path))
    config = images_in(tmp_path)
    found = make_evaluator(config, train, features="random", default_metrics=QUICK)
    assert found.test.class_names == ("others", "some") and not found.conditional
    assert list(found.specs) == ["fid", "precision_recall"]


def test_a_domain_classifier_is_trained_and_counts_what_it_takes_for_the_target(tmp_path, call):
    flags = ["--data", "stripes", "--image-size", 24, "--epochs", 1, "--output", "domains.keras"]
    code, stdout, _ = call("domain_classifier", *flags)
    last = stdout.strip().splitlines()[-1]
    assert code == 0 and re.fullmatch(
        r"domains.keras: of test, \d+\.\d% of domain a and \d+\.\d% of domain b are mistaken", last
    )
    model = CUT.create((24, 24, 3), filters=2, blocks=1, discriminator_filters=2)
    write_run(tmp_path / "run", model, "cut", DataConfig("stripes", "unpaired", image_size=24))
    metrics = ["--metrics", "target_share,structure"]
    given = ["evaluate", "run", "--features", "random", *metrics, "--domain-classifier"]
    code, stdout, _ = call(*given, "domains.keras")
    found = rows(stdout)
    mistaken = [float(share) / 100 for share in re.findall(r"(\d+\.\d)%", last)]
    assert code == 0 and float(found["structure_distance"][0]) > 0
    # The figures have four digits, the errors one behind the point.
    assert float(found["target_share_of_sources"][0]) == pytest.approx(mistaken[0], abs=0.001)
    assert float(found["target_share_of_real"][0]) == pytest.approx(1 - mistaken[1], abs=0.001)
    shown = found["target_share"][1]
    assert re.fullmatch(r"domain classifier [0-9a-f]{8}, 64 samples against test \(.*\)", shown)
    refused(call(*given, "missing.keras"), "--domain-classifier", "no file 'missing.keras'")
    (tmp_path / "broken.keras").write_text("no zip")
    refused(call(*given, "broken.keras"), "--domain-classifier: broken.keras is no network")
    images = DataConfig("shapes", "images", image_size=8)
    write_run(tmp_path / "other", GAN.create((8, 8, 3), latent_dim=2), "gan", images)
    of_noise = ["evaluate", "other", "--features", "random", "--domain-classifier", "domains.keras"]
    refused(call(*of_noise), "--domain-classifier is for a model of two domains")
