"""Presets on hubs, over real connections to a server on this machine."""

import json
import sys

import pytest

import keras_gans
from keras_gans.models import DCGAN, GAN
from keras_gans.presets import PresetError

HUGGING_FACE, KAGGLE = "hf://me/digits", "kaggle://me/gans/keras/digits"
URIS = pytest.mark.parametrize("hub", [HUGGING_FACE, KAGGLE], indirect=True)
NOBODY = "http://127.0.0.1:9"  # a port at which nothing answers


class Hub:
    """A hub's client, which asks our server.

    Attributes:
        uri: of a preset there.
        server: the server.
    """

    def __init__(self, uri, server, patch):
        self.uri, self.server, self._patch = uri, server, patch
        self.ask(server.url)

    def ask(self, url):
        """Let the client ask another server."""
        if self.uri == KAGGLE:
            env = sys.modules["kagglesdk.kaggle_env"]
            self._patch.setitem(env._env_to_endpoint, env.KaggleEnv.PROD, url)
            return
        constants = sys.modules["huggingface_hub.constants"]
        template = url + "/{repo_id}/resolve/{revision}/{filename}"
        self._patch.setattr(constants, "ENDPOINT", url)
        self._patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)

    @property
    def files(self):
        """The files of the preset on the server, to be changed at will."""
        return self.server.files[self.uri.partition("://")[2]]


@pytest.fixture
def hub(request, server, tmp_path, monkeypatch):
    if request.param == KAGGLE:
        pytest.importorskip("kagglehub")
        monkeypatch.setenv("KAGGLE_API_TOKEN", "token")
        monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    else:
        pytest.importorskip("huggingface_hub.constants")
        monkeypatch.setenv("HF_TOKEN", "token")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr("time.sleep", lambda seconds: None)  # between its attempts
    return Hub(request.param, server, monkeypatch)


def refused(action, *words):
    with pytest.raises(PresetError) as caught:
        action()
    message = str(caught.value)
    assert len(message.splitlines()) == 2 and len(message) < 500
    assert all(word in message for word in words), message


@URIS
def test_a_preset_is_uploaded_and_opened_and_nothing_else(hub, preset):
    (preset / "notes.txt").write_text("mine")
    (preset / "export").mkdir()
    (preset / "export" / "README.md").write_text("mine")
    keras_gans.upload_preset(hub.uri, preset)
    assert hub.files == {
        path.name: path.read_bytes()
        for path in preset.iterdir()
        if path.name not in ("notes.txt", "export")
    }
    model, loaded = keras_gans.load(preset), keras_gans.load(hub.uri)
    latents = model.sample_latents(2)
    assert (loaded.generator(latents) == model.generator(latents)).numpy().all()


@pytest.mark.parametrize("hub", [HUGGING_FACE], indirect=True)
def test_what_a_preset_no_longer_has_is_deleted_and_nothing_else(hub, preset):
    keras_gans.upload_preset(hub.uri, preset)
    first = dict(hub.files)
    hub.files.update({"examples.npz": b"private", "notes.txt": b"mine"})
    keras_gans.upload_preset(hub.uri, preset)
    assert hub.files == first | {"notes.txt": b"mine"}


@URIS
def test_a_preset_of_a_hub_is_called_what_its_whole_address_says(hub, preset):
    keras_gans.upload_preset(hub.uri, preset)
    names = {HUGGING_FACE: "me--digits", KAGGLE: "me--gans--keras--digits"}
    assert keras_gans.presets.find_preset(f"{hub.uri}/").name == names[hub.uri]


@URIS
def test_what_is_no_preset_is_not_uploaded(hub, preset):
    (preset / "config.json").write_text("{}")
    refused(lambda: keras_gans.upload_preset(hub.uri, preset), "config.json is damaged")
    assert not hub.server.requests


@URIS
def test_a_download_that_breaks_off_is_an_error_and_can_be_repeated(hub, preset):
    keras_gans.upload_preset(hub.uri, preset)
    hub.server.cut.add("model.weights.h5")
    refused(lambda: keras_gans.load(hub.uri), hub.uri, "cannot be downloaded")
    hub.server.cut.clear()
    assert isinstance(keras_gans.load(hub.uri), DCGAN)


