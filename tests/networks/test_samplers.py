import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import (
    BatchNormalization,
    GroupedConv2D,
    LayerNormalization,
    SpectralConv2D,
    SpectralDense,
    SpectralEmbedding,
)
from keras_gans.networks import fastgan, r3gan, resnet
from keras_gans.networks.spectral import spectral_normalization

ARCHITECTURES = pytest.mark.parametrize(
    "architecture", [resnet, r3gan, fastgan], ids=["resnet", "r3gan", "fastgan"]
)


def latents(count, length):
    return np.random.default_rng(0).normal(size=(count, length)).astype("float32")


def images(*shape):
    return np.random.default_rng(0).uniform(-1, 1, shape).astype("float32")


@ARCHITECTURES
@pytest.mark.parametrize("side", [8, 14, 16, 28, 32])
@pytest.mark.parametrize("channels", [1, 3])
def test_there_are_networks_for_every_supported_size(architecture, side, channels):
    shape = (side, side, channels)
    generator = architecture.generator(shape, latent_dim=5, filters=4)
    backbone = architecture.backbone(shape, 4)
    assert (generator.name, backbone.name) == ("generator", "backbone")
    assert (generator.inputs[0].name, backbone.inputs[0].name) == ("latents", "images")
    fakes = keras.ops.convert_to_numpy(generator(latents(3, 5)))
    assert fakes.shape == (3, *shape) and np.abs(fakes).max() <= 1.0
    smallest = 4 if side in (8, 16, 32) else 7
    # Channels double at each smaller size; there are half as many at the full size.
    width = 2 * side // smallest
    pixels = smallest**2 if architecture is fastgan else 1
    assert backbone(fakes).shape == (3, pixels * width)


@ARCHITECTURES
@pytest.mark.parametrize("shape", [(30, 30, 1), (8, 16, 1), (2,)])
def test_other_sizes_are_errors(architecture, shape):
    for build in (architecture.generator, architecture.backbone):
        with pytest.raises(ValueError, match="this network makes"):
            build(shape)


@ARCHITECTURES
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_generated_images_are_float32_whatever_the_policy(architecture, policy):
    keras.config.set_dtype_policy(policy)
    fakes = architecture.generator((8, 8, 1), 5, 4)(latents(2, 5))
    assert keras.backend.standardize_dtype(fakes.dtype) == "float32"
    features = keras.ops.convert_to_numpy(architecture.backbone((8, 8, 1), 4)(fakes))
    assert np.isfinite(features.astype("float32")).all()


def layers_of(network, kind):
    return [layer for layer in network.layers if isinstance(layer, kind)]


@ARCHITECTURES
def test_normalization_can_be_chosen(architecture):
    kinds = (keras.layers.BatchNormalization, keras.layers.GroupNormalization)

    def backbone(shape, _, filters, normalization):
        return architecture.backbone(shape, filters, normalization)

    for build in (architecture.generator, backbone):
        assert not layers_of(build((8, 8, 1), 5, 4, normalization=None), kinds)
        for make, kind in zip((BatchNormalization, LayerNormalization), kinds, strict=True):
            assert layers_of(build((8, 8, 1), 5, 4, normalization=make), kind)


@ARCHITECTURES
def test_backbones_are_differentiable_twice_as_gradient_penalties_need(architecture):
    keras.utils.set_random_seed(0)
    backbone = architecture.backbone((8, 8, 1), 4, normalization=LayerNormalization)
    batch_images = tf.constant(images(2, 8, 8, 1))
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(batch_images)
            score = tf.reduce_sum(backbone(batch_images, training=True) ** 2)
        penalty = tf.reduce_sum(inner.gradient(score, batch_images) ** 2)
    kernels = [weight for weight in backbone.trainable_weights if weight.name == "kernel"]
    gradients = outer.gradient(penalty, [kernel.value for kernel in kernels])
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    assert any(np.abs(gradient).max() > 0 for gradient in gradients)


