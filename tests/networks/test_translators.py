import keras
import numpy as np
import pytest

from keras_gans.layers import Dropout
from keras_gans.networks import patch, resnet_translator, subpixel_translator, unet

RESNETS = [
    resnet_translator.translator,
    resnet_translator.mobile,
    subpixel_translator.translator,
]


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype("float32")


@pytest.mark.parametrize("build", RESNETS)
@pytest.mark.parametrize("height, width", [(16, 16), (20, 32)])
def test_resnets_keep_the_images_shape(build, height, width):
    network = build((height, width, 3), filters=2, blocks=2)
    assert network(np.zeros((2, height, width, 3), "float32")).shape == (2, height, width, 3)


@pytest.mark.parametrize("build", RESNETS)
@pytest.mark.parametrize("side, near", [(30, "28 or 32"), (8, "16 or 20"), (129, "128 or 132")])
def test_resnets_reject_other_sides_and_name_the_nearest(build, side, near):
    with pytest.raises(ValueError, match=f"{near}, not {side}"):
        build((side, side, 3))


def test_resnet_has_the_papers_size():
    # c7s1-64, d128, d256, 9 blocks, u128, u64, c7s1-3, without biases before normalization.
    kernels = (7 * 7 * 3 * 64 + 9 * 64 * 128 + 9 * 128 * 256) + 18 * 9 * 256 * 256
    kernels += 9 * 256 * 128 + 9 * 128 * 64 + 7 * 7 * 64 * 3
    norms = 2 * (64 + 128 + 256 + 18 * 256 + 128 + 64)
    assert resnet_translator.translator((256, 256, 3)).count_params() == kernels + norms + 3


def test_mobile_resnet_has_an_eighth_of_the_weights():
    # A 3x3 convolution from c to d channels becomes one of 9 c weights and one of c d; with
    # upsampling, one of c d and one of 9 d.
    kernels = 7 * 7 * 3 * 64 + (9 * 64 + 64 * 128) + (9 * 128 + 128 * 256)
    kernels += 18 * (9 * 256 + 256 * 256)
    kernels += (256 * 128 + 9 * 128) + (128 * 64 + 9 * 64) + 7 * 7 * 64 * 3
    norms = 2 * (64 + 128 + 256 + 18 * 256 + 128 + 64)
    mobile = resnet_translator.mobile((256, 256, 3)).count_params()
    assert mobile == kernels + norms + 3
    assert resnet_translator.translator((256, 256, 3)).count_params() / mobile > 8


def test_subpixel_translator_has_the_size_of_its_layers():
    # 12 channels of a pixel to 32, 64 with stride, 4 blocks of two convolutions, 32 at twice the
    # side with a 3x3 filter each, 12 channels of a pixel with biases.
    kernels = 9 * 12 * 32 + 9 * 32 * 64 + 8 * 9 * 64 * 64 + 64 * 32 + 9 * 32 + 9 * 32 * 12
    norms = 2 * (32 + 64 + 8 * 64 + 32)
    assert subpixel_translator.translator((256, 256, 3)).count_params() == kernels + norms + 12


def test_subpixel_translator_computes_nothing_at_full_size():
    network = subpixel_translator.translator((64, 32, 3), filters=2, blocks=1)
    assert {x.output.shape[1] for x in network.layers if x.weights} == {32, 16}


def coverage(upsample):
    """Return the sum of weights with which each output pixel depends on the inputs."""
    inputs = keras.Input((8, 8, 4))
    network = keras.Model(inputs, upsample(inputs, 1))
    for variable in network.trainable_variables:
        variable.assign(np.ones(variable.shape))
    return numpy(network(np.ones((1, 8, 8, 4), "float32")))[0, 2:-2, 2:-2, 0]


def test_mobile_resnet_has_no_checkerboard_artifacts():
    assert len(np.unique(coverage(resnet_translator._up))) == 3
    assert len(np.unique(coverage(resnet_translator._separable_up))) == 1


def test_unet_has_the_papers_size():
    # 4x4 kernels. Encoder 64-128-256-512-512-512-512-512, decoder 512-512-512-512-256-128-64, each
    # concatenated with as many channels of the skip connection, then the image.
    down = 3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 4 * 512 * 512
    up = 512 * 512 + 3 * 1024 * 512 + 1024 * 256 + 512 * 128 + 256 * 64 + 128 * 3
    norms = 2 * (128 + 256 + 4 * 512) + 2 * (4 * 512 + 256 + 128 + 64)
    biases = 64 + 512 + 3  # without normalization: the first, innermost and last layers
    assert unet.translator((256, 256, 3)).count_params() == 16 * (down + up) + norms + biases


@pytest.mark.parametrize(
    "height, width, bottom",
    [(32, 32, (1, 1)), (64, 64, (1, 1)), (128, 64, (2, 1)), (256, 256, (1, 1)), (512, 256, (2, 1))],
)
def test_unet_downsamples_the_shorter_side_to_one_pixel(height, width, bottom):
    network = unet.translator((height, width, 3), filters=1)
    assert network.output_shape == (None, height, width, 3)
    sides = [layer.output.shape[1:3] for layer in network.layers]
    assert min(sides) == bottom
    down, up = (
        sum(type(layer) is kind for layer in network.layers)
        for kind in (keras.layers.Conv2D, keras.layers.Conv2DTranspose)
    )
    assert 2**down == 2**up == min(height, width)


