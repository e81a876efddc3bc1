"""The devices of a training: one, or several of this machine that train together."""

import re
from typing import Any

from keras_gans.errors import UserError

AUTO, ALL = "auto", "all"


def choose_devices(wanted: str) -> str:
    """Return `wanted` in full: "gpu:2", "cpu:1" and the like.

    Args:
        wanted: "auto" for all GPUs, or one CPU; a number of GPUs, or "all"; "cpu:2" for two parts
            of the CPU.

    Raises:
        UserError: there are no such devices.
    """
    import tensorflow as tf

    gpus = len(tf.config.list_physical_devices("GPU"))
    if wanted == AUTO:
        return f"gpu:{gpus}" if gpus else "cpu:1"
    found = re.fullmatch(r"(?:(gpu|cpu):)?([1-9]\d*)", f"{gpus or 1}" if wanted == ALL else wanted)
    if not found:
        raise UserError(f"--devices {wanted}: give a number of GPUs, all, or cpu:2 and the like")
    kind, count = found[1] or "gpu", int(found[2])
    if kind == "gpu" and count > gpus:
        raise UserError(f"--devices {wanted}: there are {gpus} GPUs; cpu:2 takes parts of the CPU")
    return f"{kind}:{count}"


def make_strategy(devices: str) -> Any:
    """Return the `tf.distribute` strategy of some devices. No tensor may have been made before.

    Args:
        devices: as `choose_devices` returns them.
    """
    import tensorflow as tf

    kind, _, number = devices.partition(":")
    count = int(number)
    if count == 1:
        return tf.distribute.get_strategy()
    if kind == "gpu":
        return tf.distribute.MirroredStrategy([f"GPU:{index}" for index in range(count)])
    parts = [tf.config.LogicalDeviceConfiguration()] * count
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], parts)
    return tf.distribute.MirroredStrategy(
        [f"CPU:{index}" for index in range(count)],
        cross_device_ops=tf.distribute.ReductionToOneDevice(),
    )


def check_batch_size(batch_size: int, replicas: int) -> None:
    """Raise an error if a batch cannot be divided equally among the devices.

    Raises:
        UserError: it cannot; the message says which sizes can.
    """
    if batch_size % replicas:
        lower = batch_size - batch_size % replicas
        fitting = [str(size) for size in (lower, lower + replicas) if size]
        raise UserError(
            f"--batch-size {batch_size} cannot be divided among {replicas} devices: "
            f"give {' or '.join(fitting)}"
        )
