"""From what a user calls a preset to its folder."""

import os
from pathlib import Path

from keras_gans.presets import hubs
from keras_gans.presets.folder import PresetError, PresetFolder, is_preset
from keras_gans.presets.shipped import names, shipped_presets


def find_preset(preset: str | os.PathLike) -> PresetFolder:
    """Return the folder of a preset; one of a hub is downloaded first, unless it is there.

    Args:
        preset: a folder, else a name of `names()`; or "hf://..." or "kaggle://...".

    Raises:
        PresetError: there is no such preset, or it cannot be downloaded.
    """
    text = os.fspath(preset)
    if "://" in text:
        return PresetFolder(hubs.download(text), name_of(text))
    path = Path(text).expanduser()
    if is_preset(path):
        return PresetFolder(path, path.absolute().name)
    shipped = shipped_presets()
    if text in shipped:
        return shipped[text]
    if path.exists():
        raise PresetError(f"{text} is no preset: it has no metadata.json and model.weights.h5")
    known = ", ".join(names()) or "none is installed"
    raise PresetError(
        f"there is no preset {text!r}: give a folder, hf://owner/name, "
        f"kaggle://owner/model/keras/variation, or a name ({known})"
    )


def name_of(uri: str) -> str:
    """Return the name of a preset on a hub: its whole address, as the name of one folder."""
    return uri.partition("://")[2].strip("/").replace("/", "--")
