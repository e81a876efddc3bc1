"""The DCGAN of TensorFlow's tutorial, which others are compared with."""

import pytest

from benchmarks.tutorial_dcgan import ENTRY, TutorialDCGAN


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


def test_its_settings_are_the_tutorials():
    optimizer = TutorialDCGAN.make_optimizer()
    assert float(optimizer.learning_rate) == pytest.approx(1e-4)
    assert (optimizer.beta_1, optimizer.beta_2) == (0.9, 0.999) and not optimizer.use_ema
    assert (ENTRY.batch_size, ENTRY.epochs, ENTRY.ema) == (256, 50, 0.0)
    assert ENTRY.model_class is TutorialDCGAN


def test_its_command_has_help(capsys):
    with pytest.raises(SystemExit) as stop:
        ENTRY.main(["--help"])
    assert stop.value.code == 0 and "--evaluate-every" in capsys.readouterr().out
