"""What each latent-to-image game minimizes, on networks that can be worked out by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
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
from keras_gans.penalties import GradientPenalty

LOG3 = np.log(3.0)


def judge(slope=2.0):
    """A discriminator of numbers x whose logit is slope * x."""
    inputs = keras.Input((1,))
    kernel = keras.initializers.Constant(slope)
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer=kernel)
    return keras.Model(inputs, layer(inputs))


def shift(by):
    """A generator that moves its latents."""
    latents = keras.Input((1,))
    layer = keras.layers.Dense(
        1, kernel_initializer="ones", bias_initializer=keras.initializers.Constant(by)
    )
    return keras.Model(latents, layer(latents))


def column(*values):
    return ops.convert_to_tensor(np.array(values, "float32")[:, None])


def numbers(terms):
    return {name: float(value) for name, value in terms.items()}


def normal(count=64, std=1.0):
    """Endless batches of normally distributed numbers."""
    data = tf.data.Dataset.random(seed=1)
    return data.map(lambda n: std * tf.random.stateless_normal((count, 1), (n, 0)))


# The value of the game -------------------------------------------------------------------------


def test_where_the_generator_is_perfect_the_best_discriminator_is_undecided():
    """Real and fake are both normal: D = 1/2 and the value -log 4 (Goodfellow, theorem 1)."""
    model = GAN(shift(0.0), judge(3.0), adversarial_loss=losses.Minimax(), seed=0)
    model.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.2))
    model.fit(normal(512), steps_per_epoch=150, shuffle=False, verbose=0)
    verdicts = ops.sigmoid(model.discriminator(column(-1.0, 0.0, 1.0)))
    np.testing.assert_allclose(verdicts, 0.5, atol=0.05)
    value = -model.evaluate(normal(4096).take(1), verbose=0, return_dict=True)[
        "discriminator/adversarial"
    ]
    assert value == pytest.approx(-np.log(4.0), abs=0.01)


def test_discriminators_find_the_optimum_of_a_solvable_game():
    """Real 1 and 0 equally often, fake always 0: D(1) = 1, D(0) = (1/2) / (1/2 + 1) = 1/3."""
    inputs = keras.Input((1,))
    generator = keras.Model(inputs, keras.layers.Dense(1, kernel_initializer="zeros")(inputs))
    discriminator = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    model = GAN(generator, discriminator, seed=0)
    model.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(1.0))
    real = column(0.0, 1.0)
    data = tf.data.Dataset.from_tensors(real).repeat()
    model.fit(data, steps_per_epoch=500, shuffle=False, verbose=0)
    verdicts = ops.sigmoid(model.discriminator(real))
    assert float(verdicts[0, 0]) == pytest.approx(1 / 3, abs=0.01)
    assert float(verdicts[1, 0]) > 0.95


# GAN, LSGAN ------------------------------------------------------------------------------------


def test_gan_can_play_the_zero_sum_game():
    assert isinstance(GAN.create((2,)).adversarial_loss, losses.NonSaturating)
    assert type(GAN.create((2,), generator_loss="minimax").adversarial_loss) is losses.Minimax


def test_lsgan_codes_fake_and_real_as_asked():
    binary, pearson = (LSGAN.create((2,), coding=c).adversarial_loss for c in ("binary", "pearson"))
    assert (binary.a, binary.b, binary.c) == (0.0, 1.0, 1.0)
    assert (pearson.a, pearson.b, pearson.c) == (-1.0, 1.0, 0.0)
    # for the minimum to be Pearson's divergence, b - c = 1 and b - a = 2 (equation 7)
    assert (pearson.b - pearson.c, pearson.b - pearson.a) == (1.0, 2.0)


def test_a_pretrained_discriminator_is_ahead_before_the_first_round_only():
    model = GAN.create((2,), pretrain_discriminator=7)
    assert [model.extra_discriminator_steps(step) for step in range(3)] == [7, 0, 0]


# Wasserstein -----------------------------------------------------------------------------------


def test_wgan_is_ahead_as_the_authors_had_it():
    model = WGAN.create((2,))
    assert model.discriminator_steps == 5
    extra = {step: model.extra_discriminator_steps(step) for step in (0, 24, 25, 499, 500, 501)}
    assert extra == {0: 95, 24: 95, 25: 0, 499: 0, 500: 95, 501: 0}
    optimizer = WGAN.make_optimizer()
    assert isinstance(optimizer, keras.optimizers.RMSprop)
    assert float(optimizer.learning_rate) == pytest.approx(5e-5)


def test_wgans_weights_are_within_the_clip_after_each_update(variants):
    variant = variants["wgan"]
    model = variant.create(optimizer=lambda side: keras.optimizers.SGD(1.0))
    limits = []
    for _ in range(3):
        model.discriminator_step(ops.convert_to_tensor(variant.batch(4)))
        limits.append(max(float(ops.max(ops.abs(w))) for w in model.discriminator_variables))
    assert limits == pytest.approx([0.01] * 3)
    before = max(float(ops.max(ops.abs(w))) for w in model.generator_variables)
    assert before > 0.02


def test_wgans_critic_estimates_the_distance_of_shifted_distributions_up_to_its_clip():
    """The best linear critic within [-c, c] has slope c: it estimates c times the distance."""
    model = WGAN(shift(-1.5), judge(0.0), clip=0.1, discriminator_steps=1, seed=0)
    model.compile(keras.optimizers.SGD(0.0), keras.optimizers.RMSprop(0.01))
    model.fit(normal(512), steps_per_epoch=50, shuffle=False, verbose=0)
    terms = model.evaluate(normal(8192).take(1), verbose=0, return_dict=True)
    assert terms["discriminator/wasserstein_estimate"] == pytest.approx(0.1 * 1.5, rel=0.05)
    assert terms["discriminator/adversarial"] == -terms["discriminator/wasserstein_estimate"]


def test_wgan_gps_critic_estimates_the_distance_of_shifted_gaussians():
    """The distance of two Gaussians that differ in their mean alone is that of their means.

    A slope s gains s * distance and costs weight * (s - 1)^2: 1 + distance / (2 * weight) is best.
    """
    distance = 2.0
    points = keras.Input((1,))
    x = keras.layers.Dense(64, activation="softplus")(points)
    critic = keras.Model(points, keras.layers.Dense(1)(x))
    penalty = GradientPenalty(100.0)
    model = WGANGP(shift(-distance), critic, penalties=[penalty], seed=0)
    model.compile(keras.optimizers.SGD(0.0), keras.optimizers.Adam(0.01, 0.0, 0.9))
    model.fit(normal(256), steps_per_epoch=500, shuffle=False, verbose=0)
    terms = model.evaluate(normal(8192).take(1), verbose=0, return_dict=True)
    assert terms["discriminator/wasserstein_estimate"] == pytest.approx(distance, rel=0.05)


def test_wgan_gp_has_the_papers_settings_but_for_its_steps():
    model = WGANGP.create((8, 8, 1))
    assert model.discriminator_steps == 1 and WGANGP.create((2,)).discriminator_steps == 5
    (penalty,) = model.penalties
    assert penalty.weight == 10.0
    optimizer = WGANGP.make_optimizer()
    assert (optimizer.beta_1, optimizer.beta_2) == (0.0, 0.9)
    assert float(optimizer.learning_rate) == pytest.approx(1e-4)


@pytest.mark.parametrize("variant", [WGAN, WGANGP])
@pytest.mark.parametrize("network", ["mlp", "dcgan", "resnet"])
def test_a_critics_score_depends_on_its_image_alone(variant, network):
    critic = variant.create((8, 8, 1), network=network, filters=4, seed=0).discriminator
    images = np.random.default_rng(0).uniform(-1, 1, (3, 8, 8, 1)).astype("float32")
    together = critic(images, training=True)
    alone = ops.concatenate([critic(image[None], training=True) for image in images])
    np.testing.assert_allclose(together, alone, atol=1e-6)


# With labels -----------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", [CGAN, ACGAN, SNGAN])
def test_the_label_reaches_the_generator(variant):
    model = variant.create((8, 8, 1), classes=3, filters=4, seed=0)
    latents = keras.random.normal((1, 100), seed=0)
    made = [model.generator([latents, ops.convert_to_tensor([label])]) for label in range(3)]
    assert all(float(ops.max(ops.abs(a - b))) > 1e-6 for a, b in zip(made, made[1:], strict=False))


@pytest.mark.parametrize("variant", [CGAN, SNGAN])
@pytest.mark.parametrize("shape", [(8, 8, 1), (2,)])
def test_the_label_reaches_the_discriminator(variant, shape):
    keras.utils.set_random_seed(0)
    model = variant.create(shape, classes=3, filters=4, seed=0)
    image = keras.random.normal((1, *shape), seed=0)
    scores = [float(model.judge(image, ops.convert_to_tensor([n]))[0, 0]) for n in range(3)]
    assert len(set(scores)) == 3


def test_a_real_batchs_labels_are_those_of_the_fakes(variants):
    variant = variants["cgan"]
    model = variant.create()
    images, labels = map(ops.convert_to_tensor, variant.batch(4))
    model.latents = lambda count: ops.zeros((count, 6))
    fakes = model.generate((images, labels))
    expected = model.generator([ops.zeros((4, 6)), labels], training=True)
    np.testing.assert_allclose(fakes, expected, atol=1e-6)


def two_heads(classes):
    """A discriminator of numbers x: the logit is x, and class logits are 0 but for class 0's, x."""
    x = keras.Input((1,))
    flat = keras.layers.Dense(classes, use_bias=False, kernel_initializer="zeros")
    zeros = flat(x)
    named = keras.layers.Concatenate()([x, zeros[:, 1:]])
    return keras.Model(x, [keras.layers.Rescaling(1.0)(x), named])


