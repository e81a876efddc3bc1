"""The small runs whose files are damaged."""

import os
import subprocess
import sys
from pathlib import Path

from keras_gans.errors import UserError

ROOT = Path(__file__).parents[2]
SHARED = (
    "--epochs 1 --steps-per-epoch 2 --precision float32 --evaluate-every 1 --features random "
    "--samples 16"
)
RUNS = {
    "cgan": "--data shapes --image-size 8 --latent-dim 4 --filters 4 --batch-size 4 --metrics fid",
    "cyclegan": (
        "--data stripes --image-size 24 --filters 2 --blocks 1 --discriminator-filters 2 "
        "--metrics fid"
    ),
}


def make_runs(folder: Path) -> None:
    """Train a run of each kind of model, and export it as a SavedModel.

    Raises:
        UserError: a command failed.
    """
    for name, flags in RUNS.items():
        run = str(folder / name)
        _run(f"train.{name}", *flags.split(), *SHARED.split(), "--run-dir", run)
        _run("export.saved_model", run)


def _run(*command: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", *command], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise UserError(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")
