"""What a command's argument RUN means: a run's directory, or a preset."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from keras_gans.cli.run_directory import RunDirectory
from keras_gans.cli.run_info import Change, RunError, RunInfo, has_info, info_from
from keras_gans.data.config import DataConfig
from keras_gans.presets import PresetError, PresetFolder, find_preset, names
from keras_gans.presets.folder import EXAMPLES, is_preset

# The configuration of a preset that was made of no run.
NO_RECORD = {"epochs": 0, "seed": 0, "precision": "float32"}


class PresetDirectory(RunDirectory):
    """A preset as a run: what it holds is read; what commands write goes to runs/<its name>.

    If that is a run, it goes to runs/<its name>-preset.

    Args:
        preset: where it is.
    """

    def __init__(self, preset: PresetFolder):
        folder = Path("runs", preset.name)
        while has_info(folder):
            folder = folder.with_name(f"{folder.name}-preset")
        super().__init__(folder)
        self.preset = preset
        self._model: Any = None

    def exists(self) -> bool:
        """Return that there is one."""
        return True

    def read(self) -> RunInfo:
        """Return what the model was trained with and on, as far as the preset says.

        Raises:
            PresetError: there is no such preset, or its metadata are damaged.
        """
        try:
            info = self._info()
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise self.preset.damaged("metadata.json", "no run was like this") from error
        if self.preset.swapped:
            directions = {"a_to_b": "b_to_a", "b_to_a": "a_to_b"}
            direction = directions[info.data.direction]
            info = replace(info, data=replace(info.data, direction=direction))
        return info

    def read_examples(self) -> Any:
        """Return the preset's examples, or random images if it has none."""
        examples = self.preset.read_examples()
        if examples is not None:
            return examples
        from keras_gans.presets.loading import random_examples

        return random_examples(self.load_model())

    def damaged_examples(self) -> RunError:
        """Return the error of examples that are not the model's."""
        return RunError(f"{self.preset.path / EXAMPLES} is damaged: get the preset anew")

    def load_model(self, *, best: bool = False) -> Any:
        """Return the model.

        Raises:
            PresetError: it cannot be opened, or the best of several is asked for.
        """
        if best:
            raise PresetError(f"{self.preset.name} is a preset, of one model: leave --best out")
        if self._model is None:
            from keras_gans.presets.loading import load

            self._model = load(self.preset)
            self._model.steps.assign(self.preset.metadata.get("steps", 0))  # for titles
        return self._model

    def _info(self) -> RunInfo:
        record = self.preset.metadata.get("run")
        if record:
            return info_from(record["config"], record["metadata"])
        import keras

        import keras_gans.models  # noqa: F401  registers the classes

        config = self.preset.config
        kind = keras.saving.get_registered_object(config["registered_name"])
        module, name = config["module"], config["class_name"]
        command = name.lower() if module.startswith("keras_gans.") else f"{module}:{name}"
        data = DataConfig(
            self.preset.metadata.get("data") or "unknown", getattr(kind, "task", "images")
        )
        return RunInfo(command, NO_RECORD, data, "", None, {})


def open_directory(run: str | os.PathLike) -> RunDirectory:
    """Return the directory of a run, or a preset as one.

    Args:
        run: a run's directory; a preset's folder or name, "hf://..." or "kaggle://...".

    Raises:
        PresetError: a preset cannot be found or downloaded.
    """
    text = os.fspath(run)
    path = Path(text).expanduser()
    if "://" in text or is_preset(path) or (text in names() and not has_info(path)):
        return PresetDirectory(find_preset(text))
    return RunDirectory(path)


def record_of(info: RunInfo) -> dict[str, Any]:
    """Return what a preset says of the run it was made of, without this machine's folders."""
    public = without_folders(info)
    return {"config": {"model": info.model, **public.config}, "metadata": public.metadata}


def without_folders(info: RunInfo) -> RunInfo:
    """Return what is known of a run, of paths on this machine the last part only."""
    config: dict[str, Any] = {name: _public(value) for name, value in info.config.items()}
    config["data_dir"] = None
    # Of TensorFlow Datasets a name may have two parts; a folder's is absolute since version 0.2.0.
    data_name = info.data.name
    if os.path.isabs(data_name) or data_name.count("/") > 1:
        data_name = _public(data_name)
    if info.config.get("data"):
        config["data"] = data_name
    data = replace(info.data, name=data_name, data_dir=None)
    changes = tuple(replace(change, values=_public_values(change)) for change in info.changes)
    return replace(info, config=config, data=data, changes=changes)


def _public_values(change: Change) -> dict[str, list[Any]]:
    return {
        name: [_public(value) for value in pair]
        for name, pair in change.values.items()
        if name != "--data-dir"
    }


def _public(value: Any) -> Any:
    """Return a path's last part; anything else, as a hub's preset, as it is."""
    is_path = isinstance(value, str) and "://" not in value
    return Path(value).name or value if is_path else value
