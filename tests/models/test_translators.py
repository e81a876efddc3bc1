from dataclasses import replace

import keras
import numpy as np
import pytest

from keras_gans import losses
from keras_gans.layers import DepthToSpace
from keras_gans.models import CUT, CycleGAN, Pix2Pix
from keras_gans.networks import patch, patch_features, resnet_translator, unet
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
    [
        ("unet", None, keras.layers.Concatenate),
        ("mobile", 1, keras.layers.DepthwiseConv2D),
        ("subpixel", 1, DepthToSpace),
    ],
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


@pytest.mark.parametrize("model", [CycleGAN, CUT])
@pytest.mark.parametrize("side, words", [(18, "24 pixels or more"), (26, "24 or 28")])
def test_sizes_that_are_suggested_are_those_that_all_networks_take(model, side, words):
    with pytest.raises(ValueError, match=f"{words}.*, not {side}"):
        model.create((side, side, 3))


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


def test_patch_nce_by_hand():
    # Two patches, temperature 1/2. Queries [1, 0] and [0, 1], keys [1, 0] and [0.6, 0.8]:
    # similarities 1 and 0.6, which become 2 and 1.2, and 0 and 0.8, which become 0 and 1.6.
    queries = np.array([[[1.0, 0.0], [0.0, 1.0]]], "float32")
    keys = np.array([[[1.0, 0.0], [0.6, 0.8]]], "float32")
    first = -np.log(np.exp(2.0) / (np.exp(2.0) + np.exp(1.2)))
    second = -np.log(np.exp(1.6) / (np.exp(0.0) + np.exp(1.6)))
    assert (first, second) == pytest.approx((0.3711, 0.1839), abs=1e-4)
    assert np.asarray(losses.patch_nce(queries, keys, 0.5)) == pytest.approx([0.27750], abs=1e-4)


def test_patch_nces_negatives_are_of_the_same_image_only():
    vectors = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    queries, keys = vectors, vectors[:, ::-1]
    both = np.asarray(losses.patch_nce(queries, keys))
    for index in range(2):
        alone = losses.patch_nce(queries[index : index + 1], keys[index : index + 1])
        assert np.asarray(alone) == pytest.approx([both[index]], rel=1e-5)


def test_patch_nce_has_no_gradient_in_the_keys():
    import tensorflow as tf

    queries, keys = (tf.Variable(np.eye(3, dtype="float32")[None]) for _ in range(2))
    with tf.GradientTape() as tape:
        loss = losses.patch_nce(queries, keys)
    gradients = tape.gradient(loss, [queries, keys])
    assert np.abs(np.asarray(gradients[0])).max() > 0 and gradients[1] is None


def cut(**hyperparameters):
    """A small CUT."""
    keras.utils.set_random_seed(1)
    networks = {"filters": 2, "blocks": 2, "discriminator_filters": 2}
    return CUT.create((24, 24, 3), seed=3, **networks, **hyperparameters)


def images(count=1, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, 24, 24, 3)).astype("float32")


@pytest.mark.parametrize(
    "blocks, shapes",
    [
        (0, [(24, 3), (12, 4), (6, 8)]),
        (1, [(24, 3), (12, 4), (6, 8), (6, 8)]),
        (3, [(24, 3), (12, 4), (6, 8), (6, 8), (6, 8)]),
        (6, [(24, 3), (12, 4), (6, 8), (6, 8), (6, 8)]),
    ],
)
def test_cuts_features_are_of_pixels_strided_convolutions_and_two_blocks(blocks, shapes):
    network = resnet_translator.translator((24, 24, 3), 2, blocks)
    encoder = patch_features.encoder(network)
    assert [(x.shape[1], x.shape[-1]) for x in encoder.outputs] == shapes
    sums = [layer.output for layer in network.layers if isinstance(layer, keras.layers.Add)]
    chosen = [sums[0], sums[min(blocks, 5) - 1]][:blocks] if blocks else []
    assert all(x is y for x, y in zip(encoder.outputs[3:], chosen, strict=True))
    strided = [layer for layer in network.layers if getattr(layer, "strides", 0) == (2, 2)]
    assert encoder.outputs[1] is strided[0].output and encoder.outputs[2] is strided[1].output


