"""Presets: folders with a trained model, as keras-hub has them.

Importing this is quick: it needs no TensorFlow. `keras_gans.load` opens a preset.
"""

from keras_gans.presets.folder import PresetError, PresetFolder
from keras_gans.presets.hubs import upload_preset
from keras_gans.presets.resolve import find_preset
from keras_gans.presets.shipped import names
from keras_gans.provenance import Provenance

__all__ = ["PresetError", "PresetFolder", "Provenance", "find_preset", "names", "upload_preset"]
