import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from keras_gans.layers import GroupedConv2D, SmoothDownSampling2D, SmoothUpSampling2D, SpatialBasis

RESAMPLING = [SmoothUpSampling2D, SmoothDownSampling2D]


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def rows(*numbers):
    """Return an image of equal rows."""
    return np.tile(np.array(numbers, "float32")[None, None, :, None], (1, len(numbers), 1, 1))


def test_upsampling_by_hand():
    doubled = keras.ops.convert_to_numpy(SmoothUpSampling2D()(rows(0, 4)))
    np.testing.assert_array_equal(doubled[0, ..., 0], [[0, 1, 3, 4]] * 4)


def test_upsampling_is_bilinear_interpolation():
    images = random(2, 5, 3, 4)
    expected = tf.image.resize(images, (10, 6), "bilinear")
    np.testing.assert_allclose(SmoothUpSampling2D()(images), expected, atol=1e-6)


def test_downsampling_by_hand():
    # (0 + 3 * 0 + 3 * 0 + 8) / 8, and (0 + 3 * 8 + 3 * 8 + 8) / 8
    halved = keras.ops.convert_to_numpy(SmoothDownSampling2D()(rows(0, 0, 8, 8)))
    np.testing.assert_array_equal(halved[0, ..., 0], [[1, 7]] * 2)


@pytest.mark.parametrize("layer", RESAMPLING)
def test_a_constant_image_stays_constant_up_to_the_border(layer):
    images = np.full((1, 8, 6, 2), 0.7, "float32")
    resampled = keras.ops.convert_to_numpy(layer()(images))
    np.testing.assert_allclose(resampled, np.full_like(resampled, 0.7), rtol=1e-6)


def test_a_checkerboard_becomes_gray_without_aliasing():
    checkerboard = np.indices((8, 8)).sum(axis=0)[None, ..., None] % 2.0
    for board in (checkerboard, checkerboard[:, :1].repeat(8, axis=1)):  # and stripes
        halved = keras.ops.convert_to_numpy(SmoothDownSampling2D()(board))
        np.testing.assert_allclose(halved, np.full((1, 4, 4, 1), 0.5))


def test_odd_sides_cannot_be_halved():
    with pytest.raises(ValueError, match=r"must be even, not \(8, 7\)"):
        SmoothDownSampling2D()(np.zeros((1, 8, 7, 1), "float32"))


@pytest.mark.parametrize("layer", RESAMPLING)
def test_resampling_is_differentiable_twice(layer):
    images = tf.constant(random(2, 4, 4, 1))
    with tf.GradientTape() as outer:
        outer.watch(images)
        with tf.GradientTape() as inner:
            inner.watch(images)
            score = tf.reduce_sum(layer()(images) ** 3)
        penalty = tf.reduce_sum(inner.gradient(score, images) ** 2)
    assert np.abs(outer.gradient(penalty, images)).min() > 0


def test_spatial_basis_is_a_learned_image_times_the_vectors_element():
    layer = SpatialBasis(2)
    layer.build((None, 2))
    layer.basis.assign([[[1, 0], [2, 0]], [[3, 0], [4, 1]]])
    images = keras.ops.convert_to_numpy(layer(np.array([[10, 5], [0, 1]], "float32")))
    np.testing.assert_array_equal(images[0], [[[10, 0], [20, 0]], [[30, 0], [40, 5]]])
    np.testing.assert_array_equal(images[1], [[[0, 0], [0, 0]], [[0, 0], [0, 1]]])


@pytest.mark.parametrize("gpu", [False, True])
@pytest.mark.parametrize("groups, padding", [(1, "same"), (3, "same"), (2, "valid")])
def test_a_grouped_conv_is_a_dense_one_with_a_block_diagonal_kernel(
    groups, padding, gpu, monkeypatch
):
    monkeypatch.setattr("keras_gans.layers.grouped_conv.trains_on_gpu", lambda: gpu)
    layer = GroupedConv2D(2 * groups, 3, groups=groups, padding=padding, bias_initializer="ones")
    images = tf.constant(random(2, 5, 6, 4 * groups))
    layer.build(images.shape)
    blocks = np.kron(np.eye(groups), np.ones((4, 2))).astype("float32")

    def dense():
        kernel = tf.tile(layer.kernel.value, (1, 1, groups, 1)) * blocks
        return tf.nn.conv2d(images, kernel, 1, padding.upper()) + layer.bias.value

    results = []
    for convolve in (lambda: layer(images), dense):
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(images)
                outputs = convolve()
                score = tf.reduce_sum(outputs**2)
            gradient = inner.gradient(score, images)
            penalty = tf.reduce_sum(gradient**2)
        results.append([outputs, gradient, outer.gradient(penalty, layer.kernel.value)])
    for grouped, expected in zip(*results, strict=True):
        np.testing.assert_allclose(grouped, expected, rtol=1e-4, atol=1e-3)


def test_the_layers_are_saved_and_exported_to_builtin_operators(tmp_path):
    inputs = keras.Input((4,))
    x = GroupedConv2D(8, 3, groups=2, padding="same")(SpatialBasis(8)(inputs))
    model = keras.Model(inputs, SmoothUpSampling2D()(SmoothDownSampling2D()(x)))
    vectors = random(1, 4)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(model(vectors), loaded(vectors))
    np.testing.assert_allclose(in_tflite(model, vectors, tmp_path), model(vectors), atol=1e-5)


def in_tflite(model, batch, folder):
    signature = [keras.InputSpec(shape=batch.shape, dtype="float32", name=model.inputs[0].name)]
    builtins = {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]}
    model.export(
        folder / "m.tflite",
        format="litert",
        verbose=False,
        input_signature=signature,
        target_spec=builtins,
    )
    interpreter = Interpreter(model_path=str(folder / "m.tflite"))
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], batch)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
