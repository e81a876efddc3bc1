"""What presets and cards say of a run: nothing of this machine's folders."""

import os

import pytest

from keras_gans.cli.run_info import Change, RunInfo
from keras_gans.cli.trained import record_of, without_folders
from keras_gans.data import DataConfig


def info(name, data, **flags):
    config = {"epochs": 2, "seed": 0, "precision": "float32", "data": name} | flags
    changes = (Change(4, "2026-11-25", {"--data": ["clients/acme/old", name]}),)
    return RunInfo("gan", config, DataConfig(data, "images"), "abc", None, {}, changes)


@pytest.mark.parametrize("name", ["clients/acme/photos", "./photos", "~/acme/photos", "photos/"])
def test_of_folders_the_last_part_is_public(name):
    flags = ("init", "teacher", "features", "domain_classifier")
    paths = {flag: f"clients/acme/{flag}" for flag in flags}
    data = os.path.abspath("clients/acme/photos")
    found = record_of(info(name, data, data_dir="clients/acme/sets", **paths))
    assert "acme" not in str(found)
    expected = {flag: flag for flag in flags} | {"data": "photos", "data_dir": None}
    assert found["config"].items() >= expected.items()
    assert found["metadata"]["data"]["name"] == "photos"
    assert found["metadata"]["changes"][0]["values"]["--data"] == ["old", "photos"]


def test_of_the_folder_it_was_trained_in_the_name_is_public():
    data = os.path.abspath("photos")
    assert without_folders(info(".", data)).config["data"] == "photos"


@pytest.mark.parametrize("name", ["shapes", "mnist", "cycle_gan/horse2zebra"])
def test_what_is_no_path_stays(name):
    flags = {"init": "hf://owner/name", "teacher": "horse2zebra", "metrics": "fid,kid"}
    found = without_folders(info(name, name, **flags))
    assert found.config.items() >= (flags | {"data": name}).items()
    assert found.data.name == name
