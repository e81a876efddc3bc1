"""The trainings of a comparison: a process each, several at the same time."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_gans.cli.run_directory import RunDirectory
from keras_gans.evaluation.history import read_history

ONE_THREAD = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
OF_SEVERAL = ("TF_CONFIG", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS")  # name several workers
MAX_EPOCHS = 1_000_000  # never reached: a training ends when its time is up
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class TrainingJob:
    """One training of a comparison: a variant with one seed.

    Args:
        variant: "dcgan", or a module such as "benchmarks.tutorial_dcgan"; flags may follow.
        seed: random seed.
        parent: folder of the comparison.
        minutes: CPU time of the training.
    """

    variant: str
    seed: int
    parent: Path
    minutes: float

    @property
    def title(self) -> str:
        """The variant's name, a module's last part, with the variant's flags."""
        name, *own = shlex.split(self.variant)
        return shlex.join([name.rpartition(".")[2], *own])

    @property
    def folder(self) -> Path:
        """The run directory."""
        return self.parent / f"{slug(self.title)}-{self.seed}"

    @property
    def log_file(self) -> Path:
        """The file with everything that the training prints."""
        return self.parent / f"{self.folder.name}.log"

    @property
    def evaluations(self) -> list[dict[str, Any]]:
        """The training's evaluations, the first one first."""
        return read_history(RunDirectory(self.folder).history_file)

    @property
    def done(self) -> bool:
        """Whether the training has used its time and was evaluated at the end."""
        evaluations = self.evaluations
        return bool(evaluations) and evaluations[-1]["seconds"] >= round(60.0 * self.minutes, 1)

    @property
    def last_error_line(self) -> str:
        """The error in the log, or the log's last line if there is none."""
        lines = self.log_file.read_text().strip().splitlines()[-2:]
        return " ".join(lines if "error: " in "".join(lines[:1]) else lines[-1:])

    def start(self, flags: Sequence[str], gpu: str | None = None) -> subprocess.Popen:
        """Start or resume the training in a new process, which prints to the log file.

        Args:
            flags: for every training of the comparison. The variant's own flags override them.
            gpu: the number of the GPU that it trains on; None for one thread of a CPU.
        """
        name, *own = shlex.split(self.variant)
        module = name if "." in name else f"train.{name}"
        # If a flag is given twice, the second one counts.
        command = [sys.executable, "-m", module, *flags, *own, "--run-dir", str(self.folder)]
        command += ["--seed", str(self.seed), "--cpu-minutes", str(self.minutes)]
        command += ["--epochs", str(MAX_EPOCHS)]
        with open(self.log_file, "a") as log:
            # In a new session, a training does not get the terminal's Ctrl-C, only the one signal
            # that `run_all` sends. A second signal would stop it before it has saved its state.
            return subprocess.Popen(
                command, stdout=log, stderr=log, env=environment(gpu), start_new_session=True
            )


def environment(gpu: str | None) -> dict[str, str]:
    """Return the environment of a training, which is one process on one device.

    Args:
        gpu: the number of a GPU; None for one thread of a CPU.
    """
    kept = {name: value for name, value in os.environ.items() if name not in OF_SEVERAL}
    if gpu is None:
        return kept | dict.fromkeys(ONE_THREAD, "1")
    # Without growth, one training would take all memory of a GPU that several share.
    return kept | {"CUDA_VISIBLE_DEVICES": gpu, "TF_FORCE_GPU_ALLOW_GROWTH": "true"}


def run_all(
    jobs: Sequence[TrainingJob], flags: Sequence[str], limit: int, gpus: Sequence[str] = ()
) -> dict[TrainingJob, str]:
    """Run the trainings that are not done.

    Args:
        jobs: the trainings.
        flags: for every training.
        limit: the most trainings at the same time.
        gpus: the numbers of the GPUs that they share; none for CPUs.

    Returns:
        The trainings that failed, each with its error message.

    Raises:
        KeyboardInterrupt: there was a signal. The trainings have saved their state and ended.
    """
    from keras_gans.callbacks import stop_signals

    waiting = [job for job in jobs if not job.done]
    running: dict[TrainingJob, subprocess.Popen] = {}
    on_gpu: dict[TrainingJob, str] = {}
    failed: dict[TrainingJob, str] = {}
    previous = {  # every signal acts like Ctrl-C
        number: signal.signal(number, signal.default_int_handler) for number in stop_signals()
    }
    print(f"{len(jobs) - len(waiting)} of {len(jobs)} trainings are done", flush=True)
    try:
        while waiting or running:
            while waiting and len(running) < limit:
                job = waiting.pop(0)
                taken = [on_gpu[each] for each in running if each in on_gpu]
                if gpus:  # the one with the fewest trainings
                    on_gpu[job] = min(gpus, key=taken.count)
                running[job] = job.start(flags, on_gpu.get(job))
            for job in [job for job, process in running.items() if process.poll() is not None]:
                if running.pop(job).returncode:
                    failed[job] = job.last_error_line
                elif not job.done:
                    failed[job] = "it ended before its time was up"
                else:
                    print(f"{job.folder.name}: {summary(job.evaluations[-1])}", flush=True)
            time.sleep(POLL_SECONDS)
    finally:
        for process in running.values():
            process.terminate()  # a training saves its state on SIGTERM
        for process in running.values():
            process.wait()
        for number, handler in previous.items():
            signal.signal(number, handler)
    return failed


def summary(evaluation: dict[str, Any]) -> str:
    """Return the step and the metrics of an evaluation in one line."""
    values = {k: v for k, v in evaluation.items() if isinstance(v, float) and k != "seconds"}
    return f"step {evaluation['step']:,}  " + "  ".join(f"{k} {v:.4g}" for k, v in values.items())


def slug(title: str) -> str:
    """Return a title as part of a file name: "dcgan --r1 0.5" becomes "dcgan-r1-0.5"."""
    return re.sub(r"[^\w.]+", "-", title)