def test_acgan_terms_by_hand():
    model = ACGAN(shift(0.0), two_heads(2), class_weight=10.0, classes=2, seed=0)
    # x = log 3: p(class 0) = 3/4; x = 0: 1/2
    batch = (column(LOG3, 0.0), ops.convert_to_tensor([0, 1]))
    fakes = column(0.0, LOG3)
    terms = numbers(model.generator_loss(batch, fakes))
    # -log sigmoid(0) = log 2, -log sigmoid(log 3) = log 4/3
    assert terms["adversarial"] == pytest.approx((np.log(2) + np.log(4 / 3)) / 2, rel=1e-5)
    # class 0 at x = 0: log 2; class 1 at x = log 3: log 4
    assert terms["class"] == pytest.approx(10 * (np.log(2) + np.log(4)) / 2, rel=1e-5)
    terms = numbers(model.discriminator_loss(batch, fakes))
    real, fake = (np.log(4 / 3) + np.log(2)) / 2, (np.log(2) + np.log(4)) / 2
    assert terms["adversarial"] == pytest.approx(real + fake, rel=1e-5)
    named = (np.log(4 / 3) + np.log(2)) / 2 + (np.log(2) + np.log(4)) / 2
    assert terms["class"] == pytest.approx(10 * named, rel=1e-5)


