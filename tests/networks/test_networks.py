"""The networks of DCGAN and the MLP, heads and conditioning."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_gans import layers
from keras_gans.networks import conditioning, dcgan, heads, mlp


def ones(*shape):
    return np.ones(shape, "float32")


@pytest.mark.parametrize("size", [8, 14, 16, 28, 32, 56, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_dcgan_has_networks_for_every_supported_size(size, channels):
    shape = (size, size, channels)
    images = dcgan.generator(shape, latent_dim=5, filters=2)(ones(3, 5))
    assert images.shape == (3, *shape)
    assert heads.logits_head(dcgan.backbone(shape, filters=2))(images).shape == (3, 1)


@pytest.mark.parametrize("size", [4, 7, 12, 30, 50, 100])
def test_dcgan_rejects_other_sizes_and_names_the_supported_ones(size):
    for build in (dcgan.generator, dcgan.backbone):
        with pytest.raises(ValueError, match=f"8, 14, 16, 28, 32, 56, 64.* not {size}"):
            build((size, size, 3))


def test_dcgan_has_no_pooling_and_no_hidden_dense_layers():
    kinds = [type(layer).__name__ for layer in dcgan.backbone((32, 32, 3)).layers]
    assert not any("Pool" in name for name in kinds)
    assert kinds.count("Conv2D") == 3 and kinds.count("Dense") == 0
    generator = [type(layer).__name__ for layer in dcgan.generator((32, 32, 3)).layers]
    assert generator.count("Conv2DTranspose") == 3 and generator.count("Dense") == 1


def test_dcgan_starts_from_the_papers_weights():
    keras.utils.set_random_seed(0)
    kernels = [
        ops.convert_to_numpy(layer.kernel)
        for layer in dcgan.backbone((64, 64, 3)).layers
        if hasattr(layer, "kernel")
    ]
    assert len(kernels) == 4
    for kernel in kernels:
        assert kernel.std() == pytest.approx(0.02, rel=0.1)


@pytest.mark.parametrize("shape", [(2,), (6, 6, 1)])
def test_mlp_shapes(shape):
    samples = mlp.generator(shape, latent_dim=5, filters=2)(ones(4, 5))
    assert samples.shape == (4, *shape)
    assert heads.logits_head(mlp.backbone(shape, filters=2))(samples).shape == (4, 1)


def test_mlps_for_2d_points_are_not_normalized():
    for build in (mlp.generator, mlp.backbone):
        for shape, expected in (((6, 6, 1), True), ((2,), False)):
            network = build(shape, filters=2, normalization=layers.BatchNormalization)
            kinds = {type(layer).__name__ for layer in network.layers}
            assert ("BatchNormalization" in kinds) == expected


def backbone(size=2):
    images = keras.Input((size,), name="images")
    return keras.Model(images, keras.layers.Rescaling(1.0)(images), name="backbone")


def test_projection_by_hand():
    """Logit = features . weights + bias + features . embedding of the label."""
    network = heads.projection_head(backbone(), classes=2)
    embedding, dense = (
        next(layer for layer in network.layers if isinstance(layer, kind))
        for kind in (keras.layers.Embedding, keras.layers.Dense)
    )
    embedding.set_weights([np.array([[1.0, 0.0], [0.0, 10.0]])])
    dense.set_weights([np.array([[2.0], [3.0]]), np.array([0.5])])
    features, labels = np.array([[1.0, 1.0], [2.0, 1.0]], "float32"), np.array([0, 1])
    logits = network([features, labels])
    np.testing.assert_allclose(logits, [[5.5 + 1.0], [7.5 + 10.0]])


def test_conditional_generators_append_labels_and_codes_to_latents():
    latents = keras.Input((5,))
    network = keras.Model(latents, keras.layers.Rescaling(1.0)(latents), name="generator")
    conditional = conditioning.conditional_generator(network, classes=2, codes=1)
    assert [tensor.name for tensor in conditional.inputs] == ["latents", "labels", "codes"]
    outputs = conditional([np.array([[7.0, 8.0]]), np.array([1]), np.array([[9.0]])])
    np.testing.assert_array_equal(outputs, [[7.0, 8.0, 0.0, 1.0, 9.0]])


def test_conditional_normalization_by_hand():
    """Latents -3 and 3 are normalized to -1 and 1; gamma is 10 for class 1, beta 5."""
    latents = keras.Input((1,))
    x = layers.BatchNormalization()(keras.layers.Rescaling(3.0)(latents))
    network = keras.Model(latents, keras.layers.Add()([x, latents]), name="generator")
    conditional = conditioning.conditional_normalization(network, classes=2)
    assert [tensor.name for tensor in conditional.inputs] == ["latents", "labels"]
    assert conditional.name == "generator"
    kind = layers.ConditionalBatchNormalization
    (layer,) = (x for x in conditional.layers if isinstance(x, kind))
    layer.gamma.assign([[1.0], [10.0]])
    layer.beta.assign([[0.0], [5.0]])
    outputs = conditional([np.array([[-1.0], [1.0]]), np.array([0, 1])], training=True)
    np.testing.assert_allclose(outputs, [[-1.0 - 1.0], [10.0 + 5.0 + 1.0]], rtol=1e-4)
    assert not {id(w) for w in network.weights} & {id(w) for w in conditional.weights}


@pytest.mark.parametrize("shape", [(2, 3, 1), (2,)])
def test_conditional_discriminators_append_labels_as_constant_channels(shape):
    def build(shape):
        images = keras.Input(shape)
        return keras.Model(images, keras.layers.Rescaling(1.0)(images))

    network = conditioning.conditional_discriminator(build, shape, classes=3)
    outputs = ops.convert_to_numpy(network([7.0 * ones(1, *shape), np.array([2])]))
    assert outputs.shape == (1, *shape[:-1], shape[-1] + 3)
    assert np.all(outputs[..., : shape[-1]] == 7.0)
    assert np.all(outputs[..., shape[-1] :] == [0.0, 0.0, 1.0])


def test_augmentation_changes_the_inputs_in_training_only():
    network = conditioning.with_augmentation(backbone(), [layers.InstanceNoise(1.0, seed=0)])
    np.testing.assert_array_equal(network(ones(2, 2)), ones(2, 2))
    assert np.abs(network(ones(2, 2), training=True) - 1.0).min() > 0
    plain = backbone()
    assert conditioning.with_augmentation(plain, []) is plain


@pytest.mark.parametrize(
    "build",
    [
        lambda: mlp.generator((4, 4, 1), 3, 2),
        lambda: dcgan.generator((8, 8, 1), 3, 2),
        lambda: heads.logits_head(mlp.backbone((4, 4, 1), 2)),
        lambda: heads.logits_head(dcgan.backbone((8, 8, 1), 2)),
    ],
)
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_outputs_are_float32_whatever_the_policy(build, policy):
    keras.config.set_dtype_policy(policy)
    network = build()
    outputs = network(ones(2, *network.input_shape[1:]))
    assert keras.backend.standardize_dtype(outputs.dtype) == "float32"
