"""Writing presets: all of a folder, or nothing."""

import datetime
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
from PIL import Image

import keras_gans
from keras_gans.pixels import to_pixels
from keras_gans.presets.card import card
from keras_gans.presets.folder import (
    CARD,
    CONFIG,
    EXAMPLES,
    METADATA,
    SAMPLES,
    WEIGHTS,
    new_preset,
    sha256,
)
from keras_gans.presets.loading import random_examples, refuse_other_classes
from keras_gans.presets.weights import networks_of, save_networks
from keras_gans.provenance import Provenance
from keras_gans.training.adversarial_model import AdversarialModel
from keras_gans.visualization import sample_image

DTYPES = ("float32", "float16")
MOST_SIDE = 2048  # pixels of the samples, which are to be looked at


def save(
    model: AdversarialModel,
    folder: str | os.PathLike,
    *,
    dtype: str,
    discriminators: bool,
    examples: Any,
    provenance: Provenance | None,
) -> None:
    """Do what `AdversarialModel.save_to_preset` says, where the arguments are described."""
    if dtype not in DTYPES:
        raise ValueError(f"dtype must be one of {', '.join(DTYPES)}, not {dtype}")
    folder = Path(folder).expanduser()
    config = json.dumps(_config(model))
    try:
        refuse_other_classes(json.loads(config))
    except ValueError as error:
        raise ValueError(f"a preset of this model could not be loaded: {error}") from error
    provenance = provenance or Provenance()
    names = list(networks_of(model) if discriminators else model.generators)
    shown = random_examples(model) if examples is None else examples
    with new_preset(folder) as part:
        (part / CONFIG).write_text(config + "\n", encoding="utf-8")
        save_networks(model, names, part / WEIGHTS, dtype)
        samples = Image.fromarray(sample_image(model, shown))
        samples.thumbnail((MOST_SIDE, MOST_SIDE))
        samples.save(part / SAMPLES)
        if examples is not None:
            np.savez_compressed(part / EXAMPLES, *_stored(examples))
        metadata = _metadata(model) | {"dtype": dtype, "networks": names} | asdict(provenance)
        (part / CARD).write_text(card(model, folder.name, metadata), encoding="utf-8")
        metadata["files"] = {
            path.name: {"size": path.stat().st_size, "sha256": sha256(path)}
            for path in sorted(part.iterdir())
        }
        (part / METADATA).write_text(json.dumps(metadata, indent=2) + "\n", encoding="utf-8")


def _config(model: AdversarialModel) -> dict[str, Any]:
    """Return the serialized model, as Keras reads it, without its optimizers."""
    kind = type(model)
    return {
        "module": kind.__module__,
        "class_name": kind.__name__,
        "config": model.get_config(),
        "registered_name": keras.saving.get_registered_name(kind),
    }


def _metadata(model: AdversarialModel) -> dict[str, Any]:
    return {
        "keras_version": keras.__version__,
        "keras_gans_version": keras_gans.__version__,
        "parameter_count": sum(network.count_params() for network in model.generators.values()),
        "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
        "steps": model.step,
    }


def _stored(examples: Any) -> list[np.ndarray]:
    """Return a batch's arrays, images as pixels, which are a quarter of the size."""
    arrays = map(np.asarray, keras.tree.flatten(examples))
    return [to_pixels(x) if x.ndim == 4 else x for x in arrays]
