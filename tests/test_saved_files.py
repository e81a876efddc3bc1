"""Files that earlier versions saved.

tests/saved was made at commit 62a0105, version 0.1.0; cut.keras, whose MLPs have 8 units,
fastgan.keras and the students' files in 0.2.0.
"""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_gans.training.saving import load_model

SAVED = Path(__file__).parent / "saved"
RENAMED = {
    "discriminator/real_slope": "discriminator/r1",
    "discriminator/fake_slope": "discriminator/r2",
}
NAMES = sorted(path.stem for path in SAVED.glob("*.keras"))


@pytest.fixture(scope="module")
def expected():
    """What each file's generators made, and the losses of its next step, before it was saved."""
    with np.load(SAVED / "expected.npz") as arrays:
        return dict(arrays)


def of(expected, prefix):
    return {
        name.removeprefix(prefix): value
        for name, value in expected.items()
        if name.startswith(prefix)
    }


def test_there_is_a_file_of_every_variant(variants):
    models = {variant.model for variant in variants.values()}
    assert {type(load_model(SAVED / f"{name}.keras")) for name in NAMES} == models


@pytest.mark.parametrize("name", NAMES)
def test_it_opens_and_makes_the_same_images(name, variants, expected):
    model = load_model(SAVED / f"{name}.keras")
    inputs = model.example_inputs(variants[name].batch(2, seed=7))
    assert int(model.steps) == 2
    for generator, values in inputs.items():
        made = model.generators[generator](values, training=False)
        np.testing.assert_allclose(made, expected[f"{name}/{generator}"], atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_it_trains_on(name, variants, expected):
    model = load_model(SAVED / f"{name}.keras")
    model.run_eagerly = True
    history = variants[name].fit(model, seed=7)
    losses = of(expected, f"{name}/losses/")
    losses = {RENAMED.get(loss, loss): value for loss, value in losses.items()}
    assert history.keys() == losses.keys()
    for loss, (value,) in history.items():
        assert value == pytest.approx(losses[loss], rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_keras_opens_it_too(name):
    model = keras.saving.load_model(SAVED / f"{name}.keras")
    assert int(model.steps) == 2


@pytest.mark.parametrize(
    "code",
    [
        "import keras_gans; model = keras_gans.load_model(sys.argv[1])",
        "import keras, keras_gans.models; model = keras.models.load_model(sys.argv[1])",
    ],
)
def test_a_new_process_opens_it(code):
    code = f"import sys; {code}; assert type(model).__name__ == 'DCGAN'"
    subprocess.run([sys.executable, "-c", code, str(SAVED / "dcgan.keras")], check=True)
