"""A zoo of generative adversarial networks in Keras: one paper, one short file.

`import keras_gans` imports nothing heavy; its parts are imported when they are first used. So the
models' classes are registered by `load_model` or `import keras_gans.models`, not by it alone.
"""

import importlib

__version__ = "0.2.0"

_PARTS = (
    "callbacks",
    "configs",
    "data",
    "diagnostics",
    "evaluation",
    "latents",
    "layers",
    "losses",
    "models",
    "networks",
    "penalties",
    "presets",
    "training",
    "visualization",
)
_OBJECTS = {
    "AdversarialModel": "keras_gans.training.adversarial_model",
    "LatentModel": "keras_gans.training.latent_model",
    "load": "keras_gans.presets.loading",
    "load_model": "keras_gans.training.saving",
    "upload_preset": "keras_gans.presets.hubs",
}

__all__ = ["__version__", *_OBJECTS, *_PARTS]


def __getattr__(name: str):
    if name in _OBJECTS:
        return getattr(importlib.import_module(_OBJECTS[name]), name)
    if name in _PARTS:
        return importlib.import_module(f"keras_gans.{name}")
    raise AttributeError(f"module 'keras_gans' has no attribute {name!r}")
