"""The commands as a user runs them: real processes, real directories."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.cli.run_directory import RunDirectory
from keras_gans.data import Dataset
from tests.train.small_runs import ROOT, SMALL, assert_refused, finish, start, state
from train.common.options import TrainingOptions
from train.common.trainer import Trainer


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


@pytest.mark.parametrize("images, steps", [(30, 100), (250, 125)])
def test_an_epoch_of_few_images_has_a_hundred_steps(images, steps, variants):
    batch = TrainingOptions(batch_size=2)
    dataset = Dataset("few", "images", (np.zeros((images, 8, 8, 1), "uint8"),))
    assert Trainer(variants["gan"].create(), dataset, batch).per_epoch == steps


@pytest.mark.parametrize("error", [MemoryError(), tf.errors.ResourceExhaustedError(None, None, "")])
def test_too_little_memory_is_said(error, call, monkeypatch):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(Trainer, "fit", fail)
    outcome = call("dcgan", *"--image-size 8 --filters 4 --epochs 1".split())
    assert_refused(
        outcome, "too little memory", "--batch-size", "--image-size", "--filters", "kept"
    )


def test_a_run_that_diverges_says_which_loss(tmp_path, train):
    arguments = ["--epochs", 9, "--steps-per-epoch", 20, "--learning-rate", 1e30]
    result = train("cyclegan", *arguments)
    assert_refused(result, "became", "at step", "Try a lower learning_rate", "--restart")


def test_a_directory_that_cannot_be_written(tmp_path, train):
    (tmp_path / "file").write_text("")
    result = train("gan", "--run-dir", "file/run")
    assert_refused(result, "file/run", "choose another --run-dir")


def test_logs_that_cannot_be_written(train, monkeypatch):
    def full(*arguments, **named):
        raise tf.errors.ResourceExhaustedError(None, None, "No space left [Op:FlushSummaryWriter]")

    monkeypatch.setattr(tf.summary, "create_file_writer", full)
    assert_refused(train("gan", "--run-dir", "run"), "logs cannot be written", "disk full")


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


def test_a_pretrained_discriminator_has_had_its_updates(tmp_path, train):
    flags = ["--pretrain-discriminator", 3, "--epochs", 2, "--steps-per-epoch", 2]
    assert train("gan", *flags, "--run-dir", "run")[0] == 0
    model = keras.saving.load_model(tmp_path / "run" / "model.keras")
    updates = int(model.discriminator_optimizer.iterations)
    assert updates == 3 + 4 and int(model.generator_optimizer.iterations) == 4


def test_importing_the_library_imports_nothing_heavy():
    code = "import sys, keras_gans; assert not {'keras', 'tensorflow', 'PIL'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize("command", ["digit_classifier", "domain_classifier --data stripes"])
def test_a_classifier_is_not_trained_for_a_file_that_cannot_be(command, call):
    code, _, stderr = call(*command.split(), "--output", "digits")
    assert code == 1 and "--output must end in .keras, not 'digits'" in stderr
