"""The commands as a user runs them: real processes, real directories."""

import datetime
import errno
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gans.cli.run_directory import RunDirectory
from keras_gans.configs import GANConfig
from keras_gans.training.saving import newest_checkpoint
from train.common.trainer import Trainer

ROOT = Path(__file__).parents[2]
LATENT = "--data shapes --image-size 8 --latent-dim 4 --filters 4"
SMALL = {
    "gan": "--data shapes --image-size 8 --latent-dim 4",
    "dcgan": LATENT,
    "lsgan": LATENT,
    "wgan": LATENT,
    "wgan_gp": LATENT,
    "cgan": LATENT,
    "acgan": LATENT,
    "infogan": LATENT,
    "sngan": LATENT,
    "r3gan": LATENT,
    "pix2pix": "--data outlines --image-size 32 --filters 2 --discriminator-filters 2",
    "cyclegan": "--data stripes --image-size 24 --filters 2 --blocks 1 --discriminator-filters 2",
    "cut": "--data stripes --image-size 24 --filters 2 --blocks 1 --discriminator-filters 2",
}
# A critic that is ahead, singular vectors, dropout, image pools, random patches: a run must not
# forget them.
FORGETFUL = ("wgan", "sngan", "pix2pix", "cyclegan", "cut")


def start(module, *arguments, cwd, **settings):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", module, *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=cwd, env=environment, **pipes, **settings)


@pytest.fixture
def train(call):
    """Train a small model of a variant in this process."""
    return lambda variant, *arguments: call(variant, *SMALL[variant].split(), *arguments)


def finish(process):
    stdout, stderr = process.communicate(timeout=120)
    return process.returncode, stdout, stderr


def state(run):
    """All that a run has learnt: weights, random states, both optimizers and their averages."""
    model = keras.saving.load_model(newest_checkpoint(run / "checkpoints"))
    optimizers = model.generator_optimizer, model.discriminator_optimizer
    variables = [*model.variables, *(v for optimizer in optimizers for v in optimizer.variables)]
    return [keras.ops.convert_to_numpy(v) for v in variables]


def assert_refused(result, *words):
    code, _, stderr = result
    assert code not in (0, None) and "Traceback" not in stderr, stderr
    assert len(stderr.strip().splitlines()) <= 2
    for word in words:
        assert word in stderr, stderr


@pytest.mark.parametrize("variant", SMALL)
def test_a_run_from_its_first_step_to_its_end(variant, tmp_path, train):
    arguments = ["--epochs", 2, "--steps-per-epoch", 2]
    code, stdout, stderr = train(variant, *arguments)
    assert (code, stderr) == (0, "")
    run = tmp_path / "runs" / f"{variant}-{SMALL[variant].split()[1]}"
    assert {path.name for path in run.iterdir()} == {
        ".lock",
        "config.yaml",
        "metadata.json",
        "examples.npz",
        "logs",
        "samples",
        "checkpoints",
        "cpu_seconds.json",
        "model.keras",
    }
    assert len(list((run / "samples").iterdir())) == 2
    assert "epoch 2/2  step 2/2" in stdout and "tensorboard --logdir runs" in stdout
    info = RunDirectory(run).read()
    assert info.model == variant and info.config["epochs"] == 2
    assert info.config["precision"] in ("float32", "bfloat16")
    model = keras.saving.load_model(run / "model.keras")
    assert int(model.steps) == 4
    code, stdout, _ = train(variant, *arguments)
    assert code == 0 and "finished at step 4" in stdout


@pytest.mark.parametrize("variant", FORGETFUL)
def test_killed_at_any_moment_it_ends_in_the_same_bits(variant, tmp_path, train):
    arguments = ["--epochs", 3, "--steps-per-epoch", 30, "--batch-size", 2, "--ema", 0.9]
    arguments += ["--precision", "float32", "--run-dir"]
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    flags = SMALL[variant].split()
    with start(f"train.{variant}", *flags, *arguments, killed, cwd=tmp_path) as process:
        while not process.stdout.readline().startswith("epoch 1/"):
            assert process.poll() is None, process.stderr.read()
        process.kill()  # somewhere in the second epoch
    assert newest_checkpoint(killed / "checkpoints") and not (killed / "model.keras").exists()
    for run in (killed, whole):
        assert train(variant, *arguments, run)[0] == 0
    for x, y in zip(state(killed), state(whole), strict=True):
        np.testing.assert_array_equal(x, y)