# Codes -----------------------------------------------------------------------------------------


def test_infogan_terms_by_hand():
    # two categories and two codes, all read from x: (x, 0) and (0, 0)
    model = InfoGAN(shift(0.0), two_heads(4), information_weight=2.0, classes=2, seed=0)
    fakes = {
        "images": column(LOG3, 0.0),
        "labels": ops.convert_to_tensor([0, 1]),
        "codes": ops.convert_to_tensor(np.array([[1.0, 0.0], [0.5, -0.5]], "float32")),
    }
    for terms in (
        numbers(model.generator_loss(column(0.0, 0.0), fakes)),
        numbers(model.discriminator_loss(column(0.0, 0.0), fakes)),
    ):
        assert terms["category"] == pytest.approx(2 * (np.log(4 / 3) + np.log(2)) / 2, rel=1e-5)
        # half of 1 + 0 and of 1/4 + 1/4, a tenth of the weight
        assert terms["codes"] == pytest.approx(0.2 * (0.5 + 0.25) / 2, rel=1e-5)


def test_infogan_draws_codes_that_cover_their_range(variants):
    model = variants["infogan"].create()
    fakes = model.generate(ops.zeros((300, 8, 8, 1)))
    assert np.bincount(fakes["labels"]).min() > 50
    codes = ops.convert_to_numpy(fakes["codes"])
    assert codes.shape == (300, 2) and codes.min() < -0.9 and codes.max() > 0.9


