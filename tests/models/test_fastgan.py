"""What FastGAN minimizes, on networks whose losses can be calculated by hand."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_gans.models import FastGAN


def quarters(*values):
    """Return images (n, 4, 4, 1) whose four quarters have these values."""
    return np.kron(np.array(values, "float32").reshape(-1, 2, 2), np.ones((2, 2), "float32"))[
        ..., None
    ]


def fastgan(**arguments):
    """A FastGAN whose discriminator's features are the image and its halved copy.

    The logit is the mean; the decoders double the halved copy and leave quarters as they are.
    """
    latents = keras.Input((4,))
    generator = keras.Model(latents, layers.Reshape((2, 2, 1))(latents))
    images = keras.Input((4, 4, 1))
    logits = layers.GlobalAveragePooling2D()(images)
    discriminator = keras.Model(
        images, [logits, layers.AveragePooling2D(2)(images), images, images]
    )
    whole, part = keras.Input((2, 2, 1)), keras.Input((2, 2, 1))
    decoders = keras.Model([whole, part], [layers.UpSampling2D()(whole), part])
    return FastGAN(generator, discriminator, decoders=decoders, seed=0, **arguments)


def numbers(named_losses):
    return {name: float(value) for name, value in named_losses.items()}


def test_fastgans_losses_by_hand():
    real, fakes = quarters([1, 1, 1, 0], [0, 0, 0, -2]), quarters([1, 1, 1, 1], [-3, -3, -3, -3])
    # Logits of real images are 3/4 and -1/2, hinge 1/4 and 3/2; of fakes 1 and -3, hinge 2 and 0.
    found = numbers(fastgan().discriminator_loss(real, fakes))
    assert found == pytest.approx({"adversarial": 0.875 + 1.0, "reconstruction": 0.0})
    assert numbers(fastgan().generator_loss(real, fakes)) == pytest.approx({"adversarial": 1.0})


def test_what_is_lost_in_the_features_is_a_loss():
    stripes = np.zeros((2, 4, 4, 1), "float32")
    stripes[:, :, ::2] = 1.0  # halved, all is 1/2; the quarters' features lose nothing
    found = numbers(fastgan().discriminator_loss(stripes, stripes))
    assert found["reconstruction"] == pytest.approx(0.5)
    found = numbers(fastgan(reconstruction_weight=3.0).discriminator_loss(stripes, stripes))
    assert found["reconstruction"] == pytest.approx(1.5)


def test_generated_images_are_not_decoded():
    real = quarters([1, 1, 1, 0], [0, 0, 0, -2])
    noise = np.random.default_rng(0).uniform(-1, 1, real.shape).astype("float32")
    assert numbers(fastgan().discriminator_loss(real, noise))["reconstruction"] == 0.0


def test_each_image_has_a_random_quarter_of_its_own():
    model = fastgan()
    seen = []
    model.decoders = lambda inputs, training: (
        seen.append(np.asarray(inputs[1])) or [layers.UpSampling2D()(inputs[0]), inputs[1]]
    )
    numbered = quarters(*[[0, 1, 2, 3]] * 400)
    model.discriminator_loss(numbered, numbered)
    values = seen[0][..., 0]
    assert (values == values[:, :1, :1]).all()  # none is a mixture of quarters
    counts = np.bincount(values[:, 0, 0].astype(int))
    assert len(counts) == 4 and counts.min() > 60


def test_large_images_are_compared_at_the_size_of_the_decoded_ones():
    model = fastgan()
    model.decoders = lambda inputs, training: [inputs[0], inputs[1]]  # 2x2, of images of 4x4
    stripes = np.zeros((1, 4, 4, 1), "float32")
    stripes[:, :, ::2] = 1.0
    assert numbers(model.discriminator_loss(stripes, stripes))["reconstruction"] == 0.0


def test_augmented_images_are_what_is_decoded():
    """The features describe the image that the discriminator sees, in other colors and shifted."""
    model = FastGAN.create((16, 16, 3), filters=2, seed=0)
    images = np.zeros((4, 16, 16, 3), "float32")
    *_, seen = model.discriminator(images, training=True)
    assert np.abs(seen).max() > 0.05
    *_, seen = model.discriminator(images, training=False)
    np.testing.assert_array_equal(seen, images)
    plain = FastGAN.create((16, 16, 3), filters=2, seed=0, augment=False)
    *_, seen = plain.discriminator(images, training=True)
    np.testing.assert_array_equal(seen, images)


def test_the_decoders_are_trained_with_the_discriminator_and_not_exported(variants):
    model = variants["fastgan"].create()
    ids = {id(v) for v in model.discriminator_variables}
    assert {id(v) for v in model.decoders.trainable_variables} < ids
    assert model.generators.keys() == {"generator"}


@pytest.mark.parametrize("network", ["dcgan", "resnet", "r3gan", "fastgan"])
def test_fastgan_takes_every_network_of_convolutions(network):
    model = FastGAN.create((16, 16, 1), network=network, filters=2, seed=0)
    images = ops.zeros((2, 16, 16, 1))
    losses = model.discriminator_loss(images, model.generate(images))
    assert np.isfinite(list(numbers(losses).values())).all()


@pytest.mark.parametrize("shape", [(8, 8, 3), (2,)])
def test_images_that_are_too_small_are_an_error(shape):
    with pytest.raises(ValueError, match="choose images of 16x16, 28x28 or larger"):
        FastGAN.create(shape)