def test_stopped_within_an_epoch_it_ends_in_the_same_bits(tmp_path, train):
    arguments = ["--epochs", 2, "--steps-per-epoch", 30, "--precision", "float32"]
    code, stdout, _ = train(
        "cyclegan", *arguments, "--minutes", 1e-6, "--restart", "--run-dir", "a"
    )
    assert code == 0 and "stopped at step 1 of 60" in stdout
    assert stdout.count("--restart") == 0
    assert (tmp_path / "a" / "model.keras").exists()
    for run in ("a", "b"):
        assert train("cyclegan", *arguments, "--run-dir", run)[0] == 0
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


@pytest.mark.parametrize("name", ["config.json", "config.yaml"])
@pytest.mark.parametrize("config", [None, '{"editor": 1}', '// mine\n{"editor": 1}'])
def test_restart_deletes_nothing_where_there_is_no_run(name, config, tmp_path, train):
    (tmp_path / "mine" / "samples").mkdir(parents=True)
    if config is not None:
        (tmp_path / "mine" / name).write_text(config)
    (tmp_path / "mine" / "samples" / "holiday.jpg").write_text("keep")
    assert_refused(train("gan", "--run-dir", "mine", "--restart"), "mine holds no run")
    assert (tmp_path / "mine" / "samples" / "holiday.jpg").read_text() == "keep"


def test_pictures_of_the_run_do_not_become_its_data(tmp_path, call):
    for value in range(4):
        Image.new("RGB", (8, 8), (value, 0, 0)).save(tmp_path / f"{value}.png")
    small = "--image-size 8 --latent-dim 4 --epochs 1 --steps-per-epoch 1".split()
    assert_refused(call("gan", "--data", ".", *small), "inside the data's folder", "--run-dir")
    assert not (tmp_path / "runs").exists()


def test_a_run_may_be_beside_the_splits_of_its_data(tmp_path, call, monkeypatch):
    for split in ("train", "test"):
        (tmp_path / split).mkdir()
        Image.new("RGB", (8, 8)).save(tmp_path / split / "a.png")
    small = "--image-size 8 --latent-dim 4 --epochs 1 --steps-per-epoch 1 --run-dir run".split()
    assert call("gan", "--data", ".", *small)[0] == 0
    inside = call("gan", "--data", ".", *small, "--run-dir", "train/run")
    assert_refused(inside, "inside the data's folder")
    monkeypatch.setenv("HOME", str(tmp_path))
    code, stdout, _ = call("gan", "--data=~/", *small)  # the same folder, and so the same run
    assert code == 0 and "finished at step 1" in stdout
    (tmp_path / "test" / "a.png").unlink()
    (tmp_path / "test").rmdir()
    code, _, stderr = call("gan", "--data", ".", *small)  # train/ alone is a split too
    assert code == 0 and "left out of" in stderr and "run/, which is beside the splits" in stderr


@pytest.mark.parametrize(
    "name, text",
    [
        ("config.json", '{"variant": "gan", "settings": {}, "data": {}}'),
        ("config.yaml", "model: gan\nepochs: 3"),
    ],
)
def test_a_config_that_is_not_whole(name, text, tmp_path, train):
    (tmp_path / "run").mkdir()
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


def test_a_run_says_which_classes_it_found(two_classes, call):
    _, stdout, _ = call("cgan", *two_classes)
    assert "2 examples of 8x8x3, 2 classes (ant, bee), " in stdout


def test_what_is_left_out_of_the_data_is_listed_in_the_run(tmp_path, two_classes, call):
    (tmp_path / "data" / "notes.txt").write_text("hello")
    code, _, stderr = call("dcgan", *two_classes, "--run-dir", "run")
    assert code == 0 and "1 no image, .txt (notes.txt)" in stderr
    listed = (tmp_path / "run" / "left_out.txt").read_text()
    assert listed == f"{tmp_path}/data/notes.txt: no image, .txt\n"


