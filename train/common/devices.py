"""The devices of a training: one, or several that train together, of one machine or more."""

import re
from typing import Any

from keras_gans.errors import UserError
from train.common.cluster import Cluster

AUTO, ALL = "auto", "all"


def choose_devices(wanted: str, cluster: Cluster | None = None) -> str:
    """Return `wanted` in full: "gpu:2", "cpu:1"; of several machines, "2 x cpu:1" and the like.

    Args:
        wanted: "auto" for all GPUs, or one CPU; a number of GPUs, or "all"; "cpu:2" for two parts
            of the CPU. On several machines, those of each machine.
        cluster: None for one machine.

    Raises:
        UserError: there are no such devices.
    """
    import tensorflow as tf

    gpus = len(tf.config.list_physical_devices("GPU"))
    workers = 1 if cluster is None else len(cluster.addresses)
    if wanted == AUTO:
        wanted = f"gpu:{gpus}" if gpus else "cpu:1"
    found = re.fullmatch(
        r"(?:([1-9]\d*) x )?(?:(gpu|cpu):)?([1-9]\d*)", f"{gpus or 1}" if wanted == ALL else wanted
    )
    if not found:
        raise UserError(f"--devices {wanted}: give a number of GPUs, all, or cpu:2 and the like")
    kind, count = found[2] or "gpu", int(found[3])
    if found[1] and int(found[1]) != workers:
        raise UserError(
            f"this run is trained by {found[1]} workers, and {workers} is here\n"
            "Start all of them; or give --devices and --resume-with to go on with other devices"
        )
    if kind == "gpu" and count > gpus:
        raise UserError(f"--devices {wanted}: there are {gpus} GPUs; cpu:2 takes parts of the CPU")
    if kind == "cpu" and count > 1 and workers > 1:
        raise UserError(f"--devices {wanted}: of several machines, each one's CPU is one device")
    return f"{kind}:{count}" if workers == 1 else f"{workers} x {kind}:{count}"


def make_strategy(devices: str, cluster: Cluster | None = None) -> Any:
    """Return the `tf.distribute` strategy of some devices. No tensor may have been made before.

    On several machines, it waits until all workers are there.

    Args:
        devices: as `choose_devices` returns them.
        cluster: None for one machine.
    """
    import tensorflow as tf

    kind, _, number = devices.rpartition(" ")[2].partition(":")
    count = int(number)
    # Hidden GPUs keep their memory, and layers choose their operations by the ones they see.
    gpus = tf.config.list_physical_devices("GPU")[: count if kind == "gpu" else 0]
    tf.config.set_visible_devices(gpus, "GPU")
    if cluster is not None:
        return _multi_worker(cluster, len(gpus))
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


def _multi_worker(cluster: Cluster, gpus: int) -> Any:
    import tensorflow as tf

    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": list(cluster.addresses)}),
        task_type="worker",
        task_id=cluster.index,
        num_accelerators={"GPU": gpus},
        rpc_layer="grpc",
    )
    return tf.distribute.MultiWorkerMirroredStrategy(resolver)


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
