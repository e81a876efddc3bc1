"""Training on several devices of one machine."""

import numpy as np
import pytest

from keras_gans.cli.run_directory import RunDirectory
from tests.train.small_runs import SMALL, assert_refused, state


@pytest.mark.parametrize("variant", ["dcgan --ema 0.9", "wgan"])
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


def test_where_nothing_is_drawn_several_devices_train_as_one(tmp_path, train):
    flags = ["--pool-size", 0, "--batch-size", 2, "--epochs", 1, "--steps-per-epoch", 5]
    flags += ["--precision", "float32", "--run-dir"]
    assert train("cyclegan", *flags, "one", "--devices", "cpu:1")[0] == 0
    assert train("cyclegan", *flags, "two", "--devices", "cpu:2")[0] == 0
    for x, y in zip(state(tmp_path / "one"), state(tmp_path / "two"), strict=True):
        # On the whole: Adam moves a weight by 2e-4 a step however small its gradient is, so that
        # rounding decides on the direction where that is nearly zero.
        assert np.abs(np.subtract(x, y, dtype="float64")).sum() <= 1e-4 * np.abs(x).sum()