def test_too_many_bad_images_are_all_listed(tmp_path, two_classes, call):
    for number in range(12):
        (tmp_path / "data" / f"bad{number:02}.png").touch()
    outcome = call("dcgan", *two_classes, "--run-dir", "run")
    assert_refused(outcome, "12 of 14 images cannot be used", "run/left_out.txt")
    listed = (tmp_path / "run" / "left_out.txt").read_text().splitlines()
    assert len(listed) == 12 and listed[11].endswith("bad11.png: no image (empty)")


def test_names_that_are_not_text_are_no_obstacle(tmp_path, two_classes, call):
    os.rename(tmp_path / "data" / "ant", os.fsencode(tmp_path / "data") + b"/a\x94t")
    os.rename(tmp_path / "data", os.fsencode(tmp_path) + b"/d\x94ta")
    flags = [os.fsdecode(b"d\x94ta") if flag == "data" else flag for flag in two_classes]
    assert call("cgan", *flags)[0] == 0
    run = tmp_path / "runs" / "cgan-d_ta"
    assert RunDirectory(run).read().class_names == (os.fsdecode(b"a\x94t"), "bee")
    flags[flags.index("--epochs") + 1] = "2"
    assert call("cgan", *flags)[0] == 0  # resumed
    outcome = call("cgan", *flags, "--run-dir", os.fsdecode(b"r\x94n"))
    assert_refused(outcome, "r\\x94n is not UTF-8")


def test_a_run_keeps_the_range_of_its_values(tmp_path, call):
    (tmp_path / "data").mkdir()
    for number in range(4):
        values = np.full((8, 8), 1000 * number, np.uint16)
        Image.fromarray(values).save(tmp_path / "data" / f"{number}.png")
    flags = "--data data --image-size 8 --filters 4 --epochs 1 --steps-per-epoch 1".split()
    code, _, stderr = call("dcgan", *flags)
    assert code == 0 and "0 becomes black, 4095 white" in stderr
    run = RunDirectory(tmp_path / "runs" / "dcgan-data")
    assert run.read().data.value_range == (0, 4095)
    assert call("dcgan", *flags)[0] == 0
    assert_refused(call("dcgan", *flags, "--value-range", 0, 3000), "--value-range was None, now")


@pytest.mark.parametrize("model", ["pix2pix", "cyclegan"])
def test_translators_of_rectangular_images(model, tmp_path, call):
    flags = "--image-size 32x64 --filters 4 --epochs 1 --steps-per-epoch 1 --run-dir run".split()
    assert call(model, *flags)[0] == 0
    info = RunDirectory(tmp_path / "run").read()
    assert info.data.image_size == (32, 64) and info.config["image_size"] == "32x64"
    assert call(model, "--config", "run/config.yaml", "--run-dir", "run")[0] == 0  # resumed
    assert_refused(call("dcgan", *flags[:-1], "other"), "square")


def test_a_file_of_arrays_is_data(tmp_path, call):
    np.savez(tmp_path / "some.npz", images=np.zeros((9, 8, 8), "uint8"), labels=[0, 1, 2] * 3)
    flags = "--data some.npz --filters 4 --epochs 1 --steps-per-epoch 1".split()
    code, stdout, _ = call("cgan", *flags)
    assert code == 0 and "9 examples of 8x8x1, 3 classes (0, 1, 2)" in stdout
    assert (tmp_path / "runs" / "cgan-some").is_dir()