def test_infogan_sweeps_one_code_at_a_time(variants):
    model = variants["infogan"].create()
    columns = model.preview(variants["infogan"].batch(3))
    assert list(columns) == ["0", "1", "2", "c1-", "c1", "c1+", "c2-", "c2", "c2+"]
    latents, labels, codes = model.example_inputs(variants["infogan"].batch(3))["generator"]
    codes = ops.stack([codes[:, 0], -ops.ones(3)], axis=1)
    expected = model.generator([latents, labels, codes], training=False)
    np.testing.assert_allclose(columns["c2-"], expected, atol=1e-6)


# R3GAN -----------------------------------------------------------------------------------------


def test_r3gan_terms_by_hand():
    model = R3GAN(shift(0.0), judge(2.0), gamma=0.5, seed=0)
    real, fakes = column(LOG3, 1.0), column(0.0, 1.0)
    # the pairs' logits differ by 2 log 3 = log 9 and by 0
    terms = numbers(model.discriminator_loss(real, fakes))
    assert terms["adversarial"] == pytest.approx((np.log(10 / 9) + np.log(2)) / 2, rel=1e-5)
    # the slope is 2 everywhere: gamma / 2 * 4
    assert terms["real_slope"] == pytest.approx(1.0)
    assert terms["fake_slope"] == pytest.approx(1.0)
    terms = numbers(model.generator_loss(real, fakes))
    assert terms["adversarial"] == pytest.approx((np.log(10) + np.log(2)) / 2, rel=1e-5)


def test_r3gans_penalties_and_an_optional_one_add_up():
    settings = {"filters": 4, "seed": 0}
    plain, more = (R3GAN.create((8, 8, 1), **settings, r1=r1) for r1 in (0.0, 3.0))
    images = ops.ones((2, 8, 8, 1))
    terms = [model.discriminator_loss(images, -images).keys() for model in (plain, more)]
    assert terms[1] - terms[0] == {"r1"} and len(terms[0]) == 3


@pytest.mark.parametrize("network", ["mlp", "dcgan", "resnet", "r3gan"])
def test_r3gan_normalizes_nothing(network):
    model = R3GAN.create((8, 8, 1), network=network, filters=4)
    kinds = {
        type(layer).__name__
        for net in (model.generator, model.discriminator)
        for layer in net.layers
    }
    assert not [kind for kind in kinds if "Norm" in kind]


@pytest.mark.parametrize("variant", [DCGAN, LSGAN, InfoGAN])
def test_the_slope_at_real_images_is_held_by_default_but_for_points(variant):
    (penalty,) = variant.create((8, 8, 1)).penalties
    assert penalty.name == "r1" and penalty.weight == variant.r1 > 0.0
    assert variant.create((8, 8, 1), r1=0.0).penalties == ()
    assert variant.create((2,)).penalties == ()
