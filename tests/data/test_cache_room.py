"""The room of a cache: what is deleted for new images, and what never is."""

import os
import shutil

import pytest

from keras_gans.data import cache as caches
from keras_gans.data.cache import Cache, TooLargeError, key_of
from keras_gans.files import atomic_path
from tests.data.kept_images import load_kept, make, with_images


def test_the_least_recently_used_are_deleted_but_none_in_use(folder, monkeypatch):
    cache = Cache(folder)
    for age, name in enumerate(["first", "second", "third"]):
        make(cache, name)
        os.utime(folder / key_of(name=name) / "entry.json", (1000 + age, 1000 + age))
    used = cache.find(key_of(name="second"))
    os.utime(folder / key_of(name="second") / "entry.json", (1, 1))
    # Room for two entries, each with what it needs beside its images, and for a third's images.
    monkeypatch.setenv("KERAS_GANS_CACHE_GB", str((2.5 * (caches._OVERHEAD + 600)) / 1e9))
    make(cache, "fourth")
    assert cache.find(key_of(name="first")) is None
    assert used.arrays[0][0, 0, 0, 0] == 6
    for name in ("second", "third", "fourth"):
        assert cache.find(key_of(name=name)).info == len(name)


def test_what_is_larger_than_the_bound_deletes_nothing(folder, monkeypatch):
    cache = Cache(folder)
    make(cache, "first")
    monkeypatch.setenv("KERAS_GANS_CACHE_GB", "0.0001")
    with pytest.raises(TooLargeError, match="GB"):
        make(cache, "large", count=10_000)
    assert cache.find(key_of(name="first")) is not None
    assert not list(folder.glob(".entry-*"))


def test_half_of_the_free_disk_is_the_bound(folder, monkeypatch):
    usage = shutil.disk_usage(folder.parent)._replace(free=100_000)
    monkeypatch.setattr(caches.shutil, "disk_usage", lambda path: usage)
    make(Cache(folder), "fits", count=40_000 // 48)
    with pytest.raises(TooLargeError):
        make(Cache(folder), "large", count=80_000 // 48)


@pytest.mark.parametrize("bound", ["much", "nan", "-1", "inf", ""])
def test_a_bound_that_is_no_number_is_an_error(photos, folder, monkeypatch, bound):
    make(Cache(folder), "first")
    monkeypatch.setenv("KERAS_GANS_CACHE_GB", bound)
    with pytest.raises(ValueError, match=f"KERAS_GANS_CACHE_GB is {bound}: give a number"):
        load_kept(photos, folder)
    assert Cache(folder).find(key_of(name="first")) is not None


def test_a_bound_of_zero_keeps_no_images(photos, folder, monkeypatch, capsys):
    monkeypatch.setenv("KERAS_GANS_CACHE_GB", "0")
    assert load_kept(photos, folder).domains[0][:][:, 0, 0, 0].tolist() == [0, 1, 2, 3]
    assert "decoded when needed: there is room for 0.0 GB" in capsys.readouterr().err
    assert with_images(folder) == []


def test_what_others_write_in_the_folder_stays(folder, monkeypatch):
    cache = Cache(folder)
    with atomic_path(folder / "page") as part:
        part.mkdir()
        (part / "index.html").write_text("a page")
        make(cache, "first")
        monkeypatch.setenv("KERAS_GANS_CACHE_GB", str(caches._OVERHEAD / 2 / 1e9))
        make(cache, "second")
        assert cache.find(key_of(name="first")) is None
    assert (folder / "page" / "index.html").read_text() == "a page"
