"""Features from the weights of EfficientNet-Lite0."""

import keras
import numpy as np
import pytest

from keras_gans.errors import UserError
from keras_gans.evaluation.features import load_extractor
from tests.train.torch_files import Tensor, write
from train import photo_features


def torch_weights(network, seed=0):
    """Random weights of a network by name, with PyTorch's order of axes."""
    rng = np.random.default_rng(seed)
    tensors = {}
    for layer in network.layers:
        for weight in layer.weights:
            value = rng.uniform(0.1, 1, weight.shape).astype("<f4")
            if isinstance(layer, keras.layers.DepthwiseConv2D):
                value = value.transpose(2, 3, 0, 1)  # (c, 1, h, w)
            elif value.ndim == 4:
                value = value.transpose(3, 2, 0, 1)  # (out, in, h, w)
            elif value.ndim == 2:
                value = value.T
            tensors[weight.path] = Tensor(value)
        if isinstance(layer, keras.layers.BatchNormalization):
            tensors[f"{layer.name}.num_batches_tracked"] = Tensor(
                np.array([1], "<i8"), shape=(), strides=()
            )
    return tensors


def test_the_converted_network_is_taken_as_features(tmp_path, call):
    network = photo_features.efficientnet_lite0()
    tensors = torch_weights(network)
    write(tmp_path / "weights.pth", tensors)
    flags = ["--weights", tmp_path / "weights.pth", "--output", tmp_path / "photos.keras"]
    code, stdout, stderr = call("photo_features", *flags)
    assert code == 0, stderr
    assert "EfficientNet-Lite0" in stdout
    saved = keras.saving.load_model(tmp_path / "photos.keras")
    first, dense = saved.layers[2].get_weights()[0], saved.layers[-1].get_weights()[0]
    values = [tensor.values for tensor in tensors.values()]
    np.testing.assert_array_equal(first, values[0].transpose(2, 3, 1, 0))
    np.testing.assert_array_equal(dense, values[-2].T)
    extractor = load_extractor(tmp_path / "photos.keras", 3)
    assert (extractor.name, extractor.dim, extractor.classes) == ("photos", 1280, 1000)
    assert extractor.has_maps


def test_it_has_the_sizes_of_efficientnet_lite0():
    network = photo_features.efficientnet_lite0()
    # 4,652,008 parameters and, as Keras counts them, the moving averages of 21,008 channels, too.
    assert sum(np.prod(weight.shape) for weight in network.trainable_weights) == 4_652_008
    assert network.output_shape == [(None, 1280), (None, 1000)]
    sides = [layer.output.shape[1] for layer in network.layers if "conv" in layer.name]
    assert (sides[0], sides[-1]) == (112, 7)


def test_weights_of_another_network_are_refused():
    network = photo_features.efficientnet_lite0()
    with pytest.raises(UserError, match="not those of EfficientNet-Lite0"):
        photo_features.set_weights(network, {"kernel": np.zeros((1, 1, 3, 3), "float32")})


def test_without_the_package_it_is_said_how_to_get_it(call, monkeypatch):
    monkeypatch.setattr(photo_features, "PACKAGE", "no_such_package")
    code, _, stderr = call("photo_features", "--output", "photos.keras")
    assert code == 1 and "pip install no-such-package" in stderr
