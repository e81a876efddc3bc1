"""The presets that are installed with the library: the folders beside this file."""

from pathlib import Path

from keras_gans.presets.folder import PresetFolder, is_preset

SHIPPED = Path(__file__).parent


def names() -> list[str]:
    """Return the names of the presets that are installed with the library."""
    return sorted(shipped_presets())


def shipped_presets() -> dict[str, PresetFolder]:
    """Return the installed presets by name.

    A preset has the name of its folder. That of a translator may have a second one, for its other
    direction.
    """
    found = {}
    for path in sorted(SHIPPED.iterdir()):
        if not is_preset(path):
            continue
        preset = PresetFolder(path, path.name)
        found[path.name] = preset
        if reverse := preset.metadata.get("reverse_name"):
            found[str(reverse)] = PresetFolder(path, str(reverse), swapped=True)
    return found
