import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import (
    GLU,
    ConditionalBatchNormalization,
    DepthToSpace,
    ImagePool,
    InstanceNormalization,
    ReflectionConv2D,
    ReflectionPadding2D,
    SpaceToDepth,
)


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def test_reflection_padding_mirrors_without_the_border():
    image = np.arange(9, dtype="float32").reshape(1, 3, 3, 1)
    expected = np.pad(image[0, ..., 0], 2, mode="reflect")
    padded = ReflectionPadding2D(2)(image)
    np.testing.assert_array_equal(padded[0, ..., 0], expected)
    assert ReflectionPadding2D(2).compute_output_shape((None, 3, None, 1)) == (None, 7, None, 1)


def test_squares_of_pixels_become_channels_and_back():
    image = np.arange(8, dtype="float32").reshape(1, 2, 4, 1)  # two rows of four pixels
    channels = SpaceToDepth(2)(image)
    np.testing.assert_array_equal(channels, [[[[0, 1, 4, 5], [2, 3, 6, 7]]]])
    np.testing.assert_array_equal(DepthToSpace(2)(channels), image)
    shape = (None, 12, None, 3)
    assert SpaceToDepth(2).compute_output_shape(shape) == (None, 6, None, 12)
    assert DepthToSpace(2).compute_output_shape((None, 6, None, 12)) == shape


def test_instance_norm_by_hand():
    # 1, 3 in one channel: mean 2, deviation 1. Other images and channels do not matter.
    images = np.array([[[[1, 9]], [[3, 9]]], [[[5, 0]], [[5, 4]]]], "float32")
    expected = np.array([[[[-1, 0]], [[1, 0]]], [[[0, -1]], [[0, 1]]]], "float32")
    np.testing.assert_allclose(InstanceNormalization(epsilon=1e-8)(images), expected, atol=1e-5)


def test_instance_norm_equals_keras_group_norm_forward_and_backward():
    ours, theirs = InstanceNormalization(), keras.layers.GroupNormalization(groups=-1, epsilon=1e-5)
    images, upstream = tf.constant(random(2, 6, 5, 3) + 2), tf.constant(random(2, 6, 5, 3, seed=1))
    gradients = []
    for layer in (ours, theirs):
        layer.build(images.shape)
        layer.gamma.assign([0.5, 1.5, -1.0])
        layer.beta.assign([0.1, 0.2, 0.3])
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = layer(images)
        sources = [images, layer.gamma.value, layer.beta.value]
        gradients.append([outputs, *tape.gradient(outputs, sources, output_gradients=upstream)])
    for x, y in zip(*gradients, strict=True):
        np.testing.assert_allclose(x, y, atol=2e-4)


def test_conditional_batch_norm_by_hand():
    # 1 and 3 are normalized to -1 and 1 over the batch and the pixels, whatever the class.
    images = np.array([[[[1.0], [3.0]]], [[[3.0], [1.0]]]], "float32")
    layer = ConditionalBatchNormalization(3)
    before = layer([images, np.array([2, 0])], training=True)
    np.testing.assert_allclose(np.ravel(before), [-1, 1, 1, -1], atol=1e-4)  # gamma 1, beta 0
    layer.gamma.assign([[2.0], [7.0], [3.0]])
    layer.beta.assign([[0.0], [7.0], [0.5]])
    after = layer([images, np.array([2, 0])], training=True)
    np.testing.assert_allclose(np.ravel(after), [-3 + 0.5, 3 + 0.5, 2, -2], atol=1e-3)


def test_conditional_batch_norm_uses_the_averages_at_inference():
    layer = ConditionalBatchNormalization(2)
    layer([np.full((2, 1), 5.0, "float32"), np.array([0, 1])], training=True)
    # momentum 0.9: the mean has come from 0 to 0.5, the variance from 1 to 0.9
    outputs = layer([np.array([[5.0]], "float32"), np.array([1])])
    np.testing.assert_allclose(outputs, [[4.5 / 0.9**0.5]], rtol=1e-4)


