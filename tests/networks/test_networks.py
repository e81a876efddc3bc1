"""DCGAN's and the perceptrons' networks, and what discriminators are put together from."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_gans import layers
from keras_gans.networks import dcgan, mlp, parts


def ones(*shape):
    return np.ones(shape, "float32")


@pytest.mark.parametrize("size", [8, 14, 16, 28, 32, 56, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_dcgan_makes_and_judges_images_of_every_size_that_fits(size, channels):
    shape = (size, size, channels)
    images = dcgan.generator(shape, latent_dim=5, filters=2)(ones(3, 5))
    assert images.shape == (3, *shape)
    assert parts.verdict(dcgan.body(shape, filters=2))(images).shape == (3, 1)


@pytest.mark.parametrize("size", [4, 7, 12, 30, 50, 100])
def test_dcgan_refuses_other_sizes_and_names_those_that_fit(size):
    for build in (dcgan.generator, dcgan.body):
        with pytest.raises(ValueError, match=f"8, 14, 16, 28, 32, 56, 64.* not {size}"):
            build((size, size, 3))


def test_dcgan_neither_pools_nor_keeps_dense_layers_between_convolutions():
    kinds = [type(layer).__name__ for layer in dcgan.body((32, 32, 3)).layers]
    assert not any("Pool" in name for name in kinds)
    assert kinds.count("Conv2D") == 3 and kinds.count("Dense") == 0
    generator = [type(layer).__name__ for layer in dcgan.generator((32, 32, 3)).layers]
    assert generator.count("Conv2DTranspose") == 3 and generator.count("Dense") == 1


def test_dcgan_starts_from_the_papers_weights():
    keras.utils.set_random_seed(0)
    kernels = [
        ops.convert_to_numpy(layer.kernel)
        for layer in dcgan.body((64, 64, 3)).layers
        if hasattr(layer, "kernel")
    ]
    assert len(kernels) == 4
    for kernel in kernels:
        assert kernel.std() == pytest.approx(0.02, rel=0.1)


@pytest.mark.parametrize("shape", [(2,), (6, 6, 1)])
def test_mlp_shapes(shape):
    samples = mlp.generator(shape, latent_dim=5, filters=2)(ones(4, 5))
    assert samples.shape == (4, *shape)
    assert parts.verdict(mlp.body(shape, filters=2))(samples).shape == (4, 1)


def test_normalization_is_that_of_images_and_not_of_points():
    for build in (mlp.generator, mlp.body):
        for shape, expected in (((6, 6, 1), True), ((2,), False)):
            network = build(shape, filters=2, normalization=layers.BatchNormalization)
            kinds = {type(layer).__name__ for layer in network.layers}
            assert ("BatchNormalization" in kinds) == expected


def body(size=2):
    images = keras.Input((size,), name="images")
    return keras.Model(images, keras.layers.Rescaling(1.0)(images), name="body")


def test_projection_by_hand():
    """Logit = features . weights + bias + features . the label's vector."""
    network = parts.projection(body(), classes=2)
    embedding, dense = (
        next(layer for layer in network.layers if isinstance(layer, kind))
        for kind in (keras.layers.Embedding, keras.layers.Dense)
    )
    embedding.set_weights([np.array([[1.0, 0.0], [0.0, 10.0]])])
    dense.set_weights([np.array([[2.0], [3.0]]), np.array([0.5])])
    features, labels = np.array([[1.0, 1.0], [2.0, 1.0]], "float32"), np.array([0, 1])
    logits = network([features, labels])
    np.testing.assert_allclose(logits, [[5.5 + 1.0], [7.5 + 10.0]])


def test_labels_reach_a_generator_beside_its_latents():
    latents = keras.Input((5,))
    network = keras.Model(latents, keras.layers.Rescaling(1.0)(latents), name="generator")
    told = parts.labelled_generator(network, classes=2, codes=1)
    assert [tensor.name for tensor in told.inputs] == ["latents", "labels", "codes"]
    made = told([np.array([[7.0, 8.0]]), np.array([1]), np.array([[9.0]])])
    np.testing.assert_array_equal(made, [[7.0, 8.0, 0.0, 1.0, 9.0]])


@pytest.mark.parametrize("shape", [(2, 3, 1), (2,)])
def test_labels_reach_a_discriminator_as_channels_that_are_the_same_everywhere(shape):
    def build(shape):
        images = keras.Input(shape)
        return keras.Model(images, keras.layers.Rescaling(1.0)(images))

    network = parts.labelled_discriminator(build, shape, classes=3)
    seen = ops.convert_to_numpy(network([7.0 * ones(1, *shape), np.array([2])]))
    assert seen.shape == (1, *shape[:-1], shape[-1] + 3)
    assert np.all(seen[..., : shape[-1]] == 7.0)
    assert np.all(seen[..., shape[-1] :] == [0.0, 0.0, 1.0])


def test_views_change_what_is_seen_in_training():
    network = parts.seen_through(body(), [layers.InstanceNoise(1.0, seed=0)])
    np.testing.assert_array_equal(network(ones(2, 2)), ones(2, 2))
    assert np.abs(network(ones(2, 2), training=True) - 1.0).min() > 0
    plain = body()
    assert parts.seen_through(plain, []) is plain


@pytest.mark.parametrize(
    "build",
    [
        lambda: mlp.generator((4, 4, 1), 3, 2),
        lambda: dcgan.generator((8, 8, 1), 3, 2),
        lambda: parts.verdict(mlp.body((4, 4, 1), 2)),
        lambda: parts.verdict(dcgan.body((8, 8, 1), 2)),
    ],
)
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_networks_end_in_float32_whatever_the_policy(build, policy):
    keras.config.set_dtype_policy(policy)
    network = build()
    outputs = network(ones(2, *network.input_shape[1:]))
    assert keras.backend.standardize_dtype(outputs.dtype) == "float32"
