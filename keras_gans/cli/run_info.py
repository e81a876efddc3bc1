"""What a run was trained with and on: its configuration and metadata files."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from keras_gans.cli.flags import read_config, to_yaml
from keras_gans.data.config import DataConfig
from keras_gans.errors import UserError
from keras_gans.files import atomic_write_text

CONFIG, METADATA = "config.yaml", "metadata.json"
EARLIER_CONFIG = "config.json"  # of version 0.1.0, whose runs can still be opened and resumed


class RunError(UserError):
    """A directory is no run, or its run cannot be opened or resumed as asked."""


class NotARunError(RunError):
    """A directory holds something else than a run."""


@dataclass(frozen=True)
class RunInfo:
    """What a run was trained with and on.

    Attributes:
        model: the model's command, "dcgan", or "module:Class" for a model of the user's own.
        config: every flag's name and value, as `--config RUN/config.yaml` reads them.
        data: the data set.
        fingerprint: tells the training examples from others.
        class_names: of the labels; None if there are none.
        versions: of the libraries.
    """

    model: str
    config: Mapping[str, Any]
    data: DataConfig
    fingerprint: str
    class_names: tuple[str, ...] | None
    versions: Mapping[str, str]

    def write(self, folder: Path) -> None:
        """Write both files; the configuration, without which there is no run, comes last."""
        metadata = {
            "data": asdict(self.data),
            "fingerprint": self.fingerprint,
            "class_names": self.class_names,
            "versions": self.versions,
        }
        atomic_write_text(folder / METADATA, json.dumps(metadata, indent=2) + "\n")
        config = {"model": self.model, **self.config}
        atomic_write_text(folder / CONFIG, to_yaml(config) + "\n")


def has_info(folder: Path) -> bool:
    """Return whether a folder has the configuration of a run."""
    return (folder / CONFIG).is_file() or (folder / EARLIER_CONFIG).is_file()


def read_info(folder: Path) -> RunInfo:
    """Return what the run in a folder was trained with and on.

    Raises:
        RunError: there is no run, or its files are damaged.
    """
    if not has_info(folder):
        raise NotARunError(f"{folder} is no run: give a directory that python -m train made")
    file = folder / (CONFIG if (folder / CONFIG).is_file() else EARLIER_CONFIG)
    try:
        content = read_config(file)  # JSON is YAML too
        needed = {"model"} if file.name == CONFIG else {"variant", "settings", "data"}
        if not needed <= content.keys():
            raise NotARunError(f"{folder} holds no run: choose another directory")
        if file.name == EARLIER_CONFIG:
            return _earlier(content)
        return _info(content, json.loads((folder / METADATA).read_text(encoding="utf-8")))
    except OSError as error:
        raise RunError(f"{error.filename} cannot be read ({error.strerror})") from error
    except RunError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, UserError) as error:
        raise RunError(f"{file} is damaged: no training wrote it so") from error


def _info(config: dict[str, Any], metadata: dict[str, Any]) -> RunInfo:
    names = metadata["class_names"]
    config = dict(config)
    model = config.pop("model")
    if not {"epochs", "seed", "precision"} <= config.keys() or not isinstance(model, str):
        raise ValueError("the configuration is not whole")
    known = {field.name for field in fields(DataConfig)}
    return RunInfo(
        model,
        config,
        DataConfig(**{name: metadata["data"][name] for name in known}),
        str(metadata["fingerprint"]),
        None if names is None else tuple(map(str, names)),
        {str(name): str(version) for name, version in metadata["versions"].items()},
    )


def _earlier(content: dict[str, Any]) -> RunInfo:
    """Return what version 0.1.0 wrote into config.json."""
    data = content["data"]
    config = {
        "model": content["variant"],
        "data": data["name"],
        "data_dir": data["data_dir"],
        **content["settings"],
    }
    config["learning_rate"] = config.get("learning_rate") or "paper"
    settings = {name: data[name] for name in ("image_size", "data_dir", "direction")}
    settings["seed"] = content["settings"]["seed"]
    known = DataConfig(data["name"], data["form"], channels=data.get("channels"), **settings)
    metadata = {
        "data": asdict(known),
        "fingerprint": data["fingerprint"],
        "class_names": data["class_names"],
        "versions": content["versions"],
    }
    return _info(config, metadata)
