"""Evaluation of a run, during training and after it, as a user asks for it."""

import json
import math
import re
import shutil

import keras
import numpy as np
import pytest

from keras_gans.cli.run_directory import RunDirectory
from keras_gans.data import DataConfig, load_config
from keras_gans.evaluation.evaluator import Evaluator
from keras_gans.evaluation.features import load_extractor
from keras_gans.evaluation.history import read_history
from keras_gans.training.saving import load_model, newest_checkpoint
from tests.train.evaluations import SHAPES, refused, rows

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


def without_seconds(run):
    return [{**line, "seconds": None} for line in read_history(run / "metrics.jsonl")]


# During training -------------------------------------------------------------------------------


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


def test_a_refused_restart_deletes_nothing(run, call):
    command = ["gan", *SHAPES, *STEPS, "--restart", "--run-dir", run]
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    refused(call(*command, "--evaluate-every", 2, "--features", "nothing"), "nothing")
    refused(call(*command, "--evaluate-every", 2, "--monitor", "fdi"), "fdi")
    refused(call(*command, "--monitor", "fid"), "--monitor")
    assert before == {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}


# After training --------------------------------------------------------------------------------


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


def test_measures_and_features_that_there_are_not(run, call):
    refused(call("evaluate", run, "--features", "random", "--metrics", "fdi"), "fdi is unknown")
    refused(call("evaluate", run, "--features", "./nothing"), "there are no features 'nothing'")
    refused(call("evaluate", run, "--split", "all"), "invalid choice 'all'")
    assert not (run / "evaluation.md").exists()


def test_data_that_are_gone(run, call):
    metadata = json.loads((run / "metadata.json").read_text())
    metadata["data"]["name"] = "/gone/images"
    (run / "metadata.json").write_text(json.dumps(metadata))
    refused(call("evaluate", run), "there is no folder /gone/images")
