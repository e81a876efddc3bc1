"""What all models from noise share: networks, hyperparameters, sampling."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_gans import losses
from keras_gans.models import (
    ACGAN,
    CGAN,
    DCGAN,
    GAN,
    LSGAN,
    R3GAN,
    SNGAN,
    WGAN,
    WGANGP,
    InfoGAN,
)


@pytest.mark.parametrize("network", ["mlp", "dcgan", "resnet", "fastgan"])
@pytest.mark.parametrize("model_class", [CGAN, WGANGP, ACGAN, SNGAN])
def test_models_and_architectures_are_independent(model_class, network):
    model = model_class.create((8, 8, 1), network=network, filters=4, classes=3, seed=0)
    inputs = model.sampling_inputs(2, seed=0)
    images = model.generator([ops.convert_to_tensor(value) for value in inputs.values()])
    assert images.shape == (2, 8, 8, 1)


@pytest.mark.parametrize(
    "model_class", [GAN, DCGAN, LSGAN, WGAN, WGANGP, CGAN, ACGAN, SNGAN, InfoGAN, R3GAN]
)
def test_the_default_networks_for_2d_points_are_mlps(model_class):
    classes = 3 if model_class.task == "labelled" else None
    model = model_class.create((2,), filters=2, classes=classes)
    kinds = {type(layer).__name__ for layer in model.discriminator.layers}
    assert not [kind for kind in kinds if "Conv2D" in kind]


def test_augmentations_change_the_discriminators_inputs_in_training_only():
    images = keras.random.uniform((4, 8, 8, 3), -1, 1, seed=0)
    plain, noisy, augmented = (
        DCGAN.create((8, 8, 3), filters=4, seed=0, **options).discriminator
        for options in ({}, {"instance_noise": 0.5}, {"augment": True})
    )
    for discriminator in (noisy, augmented):
        discriminator.set_weights(plain.get_weights())
        np.testing.assert_array_equal(discriminator(images), plain(images))
        difference = discriminator(images, training=True) - plain(images, training=True)
        assert np.abs(difference).max() > 1e-4


def test_hyperparameters_add_penalties_and_label_smoothing():
    model = WGANGP.create((8, 8, 1), filters=4, r1=0.5)
    assert [penalty.name for penalty in model.penalties] == ["gradient_penalty", "r1"]
    smoothed = DCGAN.create((8, 8, 1), filters=4, label_smoothing=0.1).adversarial_loss
    assert isinstance(smoothed, losses.LabelSmoothing) and smoothed.amount == 0.1
    with pytest.raises(ValueError, match="images, not for 2-D points"):
        GAN.create((2,), augment=True)


def test_latents_differ_from_step_to_step_and_depend_on_the_seed():
    model = GAN.create((2,), seed=4)
    first, second = (np.asarray(model.sample_latents(3)) for _ in range(2))
    assert np.abs(first - second).min() > 1e-4
    np.testing.assert_array_equal(first, GAN.create((2,), seed=4).sample_latents(3))


def test_sampling_inputs_depend_on_the_seed_and_not_on_the_count():
    model = InfoGAN.create((2,), categories=3, filters=2)
    few, many = (model.sampling_inputs(count, seed=5) for count in (2, 7))
    assert list(many) == ["latents", "labels", "codes"]
    for name, values in few.items():
        np.testing.assert_array_equal(values, many[name][:2])
    assert many["labels"].tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert model.sampling_inputs(3, 0, labels=[2, 1])["labels"].tolist() == [2, 1, 2]
    with pytest.raises(ValueError, match="from 0 to 2"):
        model.sampling_inputs(1, 0, labels=[3])
    with pytest.raises(ValueError, match="no labels"):
        GAN.create((2,)).sampling_inputs(1, 0, labels=[0])


def test_unknown_hyperparameters_and_values_out_of_range_are_errors():
    with pytest.raises(TypeError, match="depth"):
        DCGAN.create((8, 8, 1), depth=3)
    with pytest.raises(ValueError, match="filters must be a whole number, 1 or more, not 0"):
        DCGAN.create((8, 8, 1), filters=0)
    with pytest.raises(ValueError, match="network must be one of mlp, .*, not transformer"):
        DCGAN.create((8, 8, 1), network="transformer")


# Models that users define ------------------------------------------------------------------------


def test_a_subclass_can_have_another_loss():
    class Mine(GAN):
        adversarial_loss = losses.LeastSquares()

    assert isinstance(Mine.create((2,)).adversarial_loss, losses.LeastSquares)


def test_weights_that_a_subclass_adds_are_saved(tmp_path):
    @keras.saving.register_keras_serializable("tests")
    class Counting(GAN):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.own = self.add_weight(name="own", initializer="zeros", trainable=False)

    model = Counting.create((2,), seed=0)
    model.compile(model.make_optimizer(), model.make_optimizer())
    model.own.assign(7.0)
    model.save(tmp_path / "m.keras")
    assert float(keras.saving.load_model(tmp_path / "m.keras").own) == 7.0
