"""The DCGAN of TensorFlow's tutorial, a baseline."""

import pytest

from benchmarks.tutorial_dcgan import RECIPE, TutorialDCGAN
from train.common.command import main


def test_its_networks_are_the_tutorials():
    model = TutorialDCGAN.create((28, 28, 1))
    # A dense layer, two transposed convolutions with a batch normalization after each, of which
    # half of the four numbers a channel are moving averages, and a last one.
    generator = 100 * 12_544 + 4 * 12_544
    generator += 25 * 256 * 128 + 4 * 128 + 25 * 128 * 64 + 4 * 64 + 25 * 64
    assert model.generator.count_params() == generator == 2_330_944
    # Two convolutions and a dense layer, with biases.
    discriminator = (25 * 1 * 64 + 64) + (25 * 64 * 128 + 128) + (7 * 7 * 128 + 1)
    assert model.discriminator.count_params() == discriminator == 212_865
    assert model.generator.output_shape == (None, 28, 28, 1)
    assert model.penalties == () and model.discriminator_steps == 1


def test_its_defaults_are_the_tutorials():
    optimizer = TutorialDCGAN.make_optimizer()
    assert float(optimizer.learning_rate) == pytest.approx(1e-4)
    assert (optimizer.beta_1, optimizer.beta_2) == (0.9, 0.999) and not optimizer.use_ema
    options = RECIPE.defaults
    training = options.training
    assert (training.batch_size, training.epochs, training.ema) == (256, 50, 0.0)
    assert (training.learning_rate, training.precision) == ("paper", "float32")
    assert options.data.data == "mnist" and RECIPE.model_class is TutorialDCGAN


def test_its_command_has_help(capsys):
    with pytest.raises(SystemExit) as stop:
        main(RECIPE, ["--help"])
    assert stop.value.code == 0 and "--evaluate-every" in capsys.readouterr().out
