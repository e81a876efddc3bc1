"""The commands as a user runs them: real processes, real directories."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_gans.callbacks import newest_checkpoint

ROOT = Path(__file__).parents[2]
SMALL = {
    "gan": "--data shapes --image-size 8 --latent-dim 4",
    "dcgan": "--data shapes --image-size 8 --latent-dim 4 --filters 4",
    "cyclegan": "--data stripes --image-size 24 --filters 2 --blocks 1 --discriminator-filters 2",
}


def start(module, *arguments, cwd, **settings):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", module, *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=cwd, env=environment, **pipes, **settings)


def call(module, *arguments, cwd):
    process = start(module, *arguments, cwd=cwd)
    stdout, stderr = process.communicate(timeout=300)
    return process.returncode, stdout, stderr


def train(variant, *arguments, cwd):
    return call(f"train.{variant}", *SMALL[variant].split(), *arguments, cwd=cwd)


def weights(run):
    model = keras.saving.load_model(newest_checkpoint(run / "checkpoints"))
    return [keras.ops.convert_to_numpy(v) for v in model.variables]


def assert_refused(result, *words):
    code, _, stderr = result
    assert code not in (0, None) and "Traceback" not in stderr, stderr
    assert len(stderr.strip().splitlines()) <= 3
    for word in words:
        assert word in stderr, stderr


@pytest.mark.parametrize("variant", SMALL)
def test_a_run_from_its_first_step_to_its_end(variant, tmp_path):
    arguments = ["--epochs", 2, "--steps-per-epoch", 2]
    code, stdout, stderr = train(variant, *arguments, cwd=tmp_path)
    assert (code, stderr) == (0, "")
    run = tmp_path / "runs" / f"{variant}-{SMALL[variant].split()[1]}"
    assert {path.name for path in run.iterdir()} == {
        ".lock",
        "config.json",
        "examples.npz",
        "logs",
        "samples",
        "checkpoints",
        "model.keras",
    }
    assert len(list((run / "samples").iterdir())) == 2
    assert "epoch 2/2  step 2/2" in stdout and "tensorboard --logdir runs" in stdout
    config = json.loads((run / "config.json").read_text())
    assert config["variant"] == variant and config["settings"]["epochs"] == 2
    assert config["settings"]["precision"] in ("float32", "bfloat16")
    model = keras.saving.load_model(run / "model.keras")
    assert int(model.steps) == 4
    code, stdout, _ = train(variant, *arguments, cwd=tmp_path)
    assert code == 0 and "finished at step 4" in stdout


@pytest.mark.parametrize("variant", SMALL)
def test_killed_at_any_moment_it_ends_in_the_same_bits(variant, tmp_path):
    arguments = [
        "--epochs",
        3,
        "--steps-per-epoch",
        40,
        "--batch-size",
        2,
        "--ema",
        0.9,
        "--precision",
        "float32",
    ]
    for name in ("killed", "whole"):
        (tmp_path / name).mkdir()
    process = start(
        f"train.{variant}", *SMALL[variant].split(), *arguments, cwd=tmp_path / "killed"
    )
    for line in process.stdout:
        if line.startswith("epoch 1/3"):
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    (killed,) = (tmp_path / "killed" / "runs").iterdir()
    assert newest_checkpoint(killed / "checkpoints") and not (killed / "model.keras").exists()
    assert train(variant, *arguments, cwd=tmp_path / "killed")[0] == 0
    assert train(variant, *arguments, cwd=tmp_path / "whole")[0] == 0
    (whole,) = (tmp_path / "whole" / "runs").iterdir()
    for x, y in zip(weights(killed), weights(whole), strict=True):
        np.testing.assert_array_equal(x, y)


def test_stopped_within_an_epoch_it_ends_in_the_same_bits(tmp_path):
    arguments = ["--epochs", 2, "--steps-per-epoch", 30, "--precision", "float32"]
    code, stdout, _ = train(
        "cyclegan", *arguments, "--minutes", 1e-6, "--run-dir", "a", cwd=tmp_path
    )
    assert code == 0 and "time is up at step 1 of 60" in stdout
    assert (tmp_path / "a" / "model.keras").exists()
    for run in ("a", "b"):
        assert train("cyclegan", *arguments, "--run-dir", run, cwd=tmp_path)[0] == 0
    for x, y in zip(weights(tmp_path / "a"), weights(tmp_path / "b"), strict=True):
        np.testing.assert_array_equal(x, y)


def test_ctrl_c_saves_and_says_how_to_go_on(tmp_path):
    arguments = [*SMALL["dcgan"].split(), "--epochs", 1000, "--steps-per-epoch", 20]
    process = start("train.dcgan", *arguments, cwd=tmp_path)
    for line in process.stdout:
        if line.startswith("epoch 1/"):
            break
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130 and stderr == ""
    assert "which is saved; to go on: python -m train.dcgan --data shapes" in stdout
    assert newest_checkpoint(tmp_path / "runs" / "dcgan-shapes" / "checkpoints")


def test_other_settings_are_refused_and_nothing_is_lost(tmp_path):
    first = ["--epochs", 2, "--steps-per-epoch", 2]
    assert train("gan", *first, cwd=tmp_path)[0] == 0
    run = tmp_path / "runs" / "gan-shapes"
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    other = train("gan", *first, "--learning-rate", 0.1, cwd=tmp_path)
    assert_refused(other, "--learning-rate was None, now 0.1", "--restart")
    assert_refused(train("gan", "--epochs", 1, "--steps-per-epoch", 2, cwd=tmp_path), "2 epochs")
    assert_refused(train("gan", *first, "--seed", 1, cwd=tmp_path), "--seed was 0, now 1")
    assert before == {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    code, stdout, _ = train("gan", "--epochs", 3, "--steps-per-epoch", 2, cwd=tmp_path)
    assert code == 0 and "epoch 3/3" in stdout and "epoch 2/3" not in stdout
    assert train("gan", *first, "--restart", cwd=tmp_path)[0] == 0
    assert int(keras.saving.load_model(run / "model.keras").steps) == 4


def test_restart_deletes_what_a_run_wrote_and_nothing_else(tmp_path):
    arguments = ["--epochs", 1, "--steps-per-epoch", 1, "--run-dir", "mine"]
    assert train("gan", *arguments, cwd=tmp_path)[0] == 0
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    refused = call("train.gan", "--data", "nothing", "--run-dir", "mine", "--restart", cwd=tmp_path)
    assert_refused(refused, "nothing")
    assert (tmp_path / "mine" / "model.keras").exists()
    assert train("gan", *arguments, "--restart", cwd=tmp_path)[0] == 0
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep"


def test_a_learning_rate_that_diverges_says_which_term_and_keeps_the_checkpoint(tmp_path):
    arguments = [
        "--epochs",
        9,
        "--steps-per-epoch",
        20,
        "--learning-rate",
        1e30,
        "--data",
        "stripes",
        "--image-size",
        24,
        "--filters",
        2,
        "--blocks",
        1,
    ]
    result = call("train.cyclegan", *arguments, cwd=tmp_path)
    assert_refused(result, "became nan at step", "--learning-rate")


def test_a_directory_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    result = train("gan", "--run-dir", "file/run", cwd=tmp_path)
    assert_refused(result, "file/run", "choose another --run-dir")


def test_a_run_in_use_is_refused(tmp_path):
    process = start("train.gan", *SMALL["gan"].split(), "--epochs", 1000, cwd=tmp_path)
    for line in process.stdout:
        if line.startswith("epoch 1/"):
            break
    second = train("gan", "--epochs", 1000, cwd=tmp_path)
    process.kill()
    process.wait()
    assert_refused(second, "is in use")


@pytest.mark.parametrize(
    "variant, arguments, words",
    [
        ("gan", "--data nowhere", ["nowhere", "shapes"]),
        ("gan", "--data ./missing", ["no folder ./missing"]),
        ("dcgan", "--data shapes --image-size 30", ["28, 32", "not 30"]),
        ("cyclegan", "--data stripes --image-size 30", ["28 or 32, not 30"]),
        ("cyclegan", "--data shapes", ["shapes", "trainA"]),
        ("gan", "--epochs 0", ["--epochs", "1 or more"]),
        ("gan", "--learning-rate -1", ["--learning-rate", "more than 0"]),
        ("gan", "--generator-loss other", ["--generator-loss", "minimax"]),
    ],
)
def test_what_does_not_fit_is_said_in_a_line_or_two(variant, arguments, words, tmp_path):
    code, _, stderr = call(f"train.{variant}", *arguments.split(), cwd=tmp_path)
    message = stderr[stderr.find("error:") :]
    assert code not in (0, None) and "Traceback" not in stderr
    assert message.count("\n") <= 2
    assert all(word in message for word in words), stderr
    assert not (tmp_path / "runs").exists()


def test_the_list_names_every_variant_and_data_set(tmp_path):
    code, stdout, stderr = call("train", cwd=tmp_path)
    assert (code, stderr) == (0, "")
    for name in (*SMALL, "shapes", "stripes", "outlines", "ring", "grid"):
        assert f"  {name} " in stdout
    assert_refused(call("train", "wgam", cwd=tmp_path), "no variant 'wgam'")


def test_importing_the_library_imports_nothing_heavy():
    code = "import sys, keras_gans; assert not {'keras', 'tensorflow', 'PIL'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_mnist_by_its_tfds_name(real_data, tmp_path):
    arguments = ["--data", "mnist", "--data-dir", f"{real_data}/tfds", "--epochs", 1]
    result = call("train.dcgan", *arguments, "--steps-per-epoch", 2, cwd=tmp_path)
    assert result[0] == 0 and "60,000 examples of 28x28x1" in result[1]


def test_horse2zebra_by_its_short_name(real_data, tmp_path):
    arguments = ["--data", "horse2zebra", "--data-dir", f"{real_data}/tfds", "--image-size", 24]
    arguments += ["--filters", 2, "--blocks", 1, "--epochs", 1, "--steps-per-epoch", 2]
    result = call("train.cyclegan", *arguments, cwd=tmp_path)
    assert result[0] == 0 and "1,334 examples of 24x24x3" in result[1]