@pytest.mark.parametrize(
    "variant", ["dcgan --ema 0.9", "wgan", "cyclegan --batch-size 2 --pool-size 4"]
)
def test_on_several_devices_a_stopped_run_ends_in_the_same_bits(variant, tmp_path, train):
    name, *flags = variant.split()
    flags = [*SMALL[name].split(), *flags, "--devices", "cpu:2", "--steps-per-epoch", 2]
    for epochs in (1, 2):
        code, stdout, _ = train(name, *flags, "--epochs", epochs, "--run-dir", "resumed")
        assert code == 0 and "cpu:2" in stdout
    assert train(name, *flags, "--epochs", 2, "--run-dir", "whole")[0] == 0
    for x, y in zip(state(tmp_path / "resumed"), state(tmp_path / "whole"), strict=True):
        np.testing.assert_array_equal(x, y)
    model = RunDirectory(tmp_path / "whole").load_model()  # by a process with one device
    assert model.step == 4


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ("--devices cpu:2 --batch-size 5", ["5 cannot be divided among 2", "give 4 or 6"]),
        ("--devices 3", ["there are 0 GPUs"]),
        ("--devices all", ["there are 0 GPUs"]),
        ("--devices two", ["a number of GPUs, all, or cpu:2"]),
    ],
)
def test_devices_that_do_not_go(flags, words, tmp_path, train):
    assert_refused(train("dcgan", *flags.split()), *words)
    assert not (tmp_path / "runs").exists()


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


def test_two_folders_of_one_name_are_two_runs(tmp_path, two_classes, call):
    assert call("dcgan", *two_classes)[0] == 0
    other = tmp_path / "other" / "data"
    other.mkdir(parents=True)
    Image.new("RGB", (8, 8), "red").save(other / "a.png")
    flags = [str(other) if flag == "data" else flag for flag in two_classes]
    outcome = call("dcgan", *flags)
    assert_refused(outcome, f"begun with the data {tmp_path}/data, not {other}", "--run-dir")
    assert "--restart" not in outcome[2]


@pytest.mark.parametrize("error", [MemoryError(), tf.errors.ResourceExhaustedError(None, None, "")])
def test_too_little_memory_is_said(error, call, monkeypatch):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(Trainer, "fit", fail)
    outcome = call("dcgan", *"--image-size 8 --filters 4 --epochs 1".split())
    assert_refused(
        outcome, "too little memory", "--batch-size", "--image-size", "--filters", "kept"
    )


