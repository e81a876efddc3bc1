"""What models from noise minimize, on networks whose losses can be calculated by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_gans import losses
from keras_gans.models import ACGAN, CGAN, DCGAN, GAN, LSGAN, R3GAN, SNGAN, InfoGAN
from keras_gans.penalties import R1, GradientPenalty

LOG3 = np.log(3.0)


def column(*values):
    return ops.convert_to_tensor(np.array(values, "float32")[:, None])


def numbers(named_losses):
    return {name: float(value) for name, value in named_losses.items()}


# The optimal discriminator -----------------------------------------------------------------------


def test_for_a_perfect_generator_the_best_discriminator_returns_one_half(shift, linear, normal):
    """Real and fake are both normal: D = 1/2 and the value -log 4 (Goodfellow, theorem 1)."""
    model = GAN(shift(0.0), linear(3.0), adversarial_loss=losses.Minimax(), seed=0)
    model.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.2))
    model.fit(normal(512), steps_per_epoch=150, shuffle=False, verbose=0)
    probabilities = ops.sigmoid(model.discriminator(column(-1.0, 0.0, 1.0)))
    np.testing.assert_allclose(probabilities, 0.5, atol=0.05)
    logs = model.evaluate(normal(4096).take(1), verbose=0, return_dict=True)
    assert -logs["discriminator/adversarial"] == pytest.approx(-np.log(4.0), abs=0.01)


def test_discriminators_find_the_optimum():
    """Real 1 and 0 equally often, fake always 0: D(1) = 1, D(0) = (1/2) / (1/2 + 1) = 1/3."""
    inputs = keras.Input((1,))
    generator = keras.Model(inputs, keras.layers.Dense(1, kernel_initializer="zeros")(inputs))
    discriminator = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    model = GAN(generator, discriminator, seed=0)
    model.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(1.0))
    real = column(0.0, 1.0)
    data = tf.data.Dataset.from_tensors(real).repeat()
    model.fit(data, steps_per_epoch=500, shuffle=False, verbose=0)
    probabilities = ops.sigmoid(model.discriminator(real))
    assert float(probabilities[0, 0]) == pytest.approx(1 / 3, abs=0.01)
    assert float(probabilities[1, 0]) > 0.95


# GAN, LSGAN --------------------------------------------------------------------------------------


def test_gan_can_have_the_minimax_loss():
    assert isinstance(GAN.create((2,)).adversarial_loss, losses.NonSaturating)
    assert type(GAN.create((2,), generator_loss="minimax").adversarial_loss) is losses.Minimax


def test_lsgan_has_the_targets_of_its_coding():
    binary, pearson = (LSGAN.create((2,), coding=c).adversarial_loss for c in ("binary", "pearson"))
    assert (binary.a, binary.b, binary.c) == (0.0, 1.0, 1.0)
    assert (pearson.a, pearson.b, pearson.c) == (-1.0, 1.0, 0.0)
    # for the minimum to be Pearson's divergence, b - c = 1 and b - a = 2 (equation 7)
    assert (pearson.b - pearson.c, pearson.b - pearson.a) == (1.0, 2.0)


def test_a_pretrained_discriminator_has_extra_updates_before_the_first_step_only():
    model = GAN.create((2,), pretrain_discriminator=7)
    assert [model.extra_discriminator_steps(step) for step in range(3)] == [7, 0, 0]


@pytest.mark.parametrize("model_class", [DCGAN, LSGAN, InfoGAN])
def test_r1_is_the_default_for_images_but_not_for_2d_points(model_class):
    (penalty,) = model_class.create((8, 8, 1)).penalties
    expected = model_class.config_class().resolve((8, 8, 1)).r1
    assert penalty.name == "r1" and penalty.weight == expected > 0.0
    assert model_class.create((8, 8, 1), r1=0.0).penalties == ()
    assert model_class.create((2,)).penalties == ()


# Class-conditional models ------------------------------------------------------------------------


@pytest.mark.parametrize("model_class", [CGAN, ACGAN, SNGAN])
def test_generated_images_depend_on_the_label(model_class):
    model = model_class.create((8, 8, 1), classes=3, filters=4, seed=0)
    latents = keras.random.normal((1, 100), seed=0)
    images = [model.generator([latents, ops.convert_to_tensor([label])]) for label in range(3)]
    pairs = zip(images, images[1:], strict=False)
    assert all(float(ops.max(ops.abs(a - b))) > 1e-6 for a, b in pairs)


@pytest.mark.parametrize("model_class", [CGAN, SNGAN])
@pytest.mark.parametrize("shape", [(8, 8, 1), (2,)])
def test_logits_depend_on_the_label(model_class, shape):
    keras.utils.set_random_seed(0)
    model = model_class.create(shape, classes=3, filters=4, seed=0)
    image = keras.random.normal((1, *shape), seed=0)
    logits = [float(model.discriminate(image, ops.convert_to_tensor([n]))[0, 0]) for n in range(3)]
    assert len(set(logits)) == 3


def test_fakes_have_the_labels_of_the_real_batch(variants):
    variant = variants["cgan"]
    model = variant.create()
    images, labels = map(ops.convert_to_tensor, variant.batch(4))
    model.sample_latents = lambda count: ops.zeros((count, 6))
    fakes = model.generate((images, labels))
    expected = model.generator([ops.zeros((4, 6)), labels], training=True)
    np.testing.assert_allclose(fakes, expected, atol=1e-6)


def test_sngan_can_be_unconditional():
    model = SNGAN.create((8, 8, 1), classes=3, labels=False, filters=4)
    assert model.classes is None
    assert len(model.generator.inputs) == len(model.discriminator.inputs) == 1


def test_sngans_label_enters_the_latents_or_the_normalization():
    def layers_of(conditioning):
        small = {"classes": 3, "filters": 4, "latent_dim": 5}
        generator = SNGAN.create((8, 8, 1), conditioning=conditioning, **small).generator
        return [type(layer).__name__ for layer in generator.layers]

    assert "ConditionalBatchNormalization" not in layers_of("latents")
    names = layers_of("normalization")
    assert "BatchNormalization" not in names and "OneHot" not in names
    assert names.count("ConditionalBatchNormalization") == 1  # at 4x4; at 8x8 are the images


def test_a_generator_without_normalization_cannot_be_conditioned_by_it():
    with pytest.raises(ValueError, match="has no batch normalization"):
        SNGAN.create((2,), classes=3, conditioning="normalization")
    model = SNGAN.create((2,), classes=3, labels=False, conditioning="normalization")
    assert model.classes is None


def two_heads(classes):
    """A discriminator of numbers x: the logit is x, and so is that of class 0; others are 0."""
    x = keras.Input((1,))
    zeros = keras.layers.Dense(classes, use_bias=False, kernel_initializer="zeros")(x)
    class_logits = keras.layers.Concatenate()([x, zeros[:, 1:]])
    return keras.Model(x, [keras.layers.Rescaling(1.0)(x), class_logits])


def test_acgans_losses_by_hand(shift):
    model = ACGAN(shift(0.0), two_heads(2), class_weight=10.0, classes=2, seed=0)
    # x = log 3: p(class 0) = 3/4; x = 0: 1/2
    batch = (column(LOG3, 0.0), ops.convert_to_tensor([0, 1]))
    fakes = column(0.0, LOG3)
    found = numbers(model.generator_loss(batch, fakes))
    # -log sigmoid(0) = log 2, -log sigmoid(log 3) = log 4/3
    assert found["adversarial"] == pytest.approx((np.log(2) + np.log(4 / 3)) / 2, rel=1e-5)
    # class 0 at x = 0: log 2; class 1 at x = log 3: log 4
    assert found["class"] == pytest.approx(10 * (np.log(2) + np.log(4)) / 2, rel=1e-5)
    found = numbers(model.discriminator_loss(batch, fakes))
    real, fake = (np.log(4 / 3) + np.log(2)) / 2, (np.log(2) + np.log(4)) / 2
    assert found["adversarial"] == pytest.approx(real + fake, rel=1e-5)
    classification = (np.log(4 / 3) + np.log(2)) / 2 + (np.log(2) + np.log(4)) / 2
    assert found["class"] == pytest.approx(10 * classification, rel=1e-5)


# InfoGAN -----------------------------------------------------------------------------------------


def test_infogans_losses_by_hand(shift):
    # Two categories and two codes, all predicted from x: (x, 0) and (0, 0)
    model = InfoGAN(shift(0.0), two_heads(4), information_weight=2.0, classes=2, seed=0)
    fakes = {
        "images": column(LOG3, 0.0),
        "labels": ops.convert_to_tensor([0, 1]),
        "codes": ops.convert_to_tensor(np.array([[1.0, 0.0], [0.5, -0.5]], "float32")),
    }
    for found in (
        numbers(model.generator_loss(column(0.0, 0.0), fakes)),
        numbers(model.discriminator_loss(column(0.0, 0.0), fakes)),
    ):
        assert found["category"] == pytest.approx(2 * (np.log(4 / 3) + np.log(2)) / 2, rel=1e-5)
        # half of 1 + 0 and of 1/4 + 1/4, times a tenth of the weight
        assert found["codes"] == pytest.approx(0.2 * (0.5 + 0.25) / 2, rel=1e-5)


def test_infogans_generator_learns_faster_than_its_discriminator_as_in_the_paper():
    generator = InfoGAN.make_generator_optimizer(use_ema=True)
    assert float(generator.learning_rate) == pytest.approx(1e-3) and generator.use_ema
    assert float(InfoGAN.make_optimizer().learning_rate) == pytest.approx(2e-4)
    given = InfoGAN.make_generator_optimizer(learning_rate=0.5)
    assert float(given.learning_rate) == 0.5 and generator.beta_1 == given.beta_1 == 0.5
    other = DCGAN.make_generator_optimizer(learning_rate=0.25, use_ema=True)
    assert float(other.learning_rate) == 0.25 and other.use_ema


def test_infogan_draws_codes_from_their_whole_range(variants):
    model = variants["infogan"].create()
    fakes = model.generate(ops.zeros((300, 8, 8, 1)))
    assert np.bincount(fakes["labels"]).min() > 50
    codes = ops.convert_to_numpy(fakes["codes"])
    assert codes.shape == (300, 2) and codes.min() < -0.9 and codes.max() > 0.9


def test_infogans_sample_grid_varies_one_code_at_a_time(variants):
    model = variants["infogan"].create()
    columns = model.sample_grid(variants["infogan"].batch(3))
    assert list(columns) == ["0", "1", "2", "c1-", "c1", "c1+", "c2-", "c2", "c2+"]
    latents, labels, codes = model.example_inputs(variants["infogan"].batch(3))["generator"]
    codes = ops.stack([codes[:, 0], -ops.ones(3)], axis=1)
    expected = model.generator([latents, labels, codes], training=False)
    np.testing.assert_allclose(columns["c2-"], expected, atol=1e-6)


# R3GAN -------------------------------------------------------------------------------------------


def test_r3gans_losses_by_hand(shift, linear):
    model = R3GAN(shift(0.0), linear(2.0), gamma=0.5, seed=0)
    real, fakes = column(LOG3, 1.0), column(0.0, 1.0)
    # the pairs' logits differ by 2 log 3 = log 9 and by 0
    found = numbers(model.discriminator_loss(real, fakes))
    assert found["adversarial"] == pytest.approx((np.log(10 / 9) + np.log(2)) / 2, rel=1e-5)
    # the gradient is 2 everywhere: gamma / 2 * 4
    assert found["r1"] == pytest.approx(1.0)
    assert found["r2"] == pytest.approx(1.0)
    found = numbers(model.generator_loss(real, fakes))
    assert found["adversarial"] == pytest.approx((np.log(10) + np.log(2)) / 2, rel=1e-5)


def test_r3gans_penalties_and_optional_ones_add_up(shift, linear):
    real, fakes = column(LOG3, 1.0), column(0.0, 1.0)
    penalties = [R1(3.0), GradientPenalty(10.0)]
    model = R3GAN(shift(0.0), linear(2.0), gamma=0.5, penalties=penalties, seed=0)
    found = numbers(model.discriminator_loss(real, fakes))
    assert found.keys() == {"adversarial", "r1", "r2", "gradient_penalty"}
    # the squared gradient norm is 4: (0.5 + 3) / 2 * 4; and 10 * (2 - 1)^2
    assert found["r1"] == pytest.approx(7.0) and found["r2"] == pytest.approx(1.0)
    assert found["gradient_penalty"] == pytest.approx(10.0)


def test_r3gan_takes_an_additional_r1_penalty():
    (penalty,) = R3GAN.create((8, 8, 1), filters=4, r1=3.0).penalties
    assert penalty.name == "r1" and penalty.weight == 3.0
    assert R3GAN.create((8, 8, 1), filters=4).penalties == ()


@pytest.mark.parametrize("network", ["mlp", "dcgan", "resnet", "r3gan", "fastgan"])
def test_r3gan_has_no_normalization(network):
    model = R3GAN.create((8, 8, 1), network=network, filters=4)
    kinds = {
        type(layer).__name__
        for net in (model.generator, model.discriminator)
        for layer in net.layers
    }
    assert not [kind for kind in kinds if "Norm" in kind]
