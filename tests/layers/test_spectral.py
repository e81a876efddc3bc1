import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import SpectralConv2D, SpectralDense, SpectralEmbedding


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def as_matrix(kernel):
    kernel = keras.ops.convert_to_numpy(kernel)
    return kernel.reshape(-1, kernel.shape[-1])


LAYERS = {
    "dense": lambda: (SpectralDense(5), random(4, 8)),
    "conv": lambda: (SpectralConv2D(4, 3), random(2, 6, 6, 3)),
    "embedding": lambda: (SpectralEmbedding(6, 3), np.array([0, 5, 2, 2])),
}


@pytest.fixture(params=LAYERS)
def layer_and_inputs(request):
    keras.utils.set_random_seed(0)
    layer, inputs = LAYERS[request.param]()
    layer(inputs)
    return layer, inputs


def in_use(layer):
    return as_matrix(layer.embeddings if hasattr(layer, "embeddings") else layer.kernel)


def test_the_normalized_kernel_converges_to_spectral_norm_1(layer_and_inputs):
    layer, inputs = layer_and_inputs
    for _ in range(100):
        layer(inputs, training=True)
    stored = as_matrix(layer.weights[0])
    largest = np.linalg.svd(stored, compute_uv=False)[0]
    np.testing.assert_allclose(in_use(layer), stored / largest, rtol=1e-4, atol=1e-5)


def test_a_call_in_training_updates_u_and_not_the_stored_kernel(layer_and_inputs):
    layer, inputs = layer_and_inputs
    stored, vector = (keras.ops.convert_to_numpy(w) for w in (layer.weights[0], layer.u))
    layer(inputs, training=False)
    np.testing.assert_array_equal(layer.u, vector)
    layer(inputs, training=True)
    assert not np.allclose(layer.u, vector)
    np.testing.assert_allclose(np.linalg.norm(layer.u), 1.0, rtol=1e-6)
    np.testing.assert_array_equal(layer.weights[0], stored)


def test_one_step_of_power_iteration_by_hand():
    # W = diag(3, 1), u = (0.6, 0.8): W'W u = (5.4, 0.8), and sigma is the length of W u.
    layer = SpectralDense(2, use_bias=False)
    layer.build((None, 2))
    layer.weights[0].assign([[3.0, 0.0], [0.0, 1.0]])
    layer.u.assign([[0.6], [0.8]])
    outputs = layer(np.eye(2, dtype="float32"), training=True)
    u = np.array([5.4, 0.8]) / np.hypot(5.4, 0.8)
    np.testing.assert_allclose(np.ravel(layer.u), u, rtol=1e-6)
    sigma = np.hypot(3.0 * u[0], 1.0 * u[1])
    np.testing.assert_allclose(outputs, np.diag([3.0, 1.0]) / sigma, rtol=1e-6)


def test_the_gradient_is_the_papers():
    """Equation 12: the component along the first singular direction is subtracted."""
    keras.utils.set_random_seed(0)
    layer, upstream = SpectralDense(4, use_bias=False), random(6, 4, seed=1)
    inputs = tf.eye(6)  # so that the outputs are the normalized weights
    for _ in range(200):
        layer(inputs, training=True)
    stored = layer.weights[0]
    with tf.GradientTape() as tape:
        outputs = layer(inputs, training=False)
    gradient = tape.gradient(outputs, stored.value, output_gradients=tf.constant(upstream))
    left, singular, right = np.linalg.svd(as_matrix(stored))
    penalty = np.sum(upstream * as_matrix(stored)) / singular[0]
    expected = (upstream - penalty * np.outer(left[:, 0], right[0])) / singular[0]
    np.testing.assert_allclose(gradient, expected, atol=1e-4)
    # Scaling the stored kernel does not change the layer.
    assert np.sum(gradient * as_matrix(stored)) == pytest.approx(0.0, abs=1e-4)


def test_the_norm_is_right_in_half_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    layer, inputs = SpectralDense(64), random(2, 512)
    for _ in range(50):
        assert keras.backend.standardize_dtype(layer(inputs, training=True).dtype) == "bfloat16"
    largest = np.linalg.svd(as_matrix(layer.weights[0]), compute_uv=False)[0]
    ratio = as_matrix(layer.weights[0])[:5] / in_use(layer)[:5].astype("float32")
    np.testing.assert_allclose(ratio, largest, rtol=0.02)


def test_u_is_saved(tmp_path):
    images, labels = keras.Input((6, 6, 3)), keras.Input((), dtype="int32")
    x = keras.layers.Flatten()(SpectralConv2D(4, 3, activation="relu")(images))
    x = keras.layers.Add()([SpectralDense(3)(x), SpectralEmbedding(6, 3)(labels)])
    model = keras.Model([images, labels], x)
    batch = [random(2, 6, 6, 3), np.array([1, 4])]
    for _ in range(3):
        model(batch, training=True)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(model(batch), loaded(batch))
    for ours, theirs in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert sum(weight.name == "u" for weight in loaded.weights) == 3