def test_a_file_system_without_locks_trains_with_a_warning(two_classes, call, monkeypatch):
    def none(descriptor, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", none)
    code, _, stderr = call("dcgan", *two_classes)
    assert code == 0 and "has no locks: train there once at a time" in stderr


def test_a_run_that_diverges_says_which_loss(tmp_path, train):
    arguments = ["--epochs", 9, "--steps-per-epoch", 20, "--learning-rate", 1e30]
    result = train("cyclegan", *arguments)
    assert_refused(result, "became", "at step", "Try a lower learning_rate", "--restart")


def test_the_model_file_of_a_finished_run_is_written_again_if_it_is_missing(tmp_path, train):
    arguments = ["--epochs", 1, "--steps-per-epoch", 1, "--run-dir", "run"]
    assert train("gan", *arguments)[0] == 0
    (tmp_path / "run" / "model.keras").unlink()
    assert train("gan", *arguments)[0] == 0
    assert (tmp_path / "run" / "model.keras").exists()


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


def test_a_directory_that_cannot_be_written(tmp_path, train):
    (tmp_path / "file").write_text("")
    result = train("gan", "--run-dir", "file/run")
    assert_refused(result, "file/run", "choose another --run-dir")


def test_logs_that_cannot_be_written(train, monkeypatch):
    def full(*arguments, **named):
        raise tf.errors.ResourceExhaustedError(None, None, "No space left [Op:FlushSummaryWriter]")

    monkeypatch.setattr(tf.summary, "create_file_writer", full)
    assert_refused(train("gan", "--run-dir", "run"), "logs cannot be written", "disk full")


def test_a_run_in_use_is_refused(tmp_path, train):
    flags = SMALL["gan"].split()
    with start("train.gan", *flags, "--epochs", 1000, cwd=tmp_path) as process:
        while not process.stdout.readline().startswith("configuration: "):  # it has begun
            assert process.poll() is None, process.stderr.read()
        second = train("gan", "--epochs", 1000)
        process.kill()
    assert_refused(second, "is in use")


@pytest.mark.parametrize(
    "variant, arguments, words",
    [
        ("gan", "--data nowhere", ["nowhere", "shapes"]),
        ("gan", "--data ./missing", ["no folder ./missing"]),
        ("dcgan", "--data shapes --image-size 30", ["28, 32", "not 30"]),
        ("cyclegan", "--data stripes --image-size 30", ["28 or 32, not 30"]),
        ("cyclegan", "--data shapes", ["shapes", "trainA"]),
        ("dcgan", "--data ring --network dcgan", ["square images", "mlp"]),
        ("gan", "--data ring --augment", ["images, not for 2-D points"]),
        ("gan", "--data ring --channels 1", ["2-D points", "leave them out"]),
        ("wgan", "--label-smoothing 0.1", ["no labels", "label_smoothing"]),
        ("sngan", "--network r3gan", ["spectral normalization"]),
        ("sngan", "--data outlines", ["labelled data is needed"]),
        ("pix2pix", "--data shapes", ["paired data is needed"]),
        ("gan", "--discriminator-steps 0", ["--discriminator-steps must be", "1 or more, not 0"]),
        ("gan", "--epochs 0", ["--epochs", "1 or more"]),
        ("gan", "--epochs many", ["--epochs", "not 'many'"]),
        ("gan", "--learning-rate -1", ["--learning-rate", "over 0"]),
        ("gan", "--generator-learning-rate 0", ["--generator-learning-rate", "over 0"]),
        ("gan", "--seed -1", ["--seed", "from 0"]),
        ("cyclegan", "--cycle-weight nan", ["--cycle-weight", "0 or more"]),
        ("gan", "--generator-loss other", ["--generator-loss", "minimax"]),
    ],
)
def test_what_does_not_fit_is_said_in_a_line_or_two(variant, arguments, words, tmp_path, call):
    code, _, stderr = call(variant, *arguments.split())
    message = stderr[stderr.find("error:") :]
    assert code not in (0, None) and "Traceback" not in stderr
    assert message.count("\n") <= 2
    assert all(word in message for word in words), stderr
    assert not (tmp_path / "runs").exists()


def test_the_list_names_every_model_and_data_set(tmp_path):
    code, stdout, stderr = finish(start("train", cwd=tmp_path))
    assert (code, stderr) == (0, "")
    for name in (*SMALL, "shapes", "stripes", "outlines", "ring", "grid"):
        assert f"  {name} " in stdout
    assert_refused(finish(start("train", "wgam", cwd=tmp_path)), "--model")
    assert_refused(finish(start("train", "dcgan", cwd=tmp_path)), "python -m train.dcgan")
    assert finish(start("train", "--help", cwd=tmp_path))[0] == 0


def test_the_papers_rate_can_be_had(tmp_path, train):
    steps = ["--epochs", 1, "--steps-per-epoch", 1]
    for flags, rate in ([], 1e-3), (["--learning-rate", "paper"], 2e-4):
        assert train("dcgan", *steps, *flags, "--run-dir", tmp_path / str(rate))[0] == 0
        model = keras.saving.load_model(tmp_path / str(rate) / "model.keras")
        assert float(model.generator_optimizer.learning_rate) == pytest.approx(rate)


@pytest.mark.parametrize(
    "variant, flags, generator, discriminator",
    [
        ("dcgan", "--generator-learning-rate 0.25", 0.25, 1e-3),
        ("dcgan", "--learning-rate 0.5 --discriminator-learning-rate 0.25", 0.5, 0.25),
        ("dcgan", "--learning-rate paper --generator-learning-rate 0.25", 0.25, 2e-4),
        ("infogan", "", 1e-3, 1e-3),
        ("infogan", "--learning-rate paper", 1e-3, 2e-4),
        ("wgan", "--learning-rate paper --discriminator-learning-rate 0.25", 5e-5, 0.25),
    ],
)
def test_each_optimizer_may_have_a_rate_of_its_own(
    variant, flags, generator, discriminator, tmp_path, train
):
    steps = ["--epochs", 1, "--steps-per-epoch", 1, "--run-dir", "run"]
    assert train(variant, *steps, *flags.split())[0] == 0
    model = keras.saving.load_model(tmp_path / "run" / "model.keras")
    assert float(model.generator_optimizer.learning_rate) == pytest.approx(generator)
    assert float(model.discriminator_optimizer.learning_rate) == pytest.approx(discriminator)


def test_deterministic_operations_are_chosen_when_asked_for_and_train_the_same_on_a_cpu(tmp_path):
    # In processes of their own: the choice lasts until the process ends.
    arguments = [*SMALL["dcgan"].split(), "--augment", "--epochs", 1, "--steps-per-epoch", 3]
    states = []
    for name, flags in (("plain", []), ("deterministic", ["--deterministic"])):
        command = ["train.dcgan", *arguments, "--run-dir", name, *flags]
        code, _, stderr = finish(start(*command, cwd=tmp_path))
        assert code == 0, stderr
        states.append(state(tmp_path / name))
    for plain, deterministic in zip(*states, strict=True):
        np.testing.assert_array_equal(plain, deterministic)


def test_the_flag_reaches_tensorflow(tmp_path, train, monkeypatch):
    chosen = []
    monkeypatch.setattr(
        "tensorflow.config.experimental.enable_op_determinism", lambda: chosen.append(True)
    )
    steps = ["--epochs", 1, "--steps-per-epoch", 1]
    assert train("gan", *steps)[0] == 0 and not chosen
    assert train("gan", *steps, "--restart", "--deterministic")[0] == 0 and chosen
    assert RunDirectory(tmp_path / "runs" / "gan-shapes").read().config["deterministic"] is True


def test_labels_may_be_left_out(tmp_path, train):
    for flags, classes in ([], 8), (["--no-labels"], None):
        run = tmp_path / f"run{classes}"
        result = train("sngan", "--epochs", 1, "--steps-per-epoch", 1, "--run-dir", run, *flags)
        assert result[0] == 0, result
        assert keras.saving.load_model(run / "model.keras").classes == classes


def test_pairs_can_be_swapped(tmp_path, train):
    inputs = []
    for direction in ("a_to_b", "b_to_a"):
        run = tmp_path / direction
        flags = ["--epochs", 1, "--steps-per-epoch", 1, "--run-dir", run]
        assert train("pix2pix", *flags, "--direction", direction)[0] == 0
        with np.load(run / "examples.npz") as arrays:
            inputs.append([arrays["arr_0"], arrays["arr_1"]])
    np.testing.assert_array_equal(inputs[0][0], inputs[1][1])
    np.testing.assert_array_equal(inputs[0][1], inputs[1][0])


def test_a_pretrained_discriminator_has_had_its_updates(tmp_path, train):
    flags = ["--pretrain-discriminator", 3, "--epochs", 2, "--steps-per-epoch", 2]
    assert train("gan", *flags, "--run-dir", "run")[0] == 0
    model = keras.saving.load_model(tmp_path / "run" / "model.keras")
    updates = int(model.discriminator_optimizer.iterations)
    assert updates == 3 + 4 and int(model.generator_optimizer.iterations) == 4


def test_importing_the_library_imports_nothing_heavy():
    code = "import sys, keras_gans; assert not {'keras', 'tensorflow', 'PIL'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_mnist_by_its_tfds_name(real_data, tmp_path, call):
    arguments = ["--data", "mnist", "--data-dir", f"{real_data}/tfds", "--epochs", 1]
    result = call("dcgan", *arguments, "--steps-per-epoch", 2)
    assert result[0] == 0 and "60,000 examples of 28x28x1" in result[1]


def test_horse2zebra_by_its_short_name(real_data, tmp_path, call):
    arguments = ["--data", "horse2zebra", "--data-dir", f"{real_data}/tfds", "--image-size", 24]
    arguments += ["--filters", 2, "--blocks", 1, "--epochs", 1, "--steps-per-epoch", 2]
    result = call("cyclegan", *arguments)
    assert result[0] == 0 and "1,334 examples of 24x24x3" in result[1]


@pytest.mark.parametrize("command", ["digit_classifier", "domain_classifier --data stripes"])
def test_a_classifier_is_not_trained_for_a_file_that_cannot_be(command, call):
    code, _, stderr = call(*command.split(), "--output", "digits")
    assert code == 1 and "--output must end in .keras, not 'digits'" in stderr
