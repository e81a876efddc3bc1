"""The presets that are installed with the library: each opens, and says where it comes from."""

import re

import numpy as np
import pytest

import keras_gans
from export.common.trained_run import open_run
from keras_gans.presets.shipped import SHIPPED, shipped_presets

MOST_BYTES = 25 * 2**20  # of all of them
NAMES = keras_gans.presets.names()


def test_there_are_some_and_together_they_are_small():
    assert NAMES
    folders = {preset.path for preset in shipped_presets().values()}
    assert sum(x.stat().st_size for folder in folders for x in folder.iterdir()) <= MOST_BYTES
    assert {path for path in SHIPPED.iterdir() if path.is_dir()} <= {
        *folders,
        SHIPPED / "__pycache__",
    }


@pytest.mark.parametrize("name", NAMES)
def test_it_opens_and_makes_images(name):
    model = keras_gans.load(name)
    run = open_run(name)
    for generator in run.generators():
        images = generator.predict(generator.examples)
        assert images.shape[1:] == model.generators[generator.name].output_shape[1:]
        assert np.all(np.abs(images) <= 1.0)
        assert images.std(axis=0).mean() > 0.1, "they look alike"


@pytest.mark.parametrize("name", NAMES)
def test_it_says_where_it_comes_from(name):
    metadata = shipped_presets()[name].metadata
    assert metadata["dtype"] == "float16"
    assert re.fullmatch("[0-9a-f]{7,}", metadata["commit"]), "trained by a commit, as it stands"
    assert metadata["cpu_minutes"] > 0 and metadata["steps"] > 0 and metadata["seed"] is not None
    assert metadata["command"].startswith("python -m train.")
    for words in ("license", "limits", "measures", "data"):
        assert metadata[words]
    card = (shipped_presets()[name].path / "README.md").read_text()
    assert all(metadata[words] in card for words in ("license", "limits", "command", "measures"))