@URIS
def test_a_file_that_was_changed_on_the_hub_is_refused(hub, preset):
    keras_gans.upload_preset(hub.uri, preset)
    hub.files["config.json"] = hub.files["config.json"].replace(b"LeakyReLU", b"OtherReLU")
    refused(lambda: keras_gans.load(hub.uri), "config.json is damaged")


@URIS
def test_metadata_that_name_paths_are_refused(hub, preset):
    keras_gans.upload_preset(hub.uri, preset)
    metadata = json.loads(hub.files["metadata.json"])
    metadata["files"]["../../harm"] = metadata["files"]["README.md"]
    hub.files["metadata.json"] = json.dumps(metadata).encode()
    refused(lambda: keras_gans.load(hub.uri), "metadata.json is damaged")


@URIS
def test_a_preset_that_is_not_there_is_named(hub):
    refused(lambda: keras_gans.load(hub.uri), hub.uri, "cannot be downloaded")


@URIS
def test_without_a_network_it_says_so(hub, preset):
    hub.ask(NOBODY)
    refused(lambda: keras_gans.load(hub.uri), "cannot be downloaded", "Is there a network")
    refused(lambda: keras_gans.upload_preset(hub.uri, preset), "cannot be uploaded")
    assert not hub.server.requests


@pytest.mark.parametrize("hub", [HUGGING_FACE], indirect=True)
def test_what_was_downloaded_opens_without_a_network(hub, preset):
    keras_gans.upload_preset(hub.uri, preset)
    keras_gans.load(hub.uri)
    hub.ask(NOBODY)
    assert isinstance(keras_gans.load(hub.uri), DCGAN)


@pytest.mark.parametrize("hub", [HUGGING_FACE], indirect=True)
def test_files_are_of_the_commit_whose_sizes_were_asked_for(hub, preset):
    keras_gans.upload_preset(hub.uri, preset)
    keras_gans.load(hub.uri)
    asked = [each for each in hub.server.requests if "/resolve/" in each]
    revision = hub.server.revision("me/digits")
    assert asked and all(f"/resolve/{revision}/" in each for each in asked)


@pytest.mark.parametrize("hub", [HUGGING_FACE], indirect=True)
def test_of_several_downloads_the_newest_opens_without_a_network(hub, preset, variants):
    for name in ("dcgan", "gan"):
        variants[name].create().save_to_preset(preset)
        keras_gans.upload_preset(hub.uri, preset)
        keras_gans.load(hub.uri)
    hub.ask(NOBODY)
    assert isinstance(keras_gans.load(hub.uri), GAN)


@URIS
def test_a_file_that_is_too_large_is_not_downloaded(hub, preset, monkeypatch):
    keras_gans.upload_preset(hub.uri, preset)
    monkeypatch.setitem(keras_gans.presets.folder.MAX_BYTES, "README.md", 10)
    with pytest.raises(PresetError, match="its README.md has"):
        keras_gans.load(hub.uri)
    assert not any("GET" in each and "README" in each for each in hub.server.requests)
    assert sum("Download" in each for each in hub.server.requests) <= 1  # Kaggle's: metadata.json


@pytest.mark.parametrize("name", ["huggingface_hub", "kagglehub"])
def test_a_client_that_is_not_installed_is_named(name, preset, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    uri = KAGGLE if name == "kagglehub" else HUGGING_FACE
    for action in (lambda: keras_gans.load(uri), lambda: keras_gans.upload_preset(uri, preset)):
        refused(action, f"{name} is not installed", "pip install 'keras_gans[hub]'")


def test_an_address_of_no_hub_is_refused(preset):
    for uri in ("gs://bucket/preset", "kaggle://me/gans"):
        with pytest.raises(PresetError, match="give .*kaggle://owner/model/keras/variation"):
            keras_gans.load(uri)
        with pytest.raises(PresetError, match="give .*kaggle://owner/model/keras/variation"):
            keras_gans.upload_preset(uri, preset)
