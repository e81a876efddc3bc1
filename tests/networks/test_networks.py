import keras
import numpy as np
import pytest

from keras_gans.networks import dcgan, mlp, patch, resnet


@pytest.mark.parametrize("size", [8, 14, 16, 28, 32, 56, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_dcgan_makes_and_judges_images_of_every_size_that_fits(size, channels):
    shape = (size, size, channels)
    generator = dcgan.generator(shape, latent_dim=5, filters=2)
    discriminator = dcgan.discriminator(shape, filters=2)
    images = generator(np.zeros((3, 5), "float32"))
    assert images.shape == (3, *shape)
    assert discriminator(images).shape == (3, 1)


@pytest.mark.parametrize("size", [4, 7, 12, 30, 50, 100])
def test_dcgan_refuses_other_sizes_and_names_those_that_fit(size):
    for build in (dcgan.generator, dcgan.discriminator):
        with pytest.raises(ValueError, match=f"8, 14, 16, 28, 32, 56, 64.* not {size}"):
            build((size, size, 3))


def test_dcgan_neither_pools_nor_keeps_dense_layers_between_convolutions():
    layers = [type(layer).__name__ for layer in dcgan.discriminator((32, 32, 3)).layers]
    assert not any("Pool" in name for name in layers)
    assert layers.count("Conv2D") == 3 and layers.count("Dense") == 1
    generator = [type(layer).__name__ for layer in dcgan.generator((32, 32, 3)).layers]
    assert generator.count("Conv2DTranspose") == 3 and generator.count("Dense") == 1


def test_dcgan_starts_from_the_papers_weights():
    keras.utils.set_random_seed(0)
    kernels = [
        keras.ops.convert_to_numpy(layer.kernel)
        for layer in dcgan.discriminator((64, 64, 3)).layers
        if hasattr(layer, "kernel")
    ]
    for kernel in kernels[:-1]:
        assert kernel.std() == pytest.approx(0.02, rel=0.1)


@pytest.mark.parametrize("shape", [(2,), (6, 6, 1)])
def test_mlp_shapes(shape):
    samples = mlp.generator(shape, latent_dim=5, units=(8,))(np.zeros((4, 5), "float32"))
    assert samples.shape == (4, *shape)
    assert mlp.discriminator(shape, units=(8,))(samples).shape == (4, 1)


@pytest.mark.parametrize("side", [16, 20, 32])
def test_resnet_keeps_the_images_shape(side):
    network = resnet.translator((side, side, 3), filters=2, blocks=2)
    assert network(np.zeros((2, side, side, 3), "float32")).shape == (2, side, side, 3)


@pytest.mark.parametrize("side, near", [(30, "28 or 32"), (8, "16 or 20"), (129, "128 or 132")])
def test_resnet_refuses_other_sides_and_names_the_nearest(side, near):
    with pytest.raises(ValueError, match=f"{near}, not {side}"):
        resnet.translator((side, side, 3))


def test_resnet_has_the_papers_size():
    # c7s1-64, d128, d256, 9 blocks, u128, u64, c7s1-3, without the biases that norms undo.
    kernels = (7 * 7 * 3 * 64 + 9 * 64 * 128 + 9 * 128 * 256) + 18 * 9 * 256 * 256
    kernels += 9 * 256 * 128 + 9 * 128 * 64 + 7 * 7 * 64 * 3
    norms = 2 * (64 + 128 + 256 + 18 * 256 + 128 + 64)
    assert resnet.translator((256, 256, 3)).count_params() == kernels + norms + 3


def test_patch_gan_judges_70_by_70_pixels():
    """A logit changes with the pixels of its own 70x70 patch and no others."""
    # Without normalization, which looks at the whole image, the patch is what convolutions reach.
    network = patch.discriminator((128, 128, 1), filters=2)
    for layer in network.layers:
        if "normalization" in layer.name:
            layer.call = lambda images: images
    images = np.zeros((1, 128, 128, 1), "float32")
    base = keras.ops.convert_to_numpy(network(images))
    middle = base.shape[1] // 2
    reached = []
    for row in range(0, 128):
        touched = images.copy()
        touched[0, row, 64] = 1.0
        logit = keras.ops.convert_to_numpy(network(touched))[0, middle, middle, 0]
        reached.append(logit != base[0, middle, middle, 0])
    assert sum(reached) == 70
    assert base.shape == (1, 14, 14, 1)


def test_patch_gan_has_30_by_30_logits_at_256():
    assert patch.discriminator((256, 256, 3), filters=2).output_shape == (None, 30, 30, 1)


def test_patch_gan_refuses_images_smaller_than_a_patch():
    with pytest.raises(ValueError, match="24 or more, not 20"):
        patch.discriminator((20, 20, 3))


@pytest.mark.parametrize(
    "build",
    [
        lambda: mlp.generator((4, 4, 1), 3, (4,)),
        lambda: mlp.discriminator((4, 4, 1), (4,)),
        lambda: dcgan.generator((8, 8, 1), 3, 2),
        lambda: dcgan.discriminator((8, 8, 1), 2),
        lambda: resnet.translator((16, 16, 1), 2, 1),
        lambda: patch.discriminator((24, 24, 1), 2),
    ],
)
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_networks_end_in_float32_whatever_the_policy(build, policy):
    keras.config.set_dtype_policy(policy)
    network = build()
    outputs = network(np.zeros((2, *network.input_shape[1:]), "float32"))
    assert keras.backend.standardize_dtype(outputs.dtype) == "float32"
