from dataclasses import replace

import keras
import numpy as np
import pytest

from keras_gans.models import CycleGAN, Pix2Pix
from keras_gans.networks import patch, unet
from keras_gans.training.schedules import ConstantThenLinear


def constant(value, name, shape=(24, 24, 3)):
    """A generator that returns its input times a value."""
    inputs = keras.Input(shape)
    layer = keras.layers.Rescaling(value)
    return keras.Model(inputs, layer(inputs), name=name)


def mean_discriminator(name):
    """A discriminator whose only logit is the image's mean."""
    inputs = keras.Input((24, 24, 3))
    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(inputs)[:, :1], name=name)


def numbers(named_losses):
    return {name: float(value) for name, value in named_losses.items()}


def test_cyclegans_losses_by_hand():
    # a_to_b doubles, b_to_a triples; a = 0.1, b = 0.2 everywhere.
    generators = constant(2.0, "a_to_b"), constant(3.0, "b_to_a")
    model = CycleGAN(*generators, mean_discriminator("a"), mean_discriminator("b"), seed=1)
    a, b = (np.full((1, 24, 24, 3), value, "float32") for value in (0.1, 0.2))
    fakes = model.generate((a, b))
    found = numbers(model.generator_loss((a, b), fakes))
    # fake b = 0.2, fake a = 0.6, and the logits are their means: (0.2 - 1)^2 + (0.6 - 1)^2
    assert found["adversarial"] == pytest.approx(0.64 + 0.16, rel=1e-5)
    # reconstructions: a -> 0.6, off by 0.5; b -> 1.2, off by 1.0; weight 10
    assert found["cycle"] == pytest.approx(10 * (0.5 + 1.0), rel=1e-5)
    # identity: a_to_b(b) = 0.4, off by 0.2; b_to_a(a) = 0.3, off by 0.2; weight 5
    assert found["identity"] == pytest.approx(5 * (0.2 + 0.2), rel=1e-5)
    found = numbers(model.discriminator_loss((a, b), fakes))
    # ((real - 1)^2 + fake^2) / 2, with fakes 0.6 of a and 0.2 of b
    assert found["adversarial_a"] == pytest.approx((0.81 + 0.36) / 2, rel=1e-5)
    assert found["adversarial_b"] == pytest.approx((0.64 + 0.04) / 2, rel=1e-5)


def test_the_cycle_loss_has_gradients_in_both_generators_of_each_cycle(variants):
    """It depends on each fake, and through it on the generator that made it."""
    import tensorflow as tf

    model = variants["cyclegan"].create(identity_weight=0.0)
    batch = variants["cyclegan"].batch(1)
    with tf.GradientTape(persistent=True) as tape:
        fakes = model.generate(batch)
        loss = model.generator_loss(batch, fakes)["cycle"]
    for generator, fake in ((model.a_to_b, fakes["b"]), (model.b_to_a, fakes["a"])):
        gradient = tape.gradient(loss, fake)
        assert float(tf.reduce_max(tf.abs(gradient))) > 0
        weights = [v.value for v in generator.trainable_variables]
        assert all(g is not None for g in tape.gradient(fake, weights, output_gradients=gradient))


def test_without_identity_weight_there_is_no_identity_loss(variants):
    variant = variants["cyclegan"]
    history = variant.fit(variant.create(identity_weight=0.0))
    assert "generator/identity" not in history and "generator/cycle" in history


def test_one_pass_over_both_domains_equals_two(variants):
    variant = variants["cyclegan"]
    model = variant.create()
    a, b = variant.batch(2)
    fakes = model.generate((a, b))
    np.testing.assert_allclose(fakes["b"], model.a_to_b(a), atol=1e-4)
    np.testing.assert_allclose(fakes["identity_b"], model.a_to_b(b), atol=1e-4)


