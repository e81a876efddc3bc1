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
from keras_gans.networks import r3gan, resnet
from keras_gans.networks.spectral import spectral_normalization

FAMILIES = pytest.mark.parametrize("family", [resnet, r3gan], ids=["resnet", "r3gan"])


def latents(count, length):
    return np.random.default_rng(0).normal(size=(count, length)).astype("float32")


def images(*shape):
    return np.random.default_rng(0).uniform(-1, 1, shape).astype("float32")


@FAMILIES
@pytest.mark.parametrize("side", [8, 14, 16, 28, 32])
@pytest.mark.parametrize("channels", [1, 3])
def test_images_of_every_size_that_fits_are_made_and_described(family, side, channels):
    shape = (side, side, channels)
    generator, body = family.generator(shape, latent_dim=5, filters=4), family.body(shape, 4)
    assert (generator.name, body.name) == ("generator", "body")
    assert (generator.inputs[0].name, body.inputs[0].name) == ("latents", "images")
    fakes = keras.ops.convert_to_numpy(generator(latents(3, 5)))
    assert fakes.shape == (3, *shape) and np.abs(fakes).max() <= 1.0
    smallest = 4 if side in (8, 16, 32) else 7
    assert body(fakes).shape == (3, 2 * side // smallest)  # filters doubled, half next to the image


@FAMILIES
@pytest.mark.parametrize("shape", [(30, 30, 1), (8, 16, 1), (2,)])
def test_other_sizes_are_refused(family, shape):
    for build in (family.generator, family.body):
        with pytest.raises(ValueError, match="this network makes"):
            build(shape)


@FAMILIES
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_generators_end_in_float32_whatever_the_policy(family, policy):
    keras.config.set_dtype_policy(policy)
    fakes = family.generator((8, 8, 1), 5, 4)(latents(2, 5))
    assert keras.backend.standardize_dtype(fakes.dtype) == "float32"
    features = keras.ops.convert_to_numpy(family.body((8, 8, 1), 4)(fakes))
    assert np.isfinite(features.astype("float32")).all()


def layers_of(network, kind):
    return [layer for layer in network.layers if isinstance(layer, kind)]


@FAMILIES
def test_normalization_is_where_it_is_asked_for(family):
    kinds = (keras.layers.BatchNormalization, keras.layers.GroupNormalization)
    for build in (family.generator, lambda *args, **kw: family.body(args[0], args[2], **kw)):
        assert not layers_of(build((8, 8, 1), 5, 4, normalization=None), kinds)
        for make, kind in zip((BatchNormalization, LayerNormalization), kinds, strict=True):
            assert layers_of(build((8, 8, 1), 5, 4, normalization=make), kind)


@FAMILIES
def test_bodies_are_differentiable_twice_as_penalties_on_the_slope_need(family):
    keras.utils.set_random_seed(0)
    body = family.body((8, 8, 1), 4, normalization=LayerNormalization)
    pictures = tf.constant(images(2, 8, 8, 1))
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(pictures)
            score = tf.reduce_sum(body(pictures, training=True) ** 2)
        penalty = tf.reduce_sum(inner.gradient(score, pictures) ** 2)
    kernels = [weight for weight in body.trainable_weights if weight.name == "kernel"]
    gradients = outer.gradient(penalty, [kernel.value for kernel in kernels])
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    assert any(np.abs(gradient).max() > 0 for gradient in gradients)


@FAMILIES
def test_generators_are_exported_to_builtin_operators(family, tmp_path):
    generator = family.generator((8, 8, 1), 5, 16)
    generator.export(
        tmp_path / "g.tflite",
        format="litert",
        verbose=False,
        input_signature=[keras.InputSpec(shape=(2, 5), dtype="float32", name="latents")],
        target_spec={"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]},
    )
    assert (tmp_path / "g.tflite").stat().st_size > 0


def test_r3gans_residual_blocks_start_as_the_identity():
    for network in (r3gan.generator((16, 16, 1), 5, 4), r3gan.body((16, 16, 1), 4, blocks=2)):
        joints = layers_of(network, keras.layers.Add)
        ends = keras.Model(network.input, [(joint.input[0], joint.output) for joint in joints])
        for before, after in ends(images(2, *network.input_shape[1:])):
            np.testing.assert_array_equal(before, after)
        assert len(joints) == 3 * (2 if network.name == "body" else 1)


def test_r3gan_has_the_papers_weights_and_groups():
    keras.utils.set_random_seed(0)
    body = r3gan.body((28, 28, 1), 64)
    # Variance 2 / (1 + 0.2^2) over the inputs of a pixel, over the root of three blocks.
    for layer, inputs in zip(layers_of(body, GroupedConv2D), (144, 144, 144), strict=True):
        assert layer.filters // layer.groups == 16
        kernel = keras.ops.convert_to_numpy(layer.kernel)
        assert kernel.std() == pytest.approx((2 / 1.04 / 3**0.5 / inputs) ** 0.5, rel=0.05)
    basis = keras.ops.convert_to_numpy(layers_of(body, keras.layers.DepthwiseConv2D)[0].kernel)
    assert basis.shape == (7, 7, 128, 1) and basis.std() == pytest.approx(1 / 7, rel=0.05)


@pytest.mark.parametrize("filters", [1, 30, 50])
def test_r3gan_takes_any_width(filters):
    assert r3gan.body((8, 8, 1), filters)(images(2, 8, 8, 1)).shape == (2, filters)


def test_r3gans_width_stops_at_the_papers():
    widths = [
        joint.output.shape[-1]
        for joint in layers_of(r3gan.body((64, 64, 1), 256), keras.layers.Add)
    ]
    assert widths == [128, 256, 512, 768, 768]


def test_resnets_features_are_sums_over_pixels():
    body = resnet.body((8, 8, 1), 4, normalization=None)
    before = keras.Model(body.input, layers_of(body, keras.layers.ReLU)[-1].output)
    pictures = images(2, 8, 8, 1)
    np.testing.assert_allclose(
        body(pictures), np.sum(before(pictures), axis=(1, 2)), rtol=1e-5, atol=1e-6
    )


def discriminator():
    """Return a network with one inside it, of all the layers that are normalized."""
    pictures, labels = keras.Input((8, 8, 1), name="images"), keras.Input((), dtype="int32")
    features = resnet.body((8, 8, 1), 4, normalization=None)(pictures)
    wanted = keras.layers.Embedding(3, 4)(labels)
    fitting = keras.layers.Dot(-1)([features, wanted])
    logits = keras.layers.Dense(1, dtype="float32")(features)
    return keras.Model([pictures, labels], keras.layers.Add()([logits, fitting]), name="critic")


def test_spectral_normalization_is_of_every_kernel_of_networks_inside_too():
    network = discriminator()
    normalized = spectral_normalization(network)
    batch = [images(2, 8, 8, 1), np.array([0, 2])]
    train = tf.function(lambda: normalized(batch, training=True))
    for _ in range(150):
        train()
    kinds = (SpectralConv2D, SpectralDense, SpectralEmbedding)
    found = layers_of(normalized, kinds) + layers_of(normalized.get_layer("body"), kinds)
    assert len(found) == 6 + 1 + 1
    for layer in found:
        kernel = layer.embeddings if isinstance(layer, SpectralEmbedding) else layer.kernel
        matrix = keras.ops.convert_to_numpy(kernel).reshape(-1, kernel.shape[-1])
        assert np.linalg.norm(matrix, 2) == pytest.approx(1.0, rel=1e-3)
    assert normalized.name == "critic" and normalized.inputs[0].name == "images"


def test_spectral_normalization_leaves_the_network_it_is_given_alone():
    network = discriminator()
    before = network.get_weights()
    normalized = spectral_normalization(network)
    normalized([images(2, 8, 8, 1), np.array([0, 2])], training=True)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert not {id(w) for w in network.weights} & {id(w) for w in normalized.weights}


def test_spectral_normalization_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="does not know GroupedConv2D"):
        spectral_normalization(r3gan.body((8, 8, 1), 4))
