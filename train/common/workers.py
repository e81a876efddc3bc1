"""What the workers of a training on several machines agree on, and who writes."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from keras_gans.cli.run_directory import RunDirectory
from keras_gans.errors import UserError, first_line
from keras_gans.training.distribution import gather_from_workers
from keras_gans.training.saving import newest_first
from train.common.cluster import Cluster

# What TensorFlow says of a worker that does not answer any more.
LOST = re.compile(
    r"heartbeat|unhealthy|collective ops is aborted|coordination (service|agent)", re.I
)


@contextlib.contextmanager
def own_directory(run: RunDirectory, cluster: Cluster | None) -> Iterator[RunDirectory]:
    """Give the run's directory to the chief, and to each other worker a temporary one.

    All workers do the same, as much of it takes all of them, and only what the chief writes and
    prints is kept.
    """
    if cluster is None or cluster.is_chief:
        yield run
        return
    print(f"{cluster.own_name}: {cluster.name(0)} reports", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="keras_gans-") as folder,
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
    ):
        own = RunDirectory(folder)
        for file in (run.history_file, run.cpu_seconds_file):
            if file.exists():
                shutil.copy(file, own.folder)
        own.checkpoints.mkdir()
        for checkpoint in newest_first(run.checkpoints):
            (own.checkpoints / checkpoint.name).symlink_to(checkpoint.resolve())
        yield own


def check_agreement(cluster: Cluster | None, **values: Any) -> None:
    """Raise an error if workers differ in something that has to be the same.

    Args:
        cluster: None for one machine.
        **values: what has to be the same, JSON values by name.

    Raises:
        UserError: it is not.
    """
    if cluster is None:
        return
    digests = [hashlib.sha256(json.dumps(value).encode()).digest() for value in values.values()]
    found = gather_from_workers([int.from_bytes(digest[:6], "big") for digest in digests])
    for index, row in enumerate(found):
        different = [
            name for name, own, first in zip(values, row, found[0], strict=True) if own != first
        ]
        if different:
            raise UserError(
                f"{cluster.name(index)} has another {' and '.join(different)} than "
                f"{cluster.name(0)}\n"
                "All workers need the same command, the same data and one --run-dir on a disk that "
                "they share"
            )


@contextlib.contextmanager
def errors_of_workers(cluster: Cluster | None, resume: str) -> Iterator[None]:
    """Say which worker is gone: TensorFlow's error has many lines.

    Args:
        cluster: None for one machine.
        resume: the command that resumes the training.

    Raises:
        UserError: a worker does not answer any more.
    """
    try:
        yield
    except tf.errors.OpError as error:
        if cluster is None or not LOST.search(str(error)):
            raise
        lost = sorted({int(number) for number in re.findall(r"task:(\d+)", str(error))})
        others = [cluster.name(n) for n in lost if n != cluster.index]
        reason = "its own output says why" if others else first_line(error)
        raise UserError(
            f"{', '.join(others) or 'another worker'} has stopped: {reason}\n"
            f"The last checkpoint is kept. To resume, run this on every worker again: {resume}"
        ) from error
