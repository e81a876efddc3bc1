"""The command that makes the features of papers from PyTorch's file of Inception's weights."""

from pathlib import Path

import keras
import numpy as np
import pytest

from keras_gans.errors import UserError
from keras_gans.evaluation.features import load_extractor
from keras_gans.evaluation.inception_2015 import inception_2015
from tests.train.torch_files import Tensor, write
from train.inception_features import set_weights

# Of torch-fidelity 0.4.0: names, and shapes (made, taken, height, width).
CONVOLUTIONS = Path(__file__).with_name("inception_2015_convolutions.txt")
STATISTICS = ("weight", "bias", "running_mean", "running_var")


def filled(value, *shape):
    """Return a tensor of one value, which the file holds once."""
    return Tensor(np.full(1, value, "<f4"), shape=shape, strides=(0,) * len(shape))


def inception_weights():
    """Return a tensor for each name in the file, each of another value: 1, 2, 3, ..."""
    shapes = {}
    for line in CONVOLUTIONS.read_text(encoding="utf-8").splitlines():
        name, *shape = line.split()
        shapes[f"{name}.conv.weight"] = tuple(map(int, shape))
        shapes |= {f"{name}.bn.{statistic}": (int(shape[0]),) for statistic in STATISTICS}
    shapes |= {"fc.weight": (1008, 2048), "fc.bias": (1008,)}
    tensors = {name: filled(n, *shapes[name]) for n, name in enumerate(shapes, 1)}
    counts = {name for name in tensors if name.endswith("running_var")}
    for name in counts:
        count = Tensor(np.array([0], "<i8"), shape=(), strides=())
        tensors[name.replace("running_var", "num_batches_tracked")] = count
    assert len(tensors) == 566  # as many as the published file has
    return tensors


def test_every_weight_is_where_it_belongs(tmp_path, call):
    tensors = inception_weights()
    write(tmp_path / "weights.pth", tensors)
    flags = ["--weights", "weights.pth", "--output", "inception-2015.keras"]
    code, stdout, stderr = call("inception_features", *flags)
    assert code == 0 and "--features inception-2015.keras" in stdout
    assert "weights.pth is not the published file, whose SHA-256 is 6726825d..." in stderr
    network = keras.saving.load_model(tmp_path / "inception-2015.keras")
    for line in CONVOLUTIONS.read_text(encoding="utf-8").splitlines():
        name, made, taken, height, width = line.split()
        (kernel,) = network.get_layer(f"{name}.conv").get_weights()
        assert kernel.shape == tuple(map(int, (height, width, taken, made)))
        assert (kernel == tensors[f"{name}.conv.weight"].values).all()
        normalization = network.get_layer(f"{name}.bn")
        for array, statistic in zip(normalization.get_weights(), STATISTICS, strict=True):
            assert (array == tensors[f"{name}.bn.{statistic}"].values).all()
    extractor = load_extractor(tmp_path / "inception-2015.keras", 3)
    assert (extractor.dim, extractor.classes) == (2048, None)
    assert extractor.describe((32, 32, 3)) == "inception-2015 features"


def without_a_weight(tensors):
    del tensors["Mixed_7c.branch_pool.bn.bias"]


def with_torchvisions_classes(tensors):
    tensors["fc.weight"], tensors["fc.bias"] = filled(1, 1000, 2048), filled(1, 1000)


def with_another_weight(tensors):
    tensors["AuxLogits.fc.bias"] = filled(1, 1000)


@pytest.fixture(scope="module")
def network():
    return inception_2015()


@pytest.mark.parametrize(
    "change, message",
    [
        (without_a_weight, "1 differ in name or shape, such as Mixed_7c.branch_pool.bn.bias"),
        (with_torchvisions_classes, "2 differ in name or shape, such as fc.bias"),
        (with_another_weight, "1 differ in name or shape, such as AuxLogits.fc.bias"),
    ],
)
def test_weights_of_another_network_are_refused(change, message, network):
    tensors = inception_weights()
    change(tensors)
    arrays = {name: np.broadcast_to(x.values[0], x.shape) for name, x in tensors.items()}
    with pytest.raises(UserError, match="not those of the Inception network") as refused:
        set_weights(network, arrays)
    assert message in str(refused.value)


def test_what_is_no_file_of_weights_replaces_nothing(tmp_path, call):
    (tmp_path / "weights.pth").write_bytes(b"no weights")
    (tmp_path / "features.keras").write_text("made before")
    flags = ["--weights", "weights.pth", "--output", "features.keras"]
    code, _, stderr = call("inception_features", *flags)
    assert code == 1 and stderr == "error: weights.pth holds no weights of PyTorch"
    assert (tmp_path / "features.keras").read_text() == "made before"
