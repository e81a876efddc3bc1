"""Runs that are stopped, resumed, restarted."""

import datetime
import errno
import re
import signal

import keras
import numpy as np
import pytest
from PIL import Image

from keras_gans.cli.run_directory import RunDirectory
from keras_gans.configs import GANConfig
from keras_gans.training.saving import newest_checkpoint
from tests.train.small_runs import SMALL, assert_refused, finish, start, state

# A critic that is ahead, dropout, image pools: a run must not forget them.
FORGETFUL = ("wgan", "pix2pix", "cyclegan")


@pytest.mark.parametrize("variant", FORGETFUL)
def test_killed_at_any_moment_it_ends_in_the_same_bits(variant, tmp_path, train):
    arguments = ["--epochs", 3, "--steps-per-epoch", 30, "--batch-size", 2, "--ema", 0.9]
    arguments += ["--precision", "float32", "--run-dir"]
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    flags = SMALL[variant].split()
    with start(f"train.{variant}", *flags, *arguments, killed, cwd=tmp_path) as process:
        while not process.stdout.readline().startswith("epoch 1/3  step 30/30"):
            assert process.poll() is None, process.stderr.read()
        process.kill()  # somewhere in the second epoch
    assert newest_checkpoint(killed / "checkpoints") and not (killed / "model.keras").exists()
    for run in (killed, whole):
        assert train(variant, *arguments, run)[0] == 0
    for x, y in zip(state(killed), state(whole), strict=True):
        np.testing.assert_array_equal(x, y)


def test_stopped_within_an_epoch_it_ends_in_the_same_bits(tmp_path, train):
    arguments = ["--epochs", 2, "--steps-per-epoch", 30, "--precision", "float32"]
    code, stdout, _ = train("dcgan", *arguments, "--minutes", 1e-6, "--restart", "--run-dir", "a")
    assert code == 0 and "stopped at step 1 of 60" in stdout
    assert stdout.count("--restart") == 0
    assert (tmp_path / "a" / "model.keras").exists()
    for run in ("a", "b"):
        assert train("dcgan", *arguments, "--run-dir", run)[0] == 0
    for x, y in zip(state(tmp_path / "a"), state(tmp_path / "b"), strict=True):
        np.testing.assert_array_equal(x, y)


def test_ctrl_c_saves_and_says_how_to_resume(tmp_path):
    arguments = [*SMALL["dcgan"].split(), "--epochs", 1000, "--steps-per-epoch", 20]
    with start("train.dcgan", *arguments, cwd=tmp_path) as process:
        while not process.stdout.readline().startswith("epoch 1/"):
            assert process.poll() is None, process.stderr.read()
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    # TensorFlow 2.20 logs of its own what its optimizer of graphs leaves as it is.
    said = [line for line in stderr.splitlines() if not re.match("WARNING: All log|E0000", line)]
    assert process.returncode == 130 and said == []
    assert "To resume: python -m train.dcgan --data shapes" in stdout
    assert newest_checkpoint(tmp_path / "runs" / "dcgan-shapes" / "checkpoints")


def test_other_settings_are_refused_and_nothing_is_lost(tmp_path, train):
    first = ["--epochs", 2, "--steps-per-epoch", 2]
    assert train("gan", *first)[0] == 0
    run = tmp_path / "runs" / "gan-shapes"
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    other = train("gan", *first, "--learning-rate", 0.1)
    assert_refused(other, "--learning-rate was", "now 0.1", "--restart")
    assert_refused(train("gan", "--epochs", 1, "--steps-per-epoch", 2), "2 epochs")
    assert_refused(train("gan", *first, "--seed", 1), "--seed was 0, now 1")
    assert before == {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    code, stdout, _ = train("gan", "--epochs", 3, "--steps-per-epoch", 2)
    assert code == 0 and "epoch 3/3" in stdout and "epoch 2/3" not in stdout
    assert train("gan", *first, "--restart")[0] == 0
    assert int(keras.saving.load_model(run / "model.keras").steps) == 4


def test_restart_deletes_what_a_run_wrote_and_nothing_else(tmp_path, train, call):
    arguments = ["--epochs", 1, "--steps-per-epoch", 1, "--run-dir", "mine"]
    assert train("gan", *arguments)[0] == 0
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    refused = call("gan", "--data", "nothing", "--run-dir", "mine", "--restart")
    assert_refused(refused, "nothing")
    assert (tmp_path / "mine" / "model.keras").exists()
    assert train("gan", *arguments, "--restart")[0] == 0
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep"


@pytest.mark.parametrize("flags", [[], ["--restart"]])
@pytest.mark.parametrize("name", ["config.json", "config.yaml"])
@pytest.mark.parametrize("config", [None, '{"editor": 1}', '// mine\n{"editor": 1}'])
def test_nothing_is_deleted_where_there_is_no_run(name, config, flags, tmp_path, train):
    (tmp_path / "mine" / "samples").mkdir(parents=True)
    if config is not None:
        (tmp_path / "mine" / name).write_text(config)
    (tmp_path / "mine" / "samples" / "holiday.jpg").write_text("keep")
    assert_refused(train("gan", "--run-dir", "mine", *flags), "mine holds no run")
    assert (tmp_path / "mine" / "samples" / "holiday.jpg").read_text() == "keep"


@pytest.mark.parametrize(
    "name, text",
    [
        ("config.json", '{"variant": "gan", "settings": {}, "data": {}}'),
        ("config.yaml", "model: gan\nepochs: 3"),
    ],
)
def test_a_config_that_is_not_whole(name, text, tmp_path, train):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".lock").touch()  # as every run has
    (tmp_path / "run" / name).write_text(text)
    assert_refused(train("gan", "--run-dir", "run"), "run", "--restart begins again")
    assert (tmp_path / "run" / name).read_text() == text


