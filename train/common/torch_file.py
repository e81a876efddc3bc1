"""Reads weights that PyTorch saved, without PyTorch and without running code."""

import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from keras_gans.errors import UserError

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C  # of files of before version 1.6; later ones are zip archives
STORAGES = {"FloatStorage": "<f4", "LongStorage": "<i8"}


class TorchFileError(UserError):
    """A file holds no weights that can be read."""


class _Tensor(NamedTuple):
    """A tensor whose values are yet to be read."""

    storage: tuple[str, str, int]  # dtype, key and number of values
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a file of weights by their names.

    Raises:
        TorchFileError: the file cannot be read, or holds something else than weights.
    """
    try:
        with path.open("rb") as file:
            return _read_zip(file) if zipfile.is_zipfile(file) else _read(file)
    except OSError as error:
        raise TorchFileError(f"{path} cannot be read: {error.strerror}") from error
    except Exception as error:  # damaged pickles raise anything
        raise TorchFileError(f"{path} holds no weights of PyTorch") from error


def _read(file: IO[bytes]) -> dict[str, np.ndarray]:
    file.seek(0)
    magic_number, _, _ = (_Unpickler(file).load() for _ in range(3))
    if magic_number != MAGIC_NUMBER:
        raise ValueError("another format")
    tensors: dict[str, _Tensor] = _Unpickler(file).load()
    dtypes = _dtypes(tensors)
    values = {}
    for key in _Unpickler(file).load():
        (count,) = np.frombuffer(file.read(8), "<i8")
        dtype = np.dtype(dtypes[key])
        values[key] = np.frombuffer(file.read(count * dtype.itemsize), dtype, count)
    return _arrays(tensors, values)


def _read_zip(file: IO[bytes]) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(file) as archive:
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
            raise ValueError("compressed, which PyTorch does not do: it might fill the memory")
        (pickled,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        folder = pickled.removesuffix(".pkl")
        tensors: dict[str, _Tensor] = _Unpickler(archive.open(pickled)).load()
        values = {
            key: np.frombuffer(archive.read(f"{folder}/{key}"), dtype)
            for key, dtype in _dtypes(tensors).items()
        }
    return _arrays(tensors, values)


def _dtypes(tensors: dict[str, _Tensor]) -> dict[str, str]:
    """Return the dtype of each storage by its key."""
    return {tensor.storage[1]: tensor.storage[0] for tensor in tensors.values()}


def _arrays(tensors: dict[str, _Tensor], storages: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: _array(tensor, storages[tensor.storage[1]]) for name, tensor in tensors.items()}


def _array(tensor: _Tensor, values: np.ndarray) -> np.ndarray:
    ends = sum(
        (side - 1) * stride for side, stride in zip(tensor.shape, tensor.strides, strict=True)
    )
    if min(tensor.offset, *tensor.strides, 0) < 0 or tensor.offset + ends >= len(values):
        raise ValueError("the tensor is not within its storage")
    strides = [stride * values.itemsize for stride in tensor.strides]
    return np.lib.stride_tricks.as_strided(values[tensor.offset :], tensor.shape, strides)


class _Unpickler(pickle.Unpickler):
    """Knows weights, and refuses whatever else a pickle may name: nothing is imported."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is none of weights")

    def persistent_load(self, pid: Any) -> tuple[str, str, int]:
        _, dtype, key, _, count, *_ = pid
        return dtype, key, count


def _tensor(storage, offset, shape, strides, requires_grad, hooks) -> _Tensor:
    return _Tensor(storage, offset, tuple(shape), tuple(strides))