def test_cut_samples_the_same_places_of_inputs_and_translations():
    seed = keras.random.SeedGenerator(0)
    places = np.arange(20 * 20, dtype="float32").reshape(1, 20, 20, 1)
    one, other = patch_features.sample([[places], [-places]], 256, seed)
    found = np.asarray(one[0]).ravel()
    assert len(set(found)) == len(found) == 256 and np.any(np.diff(found) < 0)
    np.testing.assert_array_equal(found, -np.asarray(other[0]).ravel())
    (all_places,), _ = patch_features.sample([[places[:, :3, :3]], [places[:, :3, :3]]], 256, seed)
    assert all_places.shape == (1, 9, 1)


def test_an_image_that_stays_has_the_least_patch_nce():
    model = cut()
    same, other = (
        float(model._patch_nce(images(), fakes)[0]) for fakes in (images(), images(seed=1))
    )
    assert same < other


def test_cuts_losses_have_the_weights_of_the_paper():
    batch, fakes = (images(2), images(2, seed=1)), images(4, seed=2)
    once = numbers(cut().generator_loss(batch, fakes))
    weighted = cut(nce_weight=3.0, identity_nce_weight=0.5)
    assert numbers(weighted.generator_loss(batch, fakes)) == pytest.approx(
        {
            "adversarial": once["adversarial"],
            "nce": 3.0 * once["nce"],
            "identity_nce": 0.5 * once["identity_nce"],
        },
        rel=1e-5,
    )


def test_cuts_identity_loss_is_of_domain_b():
    model = cut()
    a, b = images(), images(seed=1)
    generated = model.generate((a, b))
    np.testing.assert_allclose(generated[:1], model.generator(a), atol=1e-5)
    np.testing.assert_allclose(generated[1:], model.generator(b), atol=1e-5)
    # The generator changes nothing in domain b, and everything in a: only one of them is large.
    found = numbers(cut(patches=64).generator_loss((a, b), np.concatenate([-a, b])))
    assert found["identity_nce"] < found["nce"]


def test_cuts_adversarial_losses_by_hand():
    generator = resnet_translator.translator((24, 24, 3), 1, 1)
    mlps = patch_features.mlps(patch_features.encoder(generator), 4)
    model = CUT(generator, mean_discriminator("discriminator"), mlps, patches=4, seed=1)
    batch = tuple(np.full((1, 24, 24, 3), value, "float32") for value in (0.1, 0.2))
    fakes = np.concatenate([np.full((1, 24, 24, 3), value, "float32") for value in (0.6, 0.9)])
    # The translation's logit is 0.6: (0.6 - 1)^2. The identity image is not discriminated.
    assert numbers(model.generator_loss(batch, fakes))["adversarial"] == pytest.approx(
        0.16, rel=1e-4
    )
    # ((0.2 - 1)^2 + 0.6^2) / 2
    assert numbers(model.discriminator_loss(batch, fakes)) == pytest.approx(
        {"adversarial": 0.5}, rel=1e-4
    )


def test_cuts_mlps_are_trained_with_the_generator():
    model = cut()
    names = {id(v) for v in model.generator_variables}
    assert {id(v) for v in model.mlps.trainable_variables} < names
    assert model.generators.keys() == {"generator"}  # what is exported


def test_fastcut_compares_half_of_the_images_with_mirrored_ones():
    """A generator that mirrors nothing has another loss where the input is mirrored."""
    model = cut(fast=True, patches=10_000)
    plain = cut(fast=True, patches=10_000)
    plain.flip_equivariance = False
    a = np.repeat(images(), 32, axis=0)
    found, without = (np.asarray(m._patch_nce(a, -a)) for m in (model, plain))
    differ = np.abs(found - without) > 1e-4
    assert 4 < differ.sum() < 28
    history = model.generator_loss((a, a), a)
    assert history.keys() == {"adversarial", "nce"}


def test_cuts_learning_rate_decays_to_zero_in_the_second_half():
    rates = CUT.make_optimizer(total_steps=100)
    assert rates.beta_1 == 0.5 and rates.beta_2 == 0.999
    assert float(ConstantThenLinear(2e-4, 100)(75)) == pytest.approx(1e-4)
    assert float(rates.learning_rate) == pytest.approx(2e-4)
