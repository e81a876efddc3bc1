"""Errors of disks and files: what is kept then, and when the cache is done without."""

from pathlib import Path

import pytest

from keras_gans.data import cache as caches
from keras_gans.data import formats, reading
from keras_gans.data.errors import DataError
from keras_gans.data.values import find_value_range
from tests.data.kept_images import entries, load_kept, values


@pytest.fixture
def failing_once(monkeypatch):
    """Let the first reading of the file 1.png end in an error."""

    def fail(error):
        plain, errors = formats.open_file, [error]

        def open_file(path, **settings):
            if Path(path).name == "1.png" and errors:
                raise errors.pop()
            return plain(path, **settings)

        monkeypatch.setattr(formats, "open_file", open_file)

    return fail


@pytest.mark.parametrize("bound", ["1", "0"])
@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), MemoryError("no memory")])
def test_an_error_that_passes_is_not_kept(
    photos, folder, error, bound, failing_once, monkeypatch, capsys
):
    monkeypatch.setenv("KERAS_GANS_CACHE_GB", bound)
    failing_once(error)
    first = load_kept(photos, folder)
    assert first.domains[0][:][:, 0, 0, 0].tolist() == [0, 2, 3]
    assert [each.path.name for each in first.left_out] == ["1.png"]
    said = capsys.readouterr().err
    assert "the next start reads all images again" in said and "1.png cannot be used" in said
    assert "kept in" not in said and entries(folder) == []
    assert len(first.fingerprint) > 0 and entries(folder) == []
    second = load_kept(photos, folder)
    assert second.domains[0][:][:, 0, 0, 0].tolist() == [0, 1, 2, 3]
    assert second.fingerprint == load_kept(photos, None).fingerprint != first.fingerprint


def test_an_error_that_comes_with_the_file_is_kept(photos, folder, failing_once, reads):
    failing_once(PermissionError(13, "Permission denied"))
    assert values(load_kept(photos, folder)) == [0, 2, 3]
    reads.clear()
    assert values(load_kept(photos, folder)) == [0, 2, 3] and reads == []


def test_a_range_of_values_is_not_found_without_a_file_that_may_be_read_later(photos, failing_once):
    failing_once(OSError(5, "Input/output error"))
    with pytest.raises(DataError, match="1.png cannot be used: not read .*Input/output error"):
        find_value_range(sorted(photos.iterdir()), max_pixels=100)
    assert find_value_range(sorted(photos.iterdir()), max_pixels=100) is None


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), OSError(28, "No space")]
)
def test_a_cache_that_cannot_be_written_is_done_without(photos, folder, error, monkeypatch, capsys):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(caches.tempfile, "mkdtemp", fail)
    dataset = load_kept(photos, folder)
    assert values(dataset) == [0, 1, 2, 3]
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and str(folder) in said[0] and error.strerror in said[0]


def test_a_cache_that_is_a_file_is_done_without(photos, folder, capsys):
    folder.touch()
    assert values(load_kept(photos, folder)) == [0, 1, 2, 3]
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_read_only_cache_is_read(photos, folder, reads, monkeypatch, capsys):
    load_kept(photos, folder)
    reads.clear()

    def refuse(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(caches.os, "utime", refuse)
    monkeypatch.setattr(caches.tempfile, "mkdtemp", refuse)
    monkeypatch.setattr(caches.filelock, "FileLock", refuse)
    assert values(load_kept(photos, folder)) == [0, 1, 2, 3] and reads == []
    assert values(load_kept(photos, folder, image_size=2)) == [0, 1, 2, 3] and len(reads) == 4
    assert "Read-only file system" in capsys.readouterr().err


def test_a_folder_whose_use_cannot_be_marked_is_not_left(photos, folder, monkeypatch, capsys):
    def refuse(*_, **__):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(caches, "InUse", refuse)
    assert values(load_kept(photos, folder)) == [0, 1, 2, 3]
    assert capsys.readouterr().err.count("Operation not supported") == 1
    assert entries(folder) == []


@pytest.mark.parametrize("bound", ["1", "0"])
@pytest.mark.parametrize("kept", [True, False])
def test_an_error_of_the_data_is_not_the_caches(photos, folder, monkeypatch, capsys, bound, kept):
    def fail(self, append):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(reading.ImageFiles, "decode", fail)
    monkeypatch.setenv("KERAS_GANS_CACHE_GB", bound)
    with pytest.raises(DataError, match="photos cannot be read: .*Input/output error"):
        load_kept(photos, folder if kept else None)
    assert "no images are kept" not in capsys.readouterr().err
