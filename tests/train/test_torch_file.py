"""Weights that PyTorch saved are read without PyTorch, and without running code."""

import pickle
import zipfile

import numpy as np
import pytest

from tests.train.torch_files import Tensor, write, write_zip
from train.common.torch_file import TorchFileError, read_weights


@pytest.mark.parametrize("write", [write, write_zip])
def test_weights_are_read_as_they_were_saved(write, tmp_path):
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
@pytest.mark.parametrize("write", [write, write_zip])
def test_memory_outside_of_a_storage_is_not_read(write, tensor, tmp_path):
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
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Evil(), protocol=2))
    with pytest.raises(TorchFileError, match="holds no weights of PyTorch"):
        read_weights(path)


def test_a_compressed_archive_is_not_unpacked(tmp_path):
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(1000))
    with pytest.raises(TorchFileError, match="holds no weights of PyTorch") as refused:
        read_weights(path)
    assert "compressed" in str(refused.value.__cause__)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip", pickle.dumps(3)])
def test_other_files_are_refused(content, tmp_path):
    path = tmp_path / "other.pth"
    path.write_bytes(content)
    with pytest.raises(TorchFileError, match="holds no weights of PyTorch"):
        read_weights(path)
    with pytest.raises(TorchFileError, match="cannot be read: No such file"):
        read_weights(tmp_path / "missing.pth")
