"""Presets on the Hugging Face Hub and on Kaggle Models, by these hubs' own clients."""

import contextlib
import importlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import shorten
from types import ModuleType
from typing import Any

from keras_gans.errors import first_line
from keras_gans.presets.folder import (
    FILES,
    MAX_BYTES,
    METADATA,
    PresetError,
    PresetFolder,
)

HUGGING_FACE, KAGGLE = "hf://", "kaggle://"


def download(uri: str) -> Path:
    """Return the folder of a preset on a hub, in the cache of the hub's client.

    Raises:
        PresetError: there is no such preset, it cannot be downloaded, or a client is missing.
    """
    if uri.startswith(HUGGING_FACE):
        return _download_from_hugging_face(uri)
    if uri.startswith(KAGGLE):
        return _download_from_kaggle(uri)
    raise _unknown(uri)


def upload_preset(uri: str, folder: str | os.PathLike) -> None:
    """Publish a preset on a hub, after all its files have been checked.

    The hub's client must be logged in: see its own documentation.

    Args:
        uri: "hf://owner/name", or "kaggle://owner/model/keras/variation".
        folder: that `save_to_preset` wrote.

    Raises:
        PresetError: the folder is no preset, or it cannot be uploaded.
    """
    preset = PresetFolder(Path(folder).expanduser(), str(folder))
    preset.check_all()
    names = [*preset.metadata["files"], METADATA]
    if uri.startswith(HUGGING_FACE):
        _upload_to_hugging_face(uri, preset, names)
    elif uri.startswith(KAGGLE):
        _upload_to_kaggle(uri, preset, names)
    else:
        raise _unknown(uri)


def _download_from_hugging_face(uri: str) -> Path:
    hub = _client("huggingface_hub")
    repository = uri.removeprefix(HUGGING_FACE).strip("/")
    with _failing("downloaded", uri):
        api = hub.HfApi()
        try:
            info = api.model_info(repository, files_metadata=True)
        except hub.errors.HfHubHTTPError:
            raise
        except Exception as error:  # there is no connection, as one of several libraries says
            return _downloaded_before(hub, repository, error)
        sizes = {file.rfilename: file.size or 0 for file in info.siblings or []}
        if METADATA not in sizes:
            raise PresetError(f"{uri} is no preset: it has no {METADATA}")
        # The metadata last: where they are, everything is.
        for name in sorted(set(FILES) & set(sizes), key=METADATA.__eq__):
            _refuse_large(uri, name, sizes[name])
            # Of the commit whose sizes these are, whatever has been pushed since.
            path = api.hf_hub_download(repository, name, revision=info.sha)
        return Path(path).parent


def _downloaded_before(hub: ModuleType, repository: str, reason: Exception) -> Path:
    """Return the newest whole download of a repository; raise the reason if there is none."""
    with contextlib.suppress(hub.errors.CacheNotFound):
        whole = [
            revision
            for repo in hub.scan_cache_dir(hub.constants.HF_HUB_CACHE).repos
            if (repo.repo_type, repo.repo_id) == ("model", repository)
            for revision in repo.revisions
            if (revision.snapshot_path / METADATA).exists()
        ]
        if whole:
            return max(whole, key=lambda revision: revision.last_modified).snapshot_path
    raise reason


def _upload_to_hugging_face(uri: str, preset: PresetFolder, names: list[str]) -> None:
    hub = _client("huggingface_hub")
    with _failing("uploaded", uri):
        api = hub.HfApi()
        repository = api.create_repo(uri.removeprefix(HUGGING_FACE).strip("/"), exist_ok=True)
        api.upload_folder(
            repo_id=repository.repo_id,
            folder_path=preset.path,
            allow_patterns=names,
            delete_patterns=sorted(set(FILES) - set(names)),  # what an earlier preset had
        )


def _download_from_kaggle(uri: str) -> Path:
    kagglehub = _client("kagglehub")
    handle = _kaggle_handle(uri)
    with _failing("downloaded", uri):
        # A file at a time: an archive of all may hold anything.
        folder = Path(kagglehub.model_download(handle, METADATA)).parent
        for name, listed in PresetFolder(folder, uri).metadata["files"].items():
            _refuse_large(uri, name, listed["size"])
            kagglehub.model_download(handle, name)
        return folder


def _upload_to_kaggle(uri: str, preset: PresetFolder, names: list[str]) -> None:
    kagglehub = _client("kagglehub")
    handle = _kaggle_handle(uri)
    # The client uploads whole folders.
    with _failing("uploaded", uri), tempfile.TemporaryDirectory() as folder:
        for name in names:
            shutil.copy(preset.path / name, folder)
        kagglehub.model_upload(handle, folder)


def _refuse_large(uri: str, name: str, size: int) -> None:
    if size > MAX_BYTES[name]:
        raise PresetError(f"{uri} is refused: its {name} has {size:,} bytes")


def _kaggle_handle(uri: str) -> str:
    handle = uri.removeprefix(KAGGLE).strip("/")
    if len(handle.split("/")) not in (4, 5):
        raise PresetError(f"{uri}: give kaggle://owner/model/keras/variation")
    return handle


def _client(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise PresetError(
            f"{name} is not installed, which this hub's presets need\npip install 'keras_gans[hub]'"
        ) from error


@contextlib.contextmanager
def _failing(what: str, uri: str) -> Iterator[None]:
    """Turn whatever a hub's client raises into an error of one or two lines."""
    try:
        yield
    except PresetError:
        raise
    except Exception as error:  # clients raise those of several HTTP libraries
        reason = shorten(f"{type(error).__name__}: {first_line(error)}", 200)
        raise PresetError(
            f"{uri} cannot be {what} ({reason})\n"
            "Is there a network, and does the hub know that name?"
        ) from error


def _unknown(uri: Any) -> PresetError:
    return PresetError(
        f"{uri} is no address of a hub: give hf://owner/name, or "
        "kaggle://owner/model/keras/variation"
    )
