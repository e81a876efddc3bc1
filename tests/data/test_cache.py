"""Decoded images that are kept between runs: found again, never wrong, bounded, and optional."""

import ast
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_gans.data import cache as caches
from keras_gans.data import formats, load, reading, shared_decoding, stamps
from keras_gans.data.cache import Cache, TooLargeError, key_of
from keras_gans.data.errors import DataError
from keras_gans.data.images import ImageReader
from keras_gans.data.values import find_value_range
from keras_gans.files import atomic_path

ROOT = Path(__file__).parents[2]


def image(path, value=0, side=8):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (side, side), (value,) * 3).save(path)


@pytest.fixture
def photos(tmp_path):
    for value in range(4):
        image(tmp_path / "photos" / f"{value}.png", value)
    return tmp_path / "photos"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def reads(monkeypatch):
    """The names of all image files that are read."""
    names, plain = [], ImageReader.read

    def read(self, path):
        names.append(path.name)
        return plain(self, path)

    monkeypatch.setattr(ImageReader, "read", read)
    return names


def load_kept(photos, folder, task="images", **settings):
    with shared_decoding(folder):
        return load(photos, task, **{"image_size": 4} | settings)


def values(dataset):
    return np.asarray(dataset.domains[0])[:, 0, 0, 0].tolist()


def entries(folder):
    return [path for path in folder.iterdir() if path.is_dir() and path.name != "locks"]


def with_images(folder):
    return [path for path in entries(folder) if (path / "images-0").exists()]


def test_the_second_start_reads_no_image(photos, folder, reads, capsys):
    first = load_kept(photos, folder)
    assert sorted(reads) == ["0.png", "1.png", "2.png", "3.png"]
    said = capsys.readouterr().err
    assert said == (f"{photos}: 4 images of 4x4x3, 0.0 MB, decoded, and kept in {folder}\n")
    reads.clear()
    second = load_kept(photos, folder)
    assert reads == [] and values(second) == [0, 1, 2, 3]
    assert capsys.readouterr().err.endswith(f"read from {folder}\n")
    without = load_kept(photos, None)
    assert len({each.fingerprint for each in (first, second, without)}) == 1
    np.testing.assert_array_equal(second.domains[0], without.domains[0])
    assert capsys.readouterr().err == ""


def test_another_size_fit_or_number_of_channels_is_another_entry(photos, folder, reads):
    for settings in ({}, {"image_size": 2}, {"channels": 1}, {"fit": "pad"}):
        reads.clear()
        load_kept(photos, folder, **settings)
        assert len(reads) == 4, settings
    reads.clear()
    assert load_kept(photos, folder, image_size=2).domains[0].shape == (4, 2, 2, 3)
    assert reads == []


def test_new_decoders_decode_again(photos, folder, reads, monkeypatch):
    load_kept(photos, folder)
    monkeypatch.setattr(reading, "decoders", lambda: {"pillow": "99.0"})
    load_kept(photos, folder)
    assert len(reads) == 8


# They say which images there are, and where they go, but no pixel of an image.
NOT_DECODING = set("cache config dataset errors keeping left_out progress stamps streaming".split())