def test_cyclegans_learning_rate_is_constant_then_decays_to_zero():
    rates = [float(ConstantThenLinear(0.2, 100)(step)) for step in (0, 49, 50, 75, 100, 120)]
    assert rates == pytest.approx([0.2, 0.2, 0.2, 0.1, 0.0, 0.0])
    optimizer = CycleGAN.make_optimizer(total_steps=10)
    assert optimizer.beta_1 == 0.5 and float(optimizer.learning_rate) == pytest.approx(2e-4)


@pytest.mark.parametrize(
    "network, blocks, kind",
    [("unet", None, keras.layers.Concatenate), ("mobile", 1, keras.layers.DepthwiseConv2D)],
)
def test_cyclegan_trains_with_other_networks(network, blocks, kind, variants):
    variant = variants["cyclegan"]
    changed = variant.hyperparameters | {"network": network, "blocks": blocks}
    variant = replace(variant, image_shape=(32, 32, 3), hyperparameters=changed)
    model = variant.create()
    for generator in model.generators.values():
        assert any(isinstance(layer, kind) for layer in generator.layers)
    history = variant.fit(model, count=1)
    assert all(np.isfinite(value[0]) for value in history.values())


def test_a_unet_has_no_residual_blocks():
    with pytest.raises(ValueError, match="U-Net has no residual blocks"):
        CycleGAN.create((64, 64, 3), network="unet", blocks=3)


def pair_discriminator():
    """A discriminator of pairs: the mean of the input plus twice that of the target."""
    inputs = keras.Input((32, 32, 2))
    weights = keras.initializers.Constant([[1.0], [2.0]])
    logits = keras.layers.Dense(1, use_bias=False, kernel_initializer=weights)(inputs)
    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(logits))


def test_pix2pixs_losses_by_hand():
    # The generator triples; input 0.1, target 0.5 everywhere.
    shape = (32, 32, 1)
    model = Pix2Pix(constant(3.0, "generator", shape), pair_discriminator(), seed=1)
    batch = tuple(np.full((2, *shape), value, "float32") for value in (0.1, 0.5))
    fakes = model.generate(batch)
    found = numbers(model.generator_loss(batch, fakes))
    # The fake is 0.3, its logit 0.1 + 2 * 0.3 = 0.7; off the target by 0.2, weight 100
    assert found == pytest.approx({"adversarial": np.log1p(np.exp(-0.7)), "l1": 20.0}, rel=1e-5)
    found = numbers(model.discriminator_loss(batch, fakes))
    # The real pair's logit is 0.1 + 2 * 0.5 = 1.1
    total = np.log1p(np.exp(-1.1)) + np.log1p(np.exp(0.7))
    assert found == pytest.approx({"adversarial": total / 2}, rel=1e-5)


def test_pix2pixs_losses_depend_on_the_input(variants):
    """The same target with another input is another pair."""
    model = variants["pix2pix"].create()
    inputs, images = variants["pix2pix"].batch(2)
    for loss in (model.generator_loss, model.discriminator_loss):
        first, second = (float(loss((x, images), images)["adversarial"]) for x in (inputs, -inputs))
        assert abs(first - second) > 1e-4


def test_pix2pixs_noise_is_dropout_which_depends_on_the_seed(variants):
    variant = variants["pix2pix"]
    batch = variant.batch(1)
    model, same = variant.create(), variant.create()
    first, second = (np.asarray(model.generate(batch)) for _ in range(2))
    assert np.abs(first - second).max() > 1e-4
    np.testing.assert_array_equal(first, same.generate(batch))
    grids = [np.asarray(model.sample_grid(batch)["generated"]) for _ in range(2)]
    np.testing.assert_array_equal(*grids)


def test_pix2pix_can_have_other_output_channels():
    generator = unet.translator((32, 32, 3), filters=1, name="generator", channels=1)
    model = Pix2Pix(generator, patch.discriminator((32, 32, 4), filters=1), seed=0)
    inputs, targets = np.zeros((2, 32, 32, 3), "float32"), np.zeros((2, 32, 32, 1), "float32")
    fakes = model.generate((inputs, targets))
    assert fakes.shape == targets.shape
    assert np.isfinite(float(model.discriminator_loss((inputs, targets), fakes)["adversarial"]))