@ARCHITECTURES
def test_generators_are_exported_with_builtin_operators_only(architecture, tmp_path):
    generator = architecture.generator((8, 8, 1), 5, 16)
    generator.export(
        tmp_path / "g.tflite",
        format="litert",
        verbose=False,
        input_signature=[keras.InputSpec(shape=(2, 5), dtype="float32", name="latents")],
        target_spec={"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]},
    )
    assert (tmp_path / "g.tflite").stat().st_size > 0


def test_r3gans_residual_blocks_start_as_the_identity():
    for network in (r3gan.generator((16, 16, 1), 5, 4), r3gan.backbone((16, 16, 1), 4, blocks=2)):
        sums = layers_of(network, keras.layers.Add)
        ends = keras.Model(network.input, [(layer.input[0], layer.output) for layer in sums])
        for before, after in ends(images(2, *network.input_shape[1:])):
            np.testing.assert_array_equal(before, after)
        assert len(sums) == 3 * (2 if network.name == "backbone" else 1)


def test_r3gan_has_the_papers_weights_and_groups():
    keras.utils.set_random_seed(0)
    backbone = r3gan.backbone((28, 28, 1), 64)
    # Variance 2 / (1 + 0.2^2), divided by the inputs per pixel and the root of three blocks.
    for layer, inputs in zip(layers_of(backbone, GroupedConv2D), (144, 144, 144), strict=True):
        assert layer.filters // layer.groups == 16
        kernel = keras.ops.convert_to_numpy(layer.kernel)
        assert kernel.std() == pytest.approx((2 / 1.04 / 3**0.5 / inputs) ** 0.5, rel=0.05)
    basis = keras.ops.convert_to_numpy(layers_of(backbone, keras.layers.DepthwiseConv2D)[0].kernel)
    assert basis.shape == (7, 7, 128, 1) and basis.std() == pytest.approx(1 / 7, rel=0.05)


@pytest.mark.parametrize("filters", [1, 30, 50])
def test_r3gan_takes_any_width(filters):
    assert r3gan.backbone((8, 8, 1), filters)(images(2, 8, 8, 1)).shape == (2, filters)


def test_r3gan_has_at_most_the_papers_width():
    widths = [
        layer.output.shape[-1]
        for layer in layers_of(r3gan.backbone((64, 64, 1), 256), keras.layers.Add)
    ]
    assert widths == [128, 256, 512, 768, 768]


@pytest.mark.parametrize(
    "side, excited",
    [
        (8, {8: 4}),
        (28, {28: 7}),
        (32, {32: 4}),
        (64, {64: 4}),
        (112, {112: 7}),
        (128, {64: 4, 128: 8}),
        (256, {64: 4, 128: 8, 256: 16}),
    ],
)
def test_fastgans_resolutions_are_excited_by_a_16th_of_their_side(side, excited):
    network = fastgan.generator((side, side, 1), 5, 1)
    found = {}
    for multiply in layers_of(network, keras.layers.Multiply):
        features, gates = multiply.input
        assert gates.shape == (None, 1, 1, features.shape[-1])
        hidden = gates._keras_history.operation.input
        pooled = hidden._keras_history.operation.input
        source = pooled._keras_history.operation.input
        found[features.shape[1]] = source.shape[1]
    assert found == excited


def test_fastgans_excitation_weighs_channels_by_a_smaller_resolution():
    keras.utils.set_random_seed(0)
    network = fastgan.generator((8, 8, 1), 5, 8)
    (multiply,) = layers_of(network, keras.layers.Multiply)
    before, gates, after = keras.Model(network.input, [*multiply.input, multiply.output])(
        latents(3, 5)
    )
    np.testing.assert_allclose(after, before * gates, atol=1e-6)
    gates = np.asarray(gates)
    assert gates.min() > 0 and gates.max() < 1 and gates.std(axis=0).min() > 0


def test_fastgan_has_at_most_the_papers_width():
    widths = [
        layer.output.shape[-1]
        for layer in layers_of(fastgan.backbone((64, 64, 1), 512), keras.layers.Average)
    ]
    assert widths == [512, 1024, 1024, 1024]


def test_fastgans_generator_has_no_transposed_convolution():
    kinds = {type(layer) for layer in fastgan.generator((64, 64, 3), 5, 1).layers}
    assert keras.layers.Conv2DTranspose not in kinds and keras.layers.UpSampling2D in kinds


def test_resnets_features_are_sums_over_pixels():
    backbone = resnet.backbone((8, 8, 1), 4, normalization=None)
    before = keras.Model(backbone.input, layers_of(backbone, keras.layers.ReLU)[-1].output)
    batch_images = images(2, 8, 8, 1)
    np.testing.assert_allclose(
        backbone(batch_images), np.sum(before(batch_images), axis=(1, 2)), rtol=1e-5, atol=1e-6
    )


def discriminator():
    """Return a nested network of all kinds of layers that are normalized."""
    batch_images, labels = keras.Input((8, 8, 1), name="images"), keras.Input((), dtype="int32")
    features = resnet.backbone((8, 8, 1), 4, normalization=None)(batch_images)
    embedding = keras.layers.Embedding(3, 4)(labels)
    projected = keras.layers.Dot(-1)([features, embedding])
    logits = keras.layers.Dense(1, dtype="float32")(features)
    return keras.Model(
        [batch_images, labels], keras.layers.Add()([logits, projected]), name="critic"
    )


def test_spectral_normalization_includes_nested_networks():
    network = discriminator()
    normalized = spectral_normalization(network)
    batch = [images(2, 8, 8, 1), np.array([0, 2])]
    train = tf.function(lambda: normalized(batch, training=True))
    for _ in range(150):
        train()
    kinds = (SpectralConv2D, SpectralDense, SpectralEmbedding)
    found = layers_of(normalized, kinds) + layers_of(normalized.get_layer("backbone"), kinds)
    assert len(found) == 6 + 1 + 1
    for layer in found:
        kernel = layer.embeddings if isinstance(layer, SpectralEmbedding) else layer.kernel
        matrix = keras.ops.convert_to_numpy(kernel).reshape(-1, kernel.shape[-1])
        assert np.linalg.norm(matrix, 2) == pytest.approx(1.0, rel=1e-3)
    assert normalized.name == "critic" and normalized.inputs[0].name == "images"


def test_spectral_normalization_does_not_change_the_given_network():
    network = discriminator()
    before = network.get_weights()
    normalized = spectral_normalization(network)
    normalized([images(2, 8, 8, 1), np.array([0, 2])], training=True)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert not {id(w) for w in network.weights} & {id(w) for w in normalized.weights}


def test_spectral_normalization_rejects_other_layers_with_kernels():
    with pytest.raises(ValueError, match="no spectral normalization of GroupedConv2D"):
        spectral_normalization(r3gan.backbone((8, 8, 1), 4))
