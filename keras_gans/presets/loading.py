"""Opening presets: no code in them is executed."""

import os
import warnings
from textwrap import shorten
from typing import Any, TypeVar

import keras
import numpy as np

import keras_gans.models  # noqa: F401  registers the classes
from keras_gans.errors import first_line
from keras_gans.presets.folder import CONFIG, WEIGHTS, PresetError, PresetFolder
from keras_gans.presets.resolve import find_preset
from keras_gans.presets.weights import at_most, load_networks
from keras_gans.training.adversarial_model import AdversarialModel

Model = TypeVar("Model", bound=keras.Model)

# Where Keras's own classes are that networks are made of. All others must be registered.
KERAS_MODULES = (
    "keras",
    "keras.constraints",
    "keras.initializers",
    "keras.layers",
    "keras.models",
    "keras.regularizers",
    "keras.src.models.functional",
    "keras.src.models.sequential",
)
HALF_BYTES = 2  # of a weight in float16
# What a model may have beside the weights in the file: discriminators that were left out, and a
# translator's pools of images.
MOST_NEW_WEIGHTS = 2**28
TENSORS = ("__keras_tensor__", "__tensor__", "__numpy__")


def load(
    preset: str | os.PathLike | PresetFolder,
    expected: type[Model] = AdversarialModel,  # type: ignore[assignment]
) -> Model:
    """Open a preset: a model with trained weights, not compiled. No code in it is executed.

    Args:
        preset: a name of `keras_gans.presets.names()`, a folder, "hf://owner/name" or
            "kaggle://owner/model/keras/variation".
        expected: the class that the model must have.

    Raises:
        PresetError: there is no such preset, it is damaged, it holds other classes than those of
            this library and registered ones, or it is of another class.
    """
    folder = preset if isinstance(preset, PresetFolder) else find_preset(preset)
    folder.check_all()
    model = _build(folder)
    if not isinstance(model, AdversarialModel):
        raise PresetError(f"{folder.name} is a {type(model).__name__}, not an AdversarialModel")
    if not isinstance(model, expected):
        needed = type(model).__name__
        raise PresetError(f"{folder.name} is of the class {needed}: give {needed}.from_preset")
    try:
        load_networks(model, folder.networks, folder.path / WEIGHTS)
    except Exception as error:  # Keras and HDF5 raise nearly everything over damaged files
        raise folder.damaged(WEIGHTS, _why(error)) from error
    if not folder.swapped:
        return model
    if not hasattr(model, "swapped"):
        raise PresetError(f"{folder.path.name} has one direction, so {folder.name} is none of it")
    return model.swapped()


def random_examples(model: AdversarialModel) -> Any:
    """Return a batch of random images, for a model whose preset has no examples."""
    rng = np.random.default_rng(0)
    shape = next(iter(model.generators.values())).output_shape[1:]
    count = 8 if model.task in ("unpaired", "paired") else 64 if len(shape) == 3 else 500
    domains = 2 if model.task in ("unpaired", "paired") else 1
    batch = [rng.uniform(-1.0, 1.0, (count, *shape)).astype("float32") for _ in range(domains)]
    classes = getattr(model, "classes", None)
    if model.task == "labelled" and classes:
        batch.append(np.arange(count, dtype="int32") % classes)
    return tuple(batch) if len(batch) > 1 else batch[0]


def _build(folder: PresetFolder) -> keras.Model:
    config = folder.config
    try:
        if "class_name" not in config:
            raise ValueError("it names no class")
        refuse_other_classes(config)
        stored = (folder.path / WEIGHTS).stat().st_size // HALF_BYTES
        with at_most(stored + MOST_NEW_WEIGHTS), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return keras.saving.deserialize_keras_object(config, safe_mode=True)
    except Exception as error:  # Keras raises nearly everything over damaged configurations
        raise PresetError(f"{folder.path / CONFIG} cannot be opened: {_why(error)}") from error


def refuse_other_classes(config: Any) -> None:
    """Refuse a configuration that names other classes than layers of Keras and registered ones.

    Raises:
        ValueError: it does.
    """
    waiting = [config]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting += part.values()
            if "class_name" in part and not _is_known(part):
                raise ValueError(
                    f"it names {part.get('module')}.{part['class_name']}, which is not registered"
                )
        elif isinstance(part, list):
            waiting += part


def _is_known(part: dict[str, Any]) -> bool:
    name, module, registered = (part.get(x) for x in ("class_name", "module", "registered_name"))
    if isinstance(registered, str) and keras.saving.get_registered_object(registered) is not None:
        return True
    return module in KERAS_MODULES or (module is None and name in TENSORS)


def _why(error: Exception) -> str:
    return shorten(first_line(error), 160)  # Keras quotes whole configurations
