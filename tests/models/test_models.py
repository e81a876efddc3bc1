import keras
import numpy as np
import pytest
from keras import ops

from keras_gans import losses
from keras_gans.models import GAN, CycleGAN
from keras_gans.schedules import ConstantThenLinear


def constant(value, name, shape=(24, 24, 3)):
    """A translator that returns its input times a value."""
    inputs = keras.Input(shape)
    layer = keras.layers.Rescaling(value)
    return keras.Model(inputs, layer(inputs), name=name)


def judge(name):
    """A discriminator whose only logit is the image's mean."""
    inputs = keras.Input((24, 24, 3))
    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(inputs)[:, :1], name=name)


def test_cyclegan_terms_by_hand():
    # a_to_b doubles, b_to_a triples; a = 0.1, b = 0.2 everywhere.
    model = CycleGAN(
        constant(2.0, "a_to_b"), constant(3.0, "b_to_a"), judge("a"), judge("b"), seed=1
    )
    a, b = (np.full((1, 24, 24, 3), value, "float32") for value in (0.1, 0.2))
    fakes = model.generate((a, b))
    terms = {name: float(value) for name, value in model.generator_loss((a, b), fakes).items()}
    # fake b = 0.2, fake a = 0.6, each judged by its mean: (0.2 - 1)^2 + (0.6 - 1)^2
    assert terms["adversarial"] == pytest.approx(0.64 + 0.16, rel=1e-5)
    # around: a -> 0.6, off by 0.5; b -> 1.2, off by 1.0; weight 10
    assert terms["cycle"] == pytest.approx(10 * (0.5 + 1.0), rel=1e-5)
    # same: a_to_b(b) = 0.4, off by 0.2; b_to_a(a) = 0.3, off by 0.2; weight 5
    assert terms["identity"] == pytest.approx(5 * (0.2 + 0.2), rel=1e-5)
    terms = {name: float(value) for name, value in model.discriminator_loss((a, b), fakes).items()}
    # ((real - 1)^2 + fake^2) / 2, the fakes of a being 0.6 and of b 0.2
    assert terms["a"] == pytest.approx((0.81 + 0.36) / 2, rel=1e-5)
    assert terms["b"] == pytest.approx((0.64 + 0.04) / 2, rel=1e-5)


def test_both_cycles_reach_both_translators(variants):
    """The cycle term pulls at each translation, and through it at the translator that made it."""
    import tensorflow as tf

    model = variants["cyclegan"].create(identity_weight=0.0)
    batch = variants["cyclegan"].batch(1)
    with tf.GradientTape(persistent=True) as tape:
        fakes = model.generate(batch)
        term = model.generator_loss(batch, fakes)["cycle"]
    for translator, fake in ((model.a_to_b, fakes["b"]), (model.b_to_a, fakes["a"])):
        pull = tape.gradient(term, fake)
        assert float(tf.reduce_max(tf.abs(pull))) > 0
        weights = [v.value for v in translator.trainable_variables]
        assert all(g is not None for g in tape.gradient(fake, weights, output_gradients=pull))


def test_no_identity_weight_leaves_the_term_out(variants):
    variant = variants["cyclegan"]
    history = variant.fit(variant.create(identity_weight=0.0))
    assert "generator/identity" not in history and "generator/cycle" in history


def test_one_pass_for_two_translations_equals_two(variants):
    variant = variants["cyclegan"]
    model = variant.create()
    a, b = variant.batch(2)
    fakes = model.generate((a, b))
    np.testing.assert_allclose(fakes["b"], model.a_to_b(a), atol=1e-4)
    np.testing.assert_allclose(fakes["same_b"], model.a_to_b(b), atol=1e-4)


def test_cyclegans_rate_is_constant_then_falls_to_zero():
    rates = [float(ConstantThenLinear(0.2, 100)(step)) for step in (0, 49, 50, 75, 100, 120)]
    assert rates == pytest.approx([0.2, 0.2, 0.2, 0.1, 0.0, 0.0])
    optimizer = CycleGAN.make_optimizer(total_steps=10)
    assert optimizer.beta_1 == 0.5 and float(optimizer.learning_rate) == pytest.approx(2e-4)


def test_gan_can_play_the_zero_sum_game():
    assert isinstance(GAN.create((2,)).adversarial_loss, losses.NonSaturating)
    zero_sum = GAN.create((2,), generator_loss="minimax")
    assert type(zero_sum.adversarial_loss) is losses.Minimax


def test_discriminators_find_the_optimum_of_a_solvable_game():
    """Real 1 and 0 equally often, fake always 0: D(1) = 1, D(0) = (1/2) / (1/2 + 1) = 1/3."""
    inputs = keras.Input((1,))
    logits = keras.layers.Dense(1)(inputs)
    generator = keras.layers.Dense(1, kernel_initializer="zeros")(inputs)
    model = GAN(keras.Model(inputs, generator), keras.Model(inputs, logits), seed=0)
    model.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(1.0))
    import tensorflow as tf

    real = tf.constant([[0.0], [1.0]])
    data = tf.data.Dataset.from_tensors(real).repeat()
    model.fit(data, steps_per_epoch=500, shuffle=False, verbose=0)
    verdicts = ops.sigmoid(model.discriminator(real))
    assert float(verdicts[0, 0]) == pytest.approx(1 / 3, abs=0.01)
    assert float(verdicts[1, 0]) > 0.95


def test_noise_differs_from_step_to_step_and_follows_the_seed():
    draws = [
        np.asarray(model.latents(3)) for model in (GAN.create((2,), seed=4),) for _ in range(2)
    ]
    assert np.abs(draws[0] - draws[1]).min() > 1e-4
    np.testing.assert_array_equal(draws[0], GAN.create((2,), seed=4).latents(3))


def test_a_variant_of_the_readmes_shape_plays_its_own_game():
    class LSGAN(GAN):
        adversarial_loss = losses.LeastSquares()

    assert isinstance(LSGAN.create((2,)).adversarial_loss, losses.LeastSquares)


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