def test_all_modules_that_decode_count():
    data = ROOT / "keras_gans" / "data"
    used = set()
    for name in stamps.DECODING:
        for node in ast.walk(ast.parse((data / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "keras_gans.data":
                used |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module.startswith("keras_gans.data."):
                used.add(node.module.rpartition(".")[2])
    assert {"strips", "fitting"} <= used
    assert used <= set(stamps.DECODING) | NOT_DECODING


def test_a_changed_file_is_noticed(photos, folder):
    load_kept(photos, folder)
    before = os.stat(photos / "1.png")
    shutil.copyfile(photos / "3.png", photos / "1.png")
    os.utime(photos / "1.png", ns=(before.st_atime_ns, before.st_mtime_ns))
    now = os.stat(photos / "1.png")
    assert (now.st_size, now.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert values(load_kept(photos, folder)) == [0, 3, 2, 3]


def test_added_removed_and_renamed_files_are_noticed(photos, folder):
    load_kept(photos, folder)
    image(photos / "4.png", 4)
    assert values(load_kept(photos, folder)) == [0, 1, 2, 3, 4]
    (photos / "0.png").unlink()
    assert values(load_kept(photos, folder)) == [1, 2, 3, 4]
    (photos / "1.png").rename(photos / "9.png")
    assert values(load_kept(photos, folder)) == [2, 3, 4, 1]


def test_another_folder_with_files_of_the_same_names_sizes_and_times_is_another(tmp_path, folder):
    for name, value in (("a", 3), ("b", 7)):
        image(tmp_path / name / "x.bmp", value)
        os.utime(tmp_path / name / "x.bmp", ns=(0, 0))
    assert values(load_kept(tmp_path / "a", folder)) == [3]
    shutil.rmtree(tmp_path / "a")
    (tmp_path / "b").rename(tmp_path / "a")
    assert values(load_kept(tmp_path / "a", folder)) == [7]


def test_what_is_left_out_is_said_again(photos, folder, reads, capsys):
    for value in range(10, 30):
        image(photos / f"{value}.png", value)
    (photos / "1.png").write_text("not an image")
    (photos / "notes.txt").touch()
    frames = [Image.new("L", (8, 8), value) for value in (1, 2)]
    frames[0].save(photos / "film.gif", save_all=True, append_images=frames[1:])

    def said():
        lines = capsys.readouterr().err.splitlines()
        return [line for line in lines if str(folder) not in line]

    first = load_kept(photos, folder)
    lines = said()
    assert any("several frames" in line for line in lines)
    assert any("left out of" in line and "1.png" in line for line in lines)
    reads.clear()
    second = load_kept(photos, folder)
    assert said() == lines and reads == []
    assert second.left_out == first.left_out and len(second) == len(first) == 24


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


def test_the_range_of_more_than_eight_bits_is_kept(tmp_path, folder, monkeypatch, capsys):
    for value in (0, 2048, 4095):
        pixels = np.full((8, 8), value, np.uint16)
        (tmp_path / "deep").mkdir(exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "deep" / f"{value:04}.png")
    first = load_kept(tmp_path / "deep", folder)
    said = [line for line in capsys.readouterr().err.splitlines() if "eight bits" in line]
    monkeypatch.setattr("keras_gans.data.images.open_image", None)  # no image is opened
    second = load_kept(tmp_path / "deep", folder)
    assert second.value_range == first.value_range == (0, 4095)
    assert values(second) == values(first) == [0, 128, 255]
    assert said and said[0] in capsys.readouterr().err


def test_labels_and_pairs_come_back(tmp_path, folder, reads):
    for value, name in enumerate(["a/1.png", "b/1.png", "b/2.png"]):
        image(tmp_path / "classes" / name, value)
        image(tmp_path / "pairs" / ("trainA" if value < 2 else "other") / f"{value}.png", value)
        image(tmp_path / "pairs" / "trainB" / f"{value}.png", 10 + value)
    first = load_kept(tmp_path / "classes", folder, "labelled")
    pairs = load_kept(tmp_path / "pairs", folder, "paired")
    reads.clear()
    second = load_kept(tmp_path / "classes", folder, "labelled")
    assert second.labels.tolist() == first.labels.tolist() == [0, 1, 1]
    assert second.fingerprint == first.fingerprint
    again = load_kept(tmp_path / "pairs", folder, "paired")
    assert [domain[:, 0, 0, 0].tolist() for domain in again.domains] == [[0, 1], [10, 11]]
    swapped = load_kept(tmp_path / "pairs", folder, "paired", direction="b_to_a")
    assert swapped.fingerprint != again.fingerprint == pairs.fingerprint
    assert reads == []


def test_arrays_are_kept_too(tmp_path, folder, monkeypatch):
    images = np.arange(2 * 8 * 8 * 3, dtype=np.uint8).reshape(2, 8, 8, 3)
    np.savez(tmp_path / "images.npz", images=images)
    first = load_kept(tmp_path / "images.npz", folder)
    monkeypatch.setattr("keras_gans.data.array_source.resize_array", None)
    second = load_kept(tmp_path / "images.npz", folder)
    np.testing.assert_array_equal(first.domains[0], second.domains[0])


@pytest.mark.parametrize(
    "what", ["shorter", "other bytes", "no info", "other info", "other format"]
)
def test_a_damaged_entry_is_decoded_again(photos, folder, what, capsys):
    load_kept(photos, folder)
    (entry,) = with_images(folder)
    info, pixels = entry / "entry.json", entry / "images-0"
    if what == "shorter":
        os.truncate(pixels, 100)
    elif what == "other bytes":
        pixels.write_bytes(pixels.read_bytes()[:-1] + b"\x55")
    elif what == "no info":
        info.write_bytes(b"")
    elif what == "other info":
        info.write_bytes(info.read_bytes().replace(b"[4,", b"[3,"))
    else:
        stored = json.loads(info.read_bytes().partition(b"\n")[2]) | {"format": 0}
        text = json.dumps(stored).encode()
        digest = hashlib.sha256(text).hexdigest().encode()
        info.write_bytes(digest + b"\n" + text)
    capsys.readouterr()
    assert values(load_kept(photos, folder)) == [0, 1, 2, 3]
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2 and "damaged" in said[0] and "kept in" in said[1]
    load_kept(photos, folder)
    assert "read from" in capsys.readouterr().err


def test_an_array_is_not_changed_on_disk(photos, folder):
    load_kept(photos, folder).domains[0][:] = 77
    assert values(load_kept(photos, folder)) == [0, 1, 2, 3]


def blocks(value, count=4):
    """Something that makes an entry of 48 bytes an image."""

    def produce(append):
        append([np.full((count, 4, 4, 3), value, np.uint8)])
        return value

    return produce


def make(cache, name, count=4):
    return cache.write(key_of(name=name), [(count, 4, 4, 3)], blocks(len(name), count))


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


WRITER = """
import sys, time
from pathlib import Path
import numpy as np
from keras_gans.data.cache import Cache, key_of

def produce(append):
    append([np.ones((2, 4, 4, 3), np.uint8)])
    print("half", flush=True)
    sys.stdin.read()

cache = Cache(Path(sys.argv[1]))
cache.write(key_of(name="killed"), [(4, 4, 4, 3)], produce)
"""


def test_a_killed_writer_leaves_nothing_that_is_taken_for_whole(folder):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WRITER, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": environment}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout.readline() == b"half\n"
        cache = Cache(folder)
        assert cache.find(key_of(name="killed")) is None
        make(cache, "other")  # what is being written stays
        (part,) = folder.glob(".entry-*")
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert cache.find(key_of(name="killed")) is None and part.exists()
    make(cache, "killed")
    assert cache.find(key_of(name="killed")).arrays[0].shape == (4, 4, 4, 3)
    assert not list(folder.glob(".entry-*"))


LOADER = """
import sys
from pathlib import Path
from keras_gans.data import load, reading, shared_decoding

with shared_decoding(Path(sys.argv[2])):
    dataset = load(sys.argv[1], "images", image_size=4)
print(dataset.fingerprint)
"""


def test_of_two_processes_at_once_one_decodes(photos, folder):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", LOADER, str(photos), str(folder)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, env=environment, **pipes) for _ in range(3)]
    ended = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len({out for out, _ in ended}) == 1
    said = "".join(err for _, err in ended)
    assert said.count("decoded, and kept in") - said.count("read from") <= 3
    assert len(with_images(folder)) == 1
    assert load_kept(photos, None).fingerprint + "\n" == ended[0][0]


def test_waiting_for_another_process_finds_its_images(photos, folder, reads, capsys):
    source = reading.ImageFiles(
        [(path,) for path in sorted(photos.iterdir())], ImageReader((4, 4), 3, "crop")
    )
    key = key_of(files=source.files, settings=source.settings)
    cache, begun, done = Cache(folder), threading.Event(), []
    with cache.alone(key):
        thread = threading.Thread(
            target=lambda: (begun.set(), done.append(load_kept(photos, folder)))
        )
        thread.start()
        begun.wait()
        deadline = time.monotonic() + 30
        while "waiting for another process" not in capsys.readouterr().err:
            assert time.monotonic() < deadline
        cache.write(key, [source.shape], source.decode)
        reads.clear()
    thread.join()
    assert values(done[0]) == [0, 1, 2, 3] and reads == []


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


def test_of_images_that_do_not_fit_one_process_sees_which_can_be_used(photos, folder, monkeypatch):
    monkeypatch.setenv("KERAS_GANS_CACHE_GB", "0")
    locks, alone = [], []
    acquire, plain = caches.filelock.FileLock.acquire, reading.ImageFiles.decode

    def note(self, *arguments, **settings):
        if Path(self.lock_file).parent.name == "locks":
            locks.append(self)
        return acquire(self, *arguments, **settings)

    def decode(self, append):
        alone.append([lock.is_locked for lock in locks])
        return plain(self, append)

    monkeypatch.setattr(caches.filelock.FileLock, "acquire", note)
    monkeypatch.setattr(reading.ImageFiles, "decode", decode)
    load_kept(photos, folder)
    assert alone == [[True]]
