"""Files of weights as PyTorch saves them, written without it."""

import io
import pickle
import struct
import zipfile
from collections import OrderedDict

import numpy as np

from train.common import torch_file


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


def write_zip(path, weights):
    """Write tensors by name in PyTorch's format since version 1.6."""
    file = io.BytesIO()
    pickler = TorchPickler(file)
    pickler.dump(OrderedDict(weights))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", file.getvalue())
        for key, values in pickler.storages.values():
            archive.writestr(f"archive/data/{key}", values.tobytes())
        archive.writestr("archive/version", "3\n")
    return path