@pytest.mark.parametrize("shape", [(64, 64, 3), (512, 512, 3)])
def test_unet_translates_images_of_the_sides_multiples(shape):
    """Exports rely on it: no layer depends on the image's size."""
    network = unet.translator(shape, filters=1)
    copy = keras.models.clone_model(network, input_tensors=keras.Input((None, None, 3)))
    copy.set_weights(network.get_weights())
    unit = min(shape[0], 256)
    images = noise(1, unit, 2 * unit, 3)
    assert copy(images).shape == images.shape
    images = noise(1, *shape)
    np.testing.assert_allclose(numpy(copy(images)), numpy(network(images)), atol=1e-6)


@pytest.mark.parametrize(
    "sides, message",
    [
        ((100, 100), "64 or 128, not 100"),
        ((16, 16), "32 or 64, not 16"),
        ((300, 300), "256 or 512, not 300"),
        ((64, 96), "64 or 128, not 96"),
        ((512, 640), "512 or 768, not 640"),
    ],
)
def test_unet_rejects_other_sides_and_names_the_nearest(sides, message):
    with pytest.raises(ValueError, match=message):
        unet.translator((*sides, 3))


def test_unet_can_have_other_output_channels():
    network = unet.translator((32, 32, 3), filters=1, channels=1)
    assert network(noise(1, 32, 32, 3)).shape == (1, 32, 32, 1)


def test_unets_outputs_depend_on_bottleneck_and_skip_connections():
    """Inputs reach the outputs through either of them, and through nothing else."""
    network = unet.translator((64, 64, 3), filters=4, seed=0)
    images, others = noise(2, 1, 64, 64, 3)
    skips = [x for x in network.layers if isinstance(x, keras.layers.Concatenate)]
    outermost = network.layers[-2].kernel  # (4, 4, channels, those of decoder and skip)
    width = outermost.shape[-1] // 2
    assert len(skips) == 5

    def changes(kept):
        mask = np.zeros(2 * width)
        mask[kept] = 1
        weights = numpy(outermost)
        outermost.assign(weights * mask)
        difference = np.abs(numpy(network(images)) - numpy(network(others)))
        outermost.assign(weights)
        return float(difference.max())

    assert changes(slice(0, width)) > 1e-4  # from the bottleneck
    assert changes(slice(width, None)) > 1e-4  # through the skip connections
    assert changes(slice(0, 0)) == 0


def test_unets_dropout_is_applied_in_training_only():
    network = unet.translator((64, 64, 3), filters=2, seed=7)
    images = noise(1, 64, 64, 3)
    first, second = (numpy(network(images, training=True)) for _ in range(2))
    assert np.abs(first - second).max() > 1e-4
    np.testing.assert_array_equal(numpy(network(images)), numpy(network(images)))
    again = unet.translator((64, 64, 3), filters=2, seed=7)
    again.set_weights(network.get_weights())
    np.testing.assert_array_equal(first, numpy(again(images, training=True)))


@pytest.mark.parametrize("side, noisy", [(32, 1), (64, 2), (128, 3), (256, 3)])
def test_unet_has_dropout_in_its_innermost_wide_layers(side, noisy):
    layers = [
        layer
        for layer in unet.translator((side, side, 3), filters=1, seed=0).layers
        if isinstance(layer, Dropout)
    ]
    assert [layer.output.shape[1:] for layer in layers] == [
        (2**height, 2**height, 8) for height in range(1, noisy + 1)
    ]
    assert len({layer.seed for layer in layers}) == noisy


def test_dropout_drops_a_fraction_and_keeps_the_mean():
    values = numpy(Dropout(0.5, seed=0)(np.ones((1000, 10), "float32"), training=True))
    assert set(np.unique(values)) == {0.0, 2.0}
    assert values.mean() == pytest.approx(1.0, abs=0.05)


def test_dropout_differs_between_devices():
    import tensorflow as tf

    strategy = tf.distribute.MirroredStrategy(
        ["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice()
    )
    with strategy.scope():
        layer = Dropout(0.5, seed=0)
    first, second = strategy.experimental_local_results(
        strategy.run(lambda: layer(tf.ones((64,)), training=True))
    )
    assert np.any(first != second)


def test_patch_gan_has_a_receptive_field_of_70_by_70_pixels():
    """A logit depends on the pixels of its own 70x70 patch only."""
    # Without normalization, whose statistics depend on the whole image.
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


def test_patch_gan_rejects_images_that_are_too_small():
    with pytest.raises(ValueError, match="24 pixels or more.* not 20"):
        patch.discriminator((20, 20, 3))


@pytest.mark.parametrize(
    "build",
    [
        lambda: resnet_translator.translator((16, 16, 1), 2, 1),
        lambda: resnet_translator.mobile((16, 16, 1), 2, 1),
        lambda: subpixel_translator.translator((16, 16, 1), 2, 1),
        lambda: unet.translator((32, 32, 1), 2),
        lambda: patch.discriminator((24, 24, 1), 2),
    ],
)
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_outputs_are_float32_whatever_the_policy(build, policy):
    keras.config.set_dtype_policy(policy)
    network = build()
    outputs = network(np.zeros((2, *network.input_shape[1:]), "float32"))
    assert keras.backend.standardize_dtype(outputs.dtype) == "float32"
