"""What all latent-to-image variants share: networks, options, sampling."""

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


@pytest.mark.parametrize("network", ["mlp", "dcgan", "resnet"])
@pytest.mark.parametrize("variant", [CGAN, WGANGP, ACGAN, SNGAN])
def test_game_and_networks_are_independent(variant, network):
    model = variant.create((8, 8, 1), network=network, filters=4, classes=3, seed=0)
    inputs = model.sampling_inputs(2, seed=0)
    images = model.generator([ops.convert_to_tensor(value) for value in inputs.values()])
    assert images.shape == (2, 8, 8, 1)


@pytest.mark.parametrize(
    "variant", [GAN, DCGAN, LSGAN, WGAN, WGANGP, CGAN, ACGAN, SNGAN, InfoGAN, R3GAN]
)
def test_points_are_made_by_perceptrons(variant):
    settings = {"classes": 3} if variant.data_form == "labelled" else {}
    model = variant.create((2,), filters=2, **settings)
    kinds = {type(layer).__name__ for layer in model.discriminator.layers}
    assert not [kind for kind in kinds if "Conv2D" in kind]


def test_options_change_what_the_discriminator_sees_in_training_only():
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


def test_options_add_to_the_game():
    model = WGANGP.create((8, 8, 1), filters=4, r1=0.5)
    assert [penalty.name for penalty in model.penalties] == ["gradient_penalty", "r1"]
    smoothed = DCGAN.create((8, 8, 1), filters=4, label_smoothing=0.1).adversarial_loss
    assert isinstance(smoothed, losses.LabelSmoothing) and smoothed.amount == 0.1
    with pytest.raises(ValueError, match="pictures, not for points"):
        GAN.create((2,), augment=True)


def test_noise_differs_from_step_to_step_and_follows_the_seed():
    draws = [
        np.asarray(model.latents(3)) for model in (GAN.create((2,), seed=4),) for _ in range(2)
    ]
    assert np.abs(draws[0] - draws[1]).min() > 1e-4
    np.testing.assert_array_equal(draws[0], GAN.create((2,), seed=4).latents(3))


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


# A variant of one's own ------------------------------------------------------------------------


def test_a_variant_of_the_readmes_shape_plays_its_own_game():
    class Mine(GAN):
        adversarial_loss = losses.LeastSquares()

    assert isinstance(Mine.create((2,)).adversarial_loss, losses.LeastSquares)


def test_weights_of_a_variants_own_are_saved(tmp_path):
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