def test_a_class_that_is_not_in_the_batch_has_no_gradient():
    layer = ConditionalBatchNormalization(3)
    images, labels = tf.constant(random(4, 2)), tf.constant([0, 2, 2, 0])
    layer.build([images.shape, labels.shape])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer([images, labels], training=True) ** 2)
    for gradient in tape.gradient(total, [layer.gamma.value, layer.beta.value]):
        rows = np.abs(gradient).max(axis=-1)
        assert rows[1] == 0.0 and rows[0] > 0.0 and rows[2] > 0.0


@pytest.mark.parametrize("gpu", [False, True])
@pytest.mark.parametrize("height, width", [(8, 8), (16, 12)])
def test_reflection_conv_trains_as_pad_and_convolve(height, width, gpu, monkeypatch):
    monkeypatch.setattr("keras_gans.layers.reflection_conv.trains_on_gpu", lambda: gpu)
    layer = ReflectionConv2D(5)
    images, upstream = (
        tf.constant(random(2, height, width, 3)),
        tf.constant(random(2, height, width, 5)),
    )
    results = []
    for training in (True, False):
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = layer(images, training=training)
        gradients = tape.gradient(outputs, [images, layer.kernel.value], output_gradients=upstream)
        results.append([outputs, *gradients])
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
    direct = tf.nn.conv2d(padded, layer.kernel.value, 1, "VALID")
    np.testing.assert_allclose(results[0][0], direct, atol=1e-4)
    for fast, plain in zip(*results, strict=True):
        np.testing.assert_allclose(fast, plain, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("side", [6, 7])
def test_reflection_conv_takes_sides_that_are_not_multiples_of_4(side):
    layer = ReflectionConv2D(2)
    images = random(1, side, side, 3)
    np.testing.assert_array_equal(layer(images, training=True), layer(images, training=False))


def test_layers_are_saved_with_their_settings(tmp_path):
    inputs = keras.Input((8, 8, 3))
    x = ReflectionConv2D(4)(ReflectionPadding2D(2)(inputs))
    model = keras.Model(inputs, InstanceNormalization(epsilon=0.1)(x))
    model.save(tmp_path / "m.keras")
    images = random(1, 8, 8, 3)
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(model(images), loaded(images))


def numbered(*numbers):
    return np.array(numbers, "float32")[:, None, None, None]


def test_pool_returns_new_images_until_it_is_full():
    pool = ImagePool(4, seed=0)
    for batch in (numbered(1, 2), numbered(3, 4)):
        np.testing.assert_array_equal(pool(batch), batch)
    assert sorted(np.ravel(pool.images)) == [1, 2, 3, 4]


def test_a_full_pool_replaces_half_of_the_images_by_earlier_ones():
    pool = ImagePool(10, seed=0)
    show = tf.function(pool)
    for start in range(10):
        show(numbered(start))
    known, exchanged, steps = set(range(10)), 0, 300
    for step in range(steps):
        new = 100 + step
        (shown,) = np.ravel(show(numbered(new)))
        if shown != new:
            assert shown in known
            known = known - {shown} | {new}
            exchanged += 1
    assert set(np.ravel(pool.images)) == known
    assert 0.4 < exchanged / steps < 0.6


def test_a_batch_never_has_an_earlier_image_twice():
    pool = ImagePool(4, seed=0)
    pool(numbered(0, 1, 2, 3))
    for step in range(50):
        shown = np.ravel(pool(numbered(*range(10 + 4 * step, 14 + 4 * step))))
        assert len(set(shown)) == 4


def test_a_batch_may_be_larger_than_the_pool():
    pool = ImagePool(4, seed=0)
    np.testing.assert_array_equal(pool(numbered(*range(10)))[:4], numbered(0, 1, 2, 3))
    assert set(np.ravel(pool.images)) <= set(range(10))


def test_a_pool_of_size_0_returns_its_input():
    batch = numbered(1, 2)
    np.testing.assert_array_equal(ImagePool(0)(batch), batch)


def test_glu_gates_half_of_the_channels_with_the_other_half():
    inputs = np.array([[[[1.0, -2.0, 0.0, np.log(3.0)]]]], "float32")
    # sigmoid(0) = 1/2, sigmoid(log 3) = 3/4
    np.testing.assert_allclose(GLU()(inputs), [[[[0.5, -1.5]]]], rtol=1e-6)
