"""The workers of a training on several machines, as the environment names them."""

import json
import os
from dataclasses import dataclass

from keras_gans.errors import UserError

FIRST_PORT, PORTS = 10000, 20000  # of Slurm jobs, so that two on one machine differ


@dataclass(frozen=True)
class Cluster:
    """The processes of a training, one per machine, that run the same command.

    Attributes:
        addresses: host and port of each worker. The first one is the chief, which writes the run.
        index: which of them this process is.
    """

    addresses: tuple[str, ...]
    index: int

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run."""
        return self.index == 0

    @property
    def own_name(self) -> str:
        """This process, and how many there are."""
        return f"{self.name(self.index)} of {len(self.addresses)}"

    def name(self, index: int) -> str:
        """Return a worker's number and address."""
        return f"worker {index} ({self.addresses[index]})"


def find_cluster() -> Cluster | None:
    """Return the cluster that `TF_CONFIG` or Slurm tells of; None for a training of one process.

    Raises:
        UserError: the environment cannot be understood.
    """
    if text := os.environ.get("TF_CONFIG", "").strip():
        cluster = _from_tf_config(text)
    elif "SLURM_PROCID" in os.environ and os.environ.get("SLURM_STEP_NUM_TASKS", "1") != "1":
        cluster = _from_slurm()
    else:
        return None
    return cluster if len(cluster.addresses) > 1 else None


def _from_tf_config(text: str) -> Cluster:
    """Return the cluster of TF_CONFIG, in which a job "chief" may come before the job "worker"."""
    try:
        config = json.loads(text)
        jobs = {name: list(config["cluster"].get(name, [])) for name in ("chief", "worker")}
        job, index = config["task"]["type"], int(config["task"]["index"])
        if not 0 <= index < len(jobs[job]):
            raise ValueError(f"there is no task {index} of the job {job}")
        before = len(jobs["chief"]) if job == "worker" else 0
        return Cluster((*jobs["chief"], *jobs["worker"]), before + index)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"TF_CONFIG cannot be understood ({error!r}). It looks like this:\n"
            '{"cluster": {"worker": ["host0:2222", "host1:2222"]}, '
            '"task": {"type": "worker", "index": 0}}'
        ) from error


def _from_slurm() -> Cluster:
    import tensorflow as tf

    try:
        port = FIRST_PORT + int(os.environ.get("SLURM_JOB_ID", 0)) % PORTS
        tasks = int(os.environ["SLURM_STEP_NUM_TASKS"])
        # Which GPUs a task sees is for Slurm to say: the resolver only needs one for each task.
        resolver = tf.distribute.cluster_resolver.SlurmClusterResolver(
            port_base=port, gpus_per_node=tasks, gpus_per_task=1, auto_set_gpu=False
        )
        addresses = resolver.cluster_spec().as_dict()["worker"]
        return Cluster(tuple(addresses), int(os.environ["SLURM_PROCID"]))
    except (RuntimeError, ValueError, KeyError) as error:
        raise UserError(f"Slurm's variables cannot be understood: {error}") from error
