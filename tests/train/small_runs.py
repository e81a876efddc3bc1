"""Small trainings, and what must hold of them."""

import os
import subprocess
import sys
from pathlib import Path

import keras

from keras_gans.training.saving import newest_checkpoint

ROOT = Path(__file__).parents[2]


LATENT = "--data shapes --image-size 8 --latent-dim 4 --filters 4"


SMALL = {
    "gan": "--data shapes --image-size 8 --latent-dim 4",
    "dcgan": LATENT,
    "lsgan": LATENT,
    "wgan": LATENT,
    "wgan_gp": LATENT,
    "cgan": LATENT,
    "acgan": LATENT,
    "infogan": LATENT,
    "sngan": LATENT,
    "r3gan": LATENT,
    "fastgan": "--data shapes --image-size 16 --latent-dim 4 --filters 4",
    "pix2pix": "--data outlines --image-size 32 --filters 2 --discriminator-filters 2",
    "cyclegan": "--data stripes --image-size 24 --filters 2 --blocks 1 --discriminator-filters 2",
    "cut": "--data stripes --image-size 24 --filters 2 --blocks 1 --discriminator-filters 2",
}


def start(module, *arguments, cwd, **settings):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", module, *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=cwd, env=environment, **pipes, **settings)


def finish(process):
    stdout, stderr = process.communicate(timeout=120)
    return process.returncode, stdout, stderr


def state(run):
    """All that a run has learnt: weights, random states, both optimizers and their averages."""
    model = keras.saving.load_model(newest_checkpoint(run / "checkpoints"))
    optimizers = model.generator_optimizer, model.discriminator_optimizer
    variables = [*model.variables, *(v for optimizer in optimizers for v in optimizer.variables)]
    return [keras.ops.convert_to_numpy(v) for v in variables]


def assert_refused(result, *words):
    code, _, stderr = result
    assert code not in (0, None) and "Traceback" not in stderr, stderr
    assert len(stderr.strip().splitlines()) <= 2
    for word in words:
        assert word in stderr, stderr