@pytest.mark.parametrize("name, value", [("r1", 1.0), ("network", "dcgan")])
def test_a_run_is_not_resumed_as_another_model(name, value, train, monkeypatch):
    arguments = ["--steps-per-epoch", 1, "--run-dir", "run", "--epochs"]
    assert train("gan", *arguments, 1)[0] == 0
    defaults = GANConfig.image_defaults | {name: value}
    monkeypatch.setattr(GANConfig, "image_defaults", defaults)  # as another version may have it
    refused = train("gan", *arguments, 2)
    assert_refused(refused, f"--{name} was", f"now {value}", "--restart")
    assert train("gan", *arguments, 2, "--restart")[0] == 0


def test_a_run_is_resumed_with_changes_on_purpose(tmp_path, two_classes, call):
    assert call("dcgan", *two_classes, "--run-dir", "run")[0] == 0
    Image.new("RGB", (8, 8), "red").save(tmp_path / "data" / "ant" / "b.png")
    flags = [*two_classes, "--run-dir", "run", "--learning-rate", "0.0005", "--batch-size", "8"]
    flags[flags.index("--epochs") + 1] = "3"
    before = RunDirectory(tmp_path / "run").read()
    assert_refused(call("dcgan", *flags), "--learning-rate was 0.001, now 0.0005", "--resume-with")
    assert RunDirectory(tmp_path / "run").read() == before
    wrong = call("dcgan", *flags, "--resume-with", "--seed", 3)
    assert_refused(wrong, "--seed was 0, now 3")
    code, stdout, _ = call("dcgan", *flags, "--resume-with")
    assert code == 0 and "epoch 3/3" in stdout and "epoch 1/3" not in stdout
    info = RunDirectory(tmp_path / "run").read()
    (change,) = info.changes
    assert change.step == 1 and change.date == str(datetime.date.today())
    assert change.values == {
        "--batch-size": [64, 8],
        "--learning-rate": [0.001, 0.0005],
        "the data's fingerprint": [before.fingerprint, info.fingerprint],
    }
    model = RunDirectory(tmp_path / "run").load_model()
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        assert float(optimizer.learning_rate) == pytest.approx(0.0005)
    flags[flags.index("--epochs") + 1] = "4"
    assert call("dcgan", *flags)[0] == 0  # with the same from then on, and no word of change
    assert RunDirectory(tmp_path / "run").read().changes == info.changes
    flags[flags.index("--learning-rate") + 1] = "paper"
    flags[flags.index("--epochs") + 1] = "5"
    assert call("dcgan", *flags, "--resume-with")[0] == 0
    model = RunDirectory(tmp_path / "run").load_model()
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        assert float(optimizer.learning_rate) == pytest.approx(0.0002)


def test_the_model_file_of_a_finished_run_is_written_again_if_it_is_missing(tmp_path, train):
    arguments = ["--epochs", 1, "--steps-per-epoch", 1, "--run-dir", "run"]
    assert train("gan", *arguments)[0] == 0
    (tmp_path / "run" / "model.keras").unlink()
    assert train("gan", *arguments)[0] == 0
    assert (tmp_path / "run" / "model.keras").exists()


OUT_OF_TIME = ["--epochs", 999, "--steps-per-epoch", 3, "--run-dir", "run", "--cpu-minutes"]


