"""A zoo of generative adversarial networks in Keras: one paper, one short file.

`import keras_gans` imports nothing; its parts are imported where they are first used.
"""

import importlib

__version__ = "0.1.0"

_PARTS = (
    "callbacks",
    "data",
    "gradients",
    "latents",
    "layers",
    "losses",
    "metrics",
    "models",
    "networks",
    "schedules",
)

__all__ = ["AdversarialModel", "__version__", *_PARTS]


def __getattr__(name: str):
    if name == "AdversarialModel":
        return importlib.import_module("keras_gans.adversarial").AdversarialModel
    if name in _PARTS:
        return importlib.import_module(f"keras_gans.{name}")
    raise AttributeError(f"module 'keras_gans' has no attribute {name!r}")
