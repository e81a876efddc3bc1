"""Features from weights that PyTorch saved: read without PyTorch, and without running code."""

import io
import pickle
import struct
from collections import OrderedDict

import keras
import numpy as np
import pytest

from keras_gans.errors import UserError
from keras_gans.evaluation.features import load_extractor
from train import photo_features
from train.common import torch_file
from train.common.torch_file import TorchFileError, read_weights


class Named:
    """Pickles as the name of something in a module that need not be there."""

    def __init__(self, module, name):
        self.text = f"c{module}\n{name}\n".encode()


class TorchPickler(pickle._Pickler):
    """Writes tensors as PyTorch did: by the storage that their values are in."""

    def __init__(self, file):
        super().__init__(file, protocol=2)
        self.storages = {}

    def persistent_id(self, value):
        if isinstance(value, np.ndarray):
            key = self.storages.setdefault(id(value), (str(len(self.storages)), value))[0]
            kind = {"f": "FloatStorage", "i": "LongStorage"}[value.dtype.kind]
            return "storage", Named("torch", kind), key, "cpu", value.size, None
        return None

    def save(self, value, save_persistent_id=True):
        if isinstance(value, Named):
            self.write(value.text)
        elif isinstance(value, Tensor):
            self.write(Named("torch._utils", "_rebuild_tensor_v2").text)
            self.save(
                (value.values, value.offset, value.shape, value.strides, False, OrderedDict())
            )
            self.write(pickle.REDUCE)
        else:
            super().save(value, save_persistent_id)


class Tensor:
    def __init__(self, values, shape=None, offset=0, strides=None):
        self.values = np.ascontiguousarray(values)
        self.shape = tuple(self.values.shape if shape is None else shape)
        self.offset = offset
        size = self.values.itemsize
        own = tuple(stride // size for stride in self.values.strides)
        self.strides = own if strides is None else strides


def write(path, weights):
    """Write tensors by name in PyTorch's format of before version 1.6."""
    file = io.BytesIO()
    for part in (torch_file.MAGIC_NUMBER, 1001, {"little_endian": True}):
        pickle.dump(part, file, protocol=2)
    pickler = TorchPickler(file)
    pickler.dump(OrderedDict(weights))
    keys = [key for key, _ in pickler.storages.values()]
    pickle.dump(keys, file, protocol=2)
    for _, values in pickler.storages.values():
        file.write(struct.pack("<q", values.size) + values.tobytes())
    path.write_bytes(file.getvalue())
    return path


def test_weights_are_read_as_they_were_saved(tmp_path):
    kernel = np.arange(24, dtype="<f4").reshape(2, 3, 4)
    count = np.array([7], "<i8")
    shared = np.arange(10, dtype="<f4")
    tensors = {
        "kernel": Tensor(kernel),
        "count": Tensor(count, shape=(), strides=()),
        "part": Tensor(shared, shape=(3,), offset=4, strides=(1,)),
        "transposed": Tensor(shared, shape=(2, 3), offset=1, strides=(1, 2)),
    }
    found = read_weights(write(tmp_path / "weights.pth", tensors))
    np.testing.assert_array_equal(found["kernel"], kernel)
    assert found["count"].shape == () and found["count"] == 7
    np.testing.assert_array_equal(found["part"], [4, 5, 6])
    np.testing.assert_array_equal(found["transposed"], [[1, 3, 5], [2, 4, 6]])


@pytest.mark.parametrize(
    "tensor",
    [
        Tensor(np.ones(4, "<f4"), shape=(5,), strides=(1,)),
        Tensor(np.ones(4, "<f4"), shape=(2,), offset=3, strides=(1,)),
        Tensor(np.ones(4, "<f4"), shape=(2, 2), strides=(-1, 1)),
        Tensor(np.ones(4, "<f4"), shape=(2,), offset=-1, strides=(1,)),
        Tensor(np.ones(4, "<f4"), shape=(2, 2), strides=(4, 1)),
    ],
)
def test_memory_outside_of_a_storage_is_not_read(tensor, tmp_path):
    with pytest.raises(TorchFileError, match="holds no weights"):
        read_weights(write(tmp_path / "weights.pth", {"kernel": tensor}))


def test_code_in_a_file_of_weights_is_not_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return print, ("run",)

    path = tmp_path / "evil.pth"
    path.write_bytes(b"".join(pickle.dumps(Evil(), protocol=2) for _ in range(4)))
    with pytest.raises(TorchFileError, match="holds no weights of PyTorch"):
        read_weights(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip", pickle.dumps(3)])
def test_other_files_are_refused(content, tmp_path):
    path = tmp_path / "other.pth"
    path.write_bytes(content)
    with pytest.raises(TorchFileError, match="holds no weights of PyTorch"):
        read_weights(path)
    with pytest.raises(TorchFileError, match="cannot be read: No such file"):
        read_weights(tmp_path / "missing.pth")


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