def test_a_run_that_had_its_processor_time_takes_no_step_more(tmp_path, train):
    code, stdout, _ = train("gan", *OUT_OF_TIME, 1e-9)
    assert code == 0 and "stopped at step 2 of 2997. Its processor time is over" in stdout
    run = tmp_path / "run"
    files, trained = {path for path in run.rglob("*") if path.parent != run / "logs"}, state(run)
    seconds = (run / "cpu_seconds.json").read_text()
    with start("train.gan", *SMALL["gan"].split(), *OUT_OF_TIME, 1e-9, cwd=tmp_path) as process:
        code, stdout, stderr = finish(process)
    assert (code, stderr) == (0, "")
    last = stdout.splitlines()[-1]
    assert last == "stopped at step 2 of 2997. Its processor time is over: --cpu-minutes may grow"
    (run / "cpu_seconds.json").rename(run / "seconds.json")  # as version 0.1.0 called it
    assert train("gan", *OUT_OF_TIME, 1e-9)[0] == 0
    assert (run / "cpu_seconds.json").read_text() == seconds
    assert {path for path in run.rglob("*") if path.parent != run / "logs"} == files
    for x, y in zip(state(run), trained, strict=True):
        np.testing.assert_array_equal(x, y)
    code, stdout, _ = train("gan", *OUT_OF_TIME, 1e-3)
    assert code == 0 and "epoch 1/999" in stdout and "Its processor time is over" in stdout


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--learning-rate", 0.1], "--learning-rate was"),
        (["--data", "photos"], "was begun with the data shapes, not /"),
        (["--latent-dim", 5], "--latent-dim was 4, now 5"),
    ],
    ids=["rate", "data", "model"],
)
def test_other_settings_are_refused_of_a_run_that_had_its_processor_time(
    flags, said, tmp_path, train
):
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "photos" / "a.png")
    assert train("gan", *OUT_OF_TIME, 1e-9)[0] == 0
    assert_refused(train("gan", *OUT_OF_TIME, 1e-9, *flags), said)


def test_killed_when_its_time_was_over_a_run_is_ended_without_a_step(tmp_path, train):
    measured = ["--evaluate-every", 99, "--features", "random", "--metrics", "fid", "--samples", 9]
    assert train("gan", *OUT_OF_TIME, 1e-9, *measured)[0] == 0
    run = tmp_path / "run"
    trained, evaluated = state(run), (run / "metrics.jsonl").read_text()
    assert evaluated.count('"step": 2') == 1
    for name in ("metrics.jsonl", "best.keras", "model.keras"):
        (run / name).unlink()
    code, stdout, _ = train("gan", *OUT_OF_TIME, 1e-9, *measured)
    assert code == 0 and "stopped at step 2 of 2997. Its processor time is over" in stdout
    assert (run / "metrics.jsonl").read_text() == evaluated
    assert (run / "best.keras").exists() and (run / "model.keras").exists()
    for x, y in zip(state(run), trained, strict=True):
        np.testing.assert_array_equal(x, y)


def test_a_damaged_newest_checkpoint_falls_back_and_says_so(tmp_path, train):
    arguments = ["--epochs", 3, "--steps-per-epoch", 2, "--run-dir"]
    for run in ("run", "whole"):
        assert train("gan", *arguments, run)[0] == 0
    (newest := tmp_path / "run" / "checkpoints" / "step-00000006.keras").write_bytes(b"damaged")
    code, stdout, stderr = train("gan", *arguments, "run")
    assert code == 0 and "step-00000006.keras is damaged" in stderr and "epoch 3/3" in stdout
    for x, y in zip(state(tmp_path / "run"), state(tmp_path / "whole"), strict=True):
        np.testing.assert_array_equal(x, y)
    for path in newest.parent.glob("*.keras"):
        path.write_bytes(b"damaged")
    code, _, stderr = train("gan", *arguments, "run")
    assert code == 1 and "every checkpoint" in stderr and "--restart" in stderr


def test_a_run_in_use_is_refused(tmp_path, train):
    flags = SMALL["gan"].split()
    with start("train.gan", *flags, "--epochs", 1000, cwd=tmp_path) as process:
        while not process.stdout.readline().startswith("configuration: "):  # it has begun
            assert process.poll() is None, process.stderr.read()
        second = train("gan", "--epochs", 1000)
        process.kill()
    assert_refused(second, "is in use")


def test_a_file_system_without_locks_trains_with_a_warning(two_classes, call, monkeypatch):
    def none(descriptor, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", none)
    code, _, stderr = call("dcgan", *two_classes)
    assert code == 0 and "has no locks: train there once at a time" in stderr
