"""Small runs that are evaluated, and what an evaluation says."""

import re

from keras_gans.cli.run_info import RunInfo
from keras_gans.training.saving import save_atomically

SHAPES = (
    "--data shapes --image-size 8 --latent-dim 4 --filters 4 --r1 0 --precision float32".split()
)
DIGITS = r" \([0-9a-f]{8}\)"  # which tell examples and networks by their content


def refused(result, *words):
    code, _, stderr = result
    message = stderr[stderr.find("error:") :]
    assert code not in (0, None) and "Traceback" not in stderr, stderr
    assert len(message.strip().splitlines()) <= 2, stderr
    assert all(word in message for word in words), stderr


def rows(text):
    """Return what a table says: value and conditions, by measure."""
    cells = re.findall(r"^\| (\S+) +\| (\S+) +\| (.*\S) +\|$", text, re.MULTILINE)
    return {name: (value, by) for name, value, by in cells if name != "metric"}


def write_run(folder, model, name, data):
    """Write a run as training would, of a model that was not trained."""
    model.compile(model.make_optimizer(), model.make_optimizer())
    (folder / "checkpoints").mkdir(parents=True)
    save_atomically(model, folder / "checkpoints" / "step-00000000.keras")
    config = {"seed": 0, "epochs": 1, "precision": "float32"}
    RunInfo(name, config, data, "0", None, {}).write(folder)
