"""Which precision computes fastest here, and whether results are the same every time."""

import keras

from train.common.options import Precision


def choose_precision(wanted: Precision) -> Precision:
    """Return `wanted`, or what "auto" means on this machine: "bfloat16" or "float32".

    bfloat16 pays where the hardware multiplies matrices in it: GPUs from compute capability 8.0
    on, and CPUs with AMX. AVX512-BF16 alone does not: its instructions take twice as long.
    """
    if wanted != "auto":
        return wanted
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        capability = tf.config.experimental.get_device_details(gpus[0]).get("compute_capability")
        return "bfloat16" if capability and capability >= (8, 0) else "float32"
    return "bfloat16" if "amx_bf16" in _cpu_flags() else "float32"


def set_precision(precision: str) -> None:
    """Make `precision` the policy of every network that is built from now on."""
    keras.config.set_dtype_policy(precision if precision == "float32" else f"mixed_{precision}")


def set_determinism(deterministic: bool) -> None:
    """Choose operations that compute the same every time. It lasts until the process ends."""
    if deterministic:
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def _cpu_flags() -> str:
    try:
        with open("/proc/cpuinfo") as file:
            return file.read()
    except OSError:  # not Linux
        return ""
