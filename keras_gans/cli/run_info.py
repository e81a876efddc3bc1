"""What a run was trained with and on: its configuration and metadata files."""

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from keras_gans.cli.flags import read_config, to_yaml
from keras_gans.data.config import DataConfig
from keras_gans.data.loading import full_name
from keras_gans.errors import UserError
from keras_gans.files import atomic_write_text

CONFIG, METADATA = "config.yaml", "metadata.json"
# Which runs of earlier versions do not have.
LATER_FLAGS = ("--fit", "--max-pixels", "--devices", "--init", "--freeze-discriminator")
_NEEDED = frozenset(("name", "task", "image_size", "channels", "seed", "jitter", "direction"))
EARLIER_CONFIG = "config.json"  # of version 0.1.0, whose runs can still be opened and resumed


class RunError(UserError):
    """A directory is no run, or its run cannot be opened or resumed as asked."""


class NotARunError(RunError):
    """A directory holds something else than a run."""


@dataclass(frozen=True)
class Change:
    """What a run was resumed with that was different before.

    Attributes:
        step: from which on.
        date: when, as in 2026-11-25.
        values: the earlier and the later value of each flag or other name.
    """

    step: int
    date: str
    values: Mapping[str, Sequence[Any]]

    def __str__(self) -> str:
        changed = ", ".join(f"{name} {old} to {new}" for name, (old, new) in self.values.items())
        return f"at step {self.step:,}, {self.date}: {changed}"


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
        changes: what it was resumed with, the first change first.
    """

    model: str
    config: Mapping[str, Any]
    data: DataConfig
    fingerprint: str
    class_names: tuple[str, ...] | None
    versions: Mapping[str, str]
    changes: tuple[Change, ...] = ()

    def with_data(self, name: str | None, data_dir: str | Path | None) -> "RunInfo":
        """Return the same with the data where they are now; None is where they were."""
        moved: dict[str, Any] = {}
        if name is not None:
            moved["name"] = full_name(name)
        if data_dir is not None:
            moved["data_dir"] = os.path.abspath(os.path.expanduser(data_dir))
        return replace(self, data=replace(self.data, **moved))

    def without_data(self, error: UserError) -> RunError:
        """Return the error of data that cannot be loaded any more, with what may help."""
        first, *rest = str(error).splitlines()
        if os.path.isabs(self.data.name) and not os.path.exists(self.data.name):
            rest = ["If the data have moved, say where they are: --data FOLDER"]
        return RunError("\n".join([first, *rest]))

    def write(self, folder: Path) -> None:
        """Write both files; the configuration, without which there is no run, comes last."""
        atomic_write_text(folder / METADATA, json.dumps(self.metadata, indent=2) + "\n")
        config = {"model": self.model, **self.config}
        atomic_write_text(folder / CONFIG, to_yaml(config) + "\n")

    @property
    def metadata(self) -> dict[str, Any]:
        """The content of the metadata file."""
        return {
            "data": asdict(self.data),
            "fingerprint": self.fingerprint,
            "class_names": self.class_names,
            "versions": self.versions,
            "changes": [asdict(change) for change in self.changes],
        }


def has_info(folder: Path) -> bool:
    """Return whether a folder has the configuration of a run."""
    return (folder / CONFIG).is_file() or (folder / EARLIER_CONFIG).is_file()


def read_info(folder: Path) -> RunInfo:
    """Return what the run in a folder was trained with and on.

    Raises:
        RunError: there is no run, or its files are damaged.
    """
    if not has_info(folder):
        raise NotARunError(
            f"{folder} is no run: give a directory that python -m train made, or a preset"
        )
    file = folder / (CONFIG if (folder / CONFIG).is_file() else EARLIER_CONFIG)
    try:
        content = read_config(file)  # JSON is YAML too
        needed = {"model"} if file.name == CONFIG else {"variant", "settings", "data"}
        if not needed <= content.keys():
            raise NotARunError(f"{folder} holds no run: choose another directory")
        if file.name == EARLIER_CONFIG:
            return _earlier(content)
        return info_from(content, json.loads((folder / METADATA).read_text(encoding="utf-8")))
    except OSError as error:
        raise RunError(f"{error.filename} cannot be read ({error.strerror})") from error
    except RunError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, UserError) as error:
        raise RunError(f"{file} is damaged: no training wrote it so") from error


def info_from(config: Mapping[str, Any], metadata: Mapping[str, Any]) -> RunInfo:
    """Return what both files of a run say.

    Raises:
        Exception: a `ValueError`, `KeyError`, `TypeError` or `AttributeError`, if they are damaged.
    """
    names = metadata["class_names"]
    config = dict(config)
    model = config.pop("model")
    if not {"epochs", "seed", "precision"} <= config.keys() or not isinstance(model, str):
        raise ValueError("the configuration is not whole")
    return RunInfo(
        model,
        config,
        _data_config(metadata["data"]),
        str(metadata["fingerprint"]),
        None if names is None else tuple(map(str, names)),
        {str(name): str(version) for name, version in metadata["versions"].items()},
        tuple(map(_change, metadata.get("changes", []))),
    )


def _change(values: dict[str, Any]) -> Change:
    change = Change(int(values["step"]), str(values["date"]), dict(values["values"]))
    str(change)  # which fails if it is damaged
    return change


def _data_config(values: dict[str, Any]) -> DataConfig:
    """Return the data set; earlier versions squeezed the images of translators."""
    squeezed = values["task"] in ("unpaired", "paired")
    values = {"fit": "squeeze" if squeezed else "crop", **values}
    known = {field.name for field in fields(DataConfig)}
    if not _NEEDED <= values.keys():
        raise ValueError("what is known of the data is not whole")
    pairs = ("image_size", "value_range")  # tuples, of which JSON makes lists
    lists = {name: tuple(values[name]) for name in pairs if isinstance(values.get(name), list)}
    return DataConfig(**{name: value for name, value in (values | lists).items() if name in known})


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
    return info_from(config, metadata)


def differences_between(
    earlier: RunInfo, now: RunInfo, but_for: Collection[str] = ()
) -> dict[str, tuple[Any, Any]]:
    """Return what differs between two calls of a training, but for the epochs and some flags.

    Args:
        earlier: of the first.
        now: of the second.
        but_for: names of flags, as in the configuration; "fingerprint" for the data's.

    Returns:
        The earlier and the later value of each flag, "the model" and "the data's fingerprint".
    """
    old, new = _comparable(earlier, but_for), _comparable(now, but_for)
    return {
        name: (old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
        # A flag that earlier versions did not have: the fingerprint tells other data.
        and not (name in LATER_FLAGS and name not in old)
    }


def _comparable(info: RunInfo, but_for: Collection[str]) -> dict[str, Any]:
    flags = {
        f"--{name.replace('_', '-')}": value
        for name, value in info.config.items()
        if name != "epochs" and name not in but_for
    }
    data = {} if "fingerprint" in but_for else {"the data's fingerprint": info.fingerprint}
    return {"the model": info.model, **data, **flags}
