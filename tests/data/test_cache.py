"""Decoded images that are kept between runs: found again, never wrong, and optional."""

import ast
import hashlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_gans.data import reading, stamps
from tests.data.kept_images import image, load_kept, values, with_images

ROOT = Path(__file__).parents[2]


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
