"""Images are known by what they hold, and what is left out is said."""

import errno
import os
import sys
import warnings

import numpy as np
import pytest
from PIL import Image

from keras_gans.data import DataError, find_images, formats, layouts, load, shared_decoding


def image(path, kind: str = "PNG") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (16, 16), (200, 100, 0)).save(path, kind)


@pytest.mark.parametrize(
    "name", ["a.jpg_large", "a.jpg?w=300", "a.jpeg~", "a", "a.JPG.1", "a.png", "a.part"]
)
def test_an_image_is_known_by_what_it_holds(name, tmp_path):
    image(tmp_path / name, "JPEG")
    (red, green, blue) = load(tmp_path, "images", image_size=8).domains[0][0, 0, 0]
    assert abs(int(red) - 200) < 4 and abs(int(green) - 100) < 4 and blue < 4


FORMATS = ["apng", "avif", "bmp", "dds", "dib", "gif", "icns", "ico", "jp2", "pcx", "ppm", "qoi"]
FORMATS += ["sgi", "tga", "tif", "webp"]


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_is_read(suffix, tmp_path):
    kind = {"apng": "PNG", "qoi": "QOI"}.get(suffix)
    Image.new("RGB", (16, 16), (200, 100, 0)).save(tmp_path / f"a.{suffix}", kind)
    image = load(tmp_path, "images", image_size=8).domains[0][0]
    assert np.abs(image.astype(int) - (200, 100, 0)).max() <= 8


def test_black_and_white(tmp_path):
    Image.new("1", (16, 16), 1).save(tmp_path / "a.pbm")
    assert load(tmp_path, "images", image_size=8).domains[0].min() == 255


def test_what_is_left_out_is_counted_by_its_reason(tmp_path, capsys):
    for number in range(20):
        image(tmp_path / f"{number:02}.png")
    for name in ("a.txt", "b.txt", "c.txt", "d.txt", "e.json"):
        (tmp_path / name).write_text("hello")
    (tmp_path / "scan.dcm").write_bytes(b"\0" * 128 + b"DICM")
    (tmp_path / "scan").write_bytes(b"\0" * 128 + b"DICM")
    (tmp_path / "shot.CR2").write_bytes(b"II*\0")
    (tmp_path / "logo.svg").write_text("<svg/>")
    (tmp_path / "x.npy").touch()
    (tmp_path / "clip.mp4").touch()
    (tmp_path / "bad.png").write_text("hello")
    dataset = load(tmp_path, "images", image_size=8)
    said = capsys.readouterr().err
    assert said.startswith(f"left out of {tmp_path}: 12 of 32 files: ") and said.count("\n") == 1
    for part in (
        "4 no image, .txt (a.txt, b.txt, c.txt, ...)",
        "1 no image, .json (e.json)",
        "2 DICOM (scan, scan.dcm: convert it with dcmj2pnm or pydicom)",
        "1 a camera's raw file (shot.CR2: convert it with darktable-cli or rawpy)",
        "1 SVG (logo.svg: convert it with rsvg-convert)",
        "1 an array (x.npy: give the file itself as the data)",
        "1 a film (clip.mp4: save its frames with ffmpeg)",
        "1 no image (bad.png)",
    ):
        assert part in said
    assert len(dataset.left_out) == 12
    assert str(dataset.left_out[-1]) == f"{tmp_path}/bad.png: no image"


def test_a_folder_without_images_says_what_it_holds(tmp_path):
    (tmp_path / "a.dcm").touch()
    with pytest.raises(DataError, match=r"no images in .*: 1 DICOM \(a\.dcm: convert it with dcmj"):
        load(tmp_path, "images")


def test_what_tools_leave_is_not_worth_a_word(tmp_path, capsys):
    image(tmp_path / "a.png")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX/b.png", ".git/c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert len(load(tmp_path, "images")) == 1 and capsys.readouterr().err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="pipes")
@pytest.mark.parametrize("name", ["pipe", "pipe.png"])
def test_a_pipe_is_not_waited_for(name, tmp_path, capsys):
    for folder in ("a", "b"):
        image(tmp_path / folder / "a.png")
    os.mkfifo(tmp_path / "b" / name)
    assert len(load(tmp_path, "labelled")) == 2
    said = capsys.readouterr().err
    assert f"1 of 3 files: 1 no file ({name}: a pipe, socket or device)" in said


def test_a_link_to_nothing_is_named(tmp_path, capsys):
    image(tmp_path / "a.png")
    os.symlink("nothing", tmp_path / "b.png")
    assert len(load(tmp_path, "images")) == 1
    assert "1 of 2 files: 1 not read (b.png: " in capsys.readouterr().err


@pytest.fixture
def make_unreadable(monkeypatch):
    """Lets no folder be read whose path begins with one; not by modes, which root may pass."""
    unreadable = []

    def scandir(folder, scandir=os.scandir):
        if any(str(folder).startswith(str(each)) for each in unreadable):
            raise PermissionError(errno.EACCES, "Permission denied", folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    return unreadable.append


@pytest.mark.parametrize("deep", ["", "deep"])
@pytest.mark.parametrize("layout", ["cats birds", "train/x test/x", "trainA trainB"])
def test_a_folder_that_cannot_be_read_is_not_overlooked(layout, deep, tmp_path, make_unreadable):
    readable, name = layout.split()
    for each in (readable, f"{name}/deep"):
        image(tmp_path / each / "a.png")
    make_unreadable(unreadable := tmp_path / name / deep)
    task = "unpaired" if "A" in layout else "labelled"
    with pytest.raises(DataError, match=rf"{unreadable} cannot be read \(Permission denied\)"):
        load(tmp_path, task)


@pytest.mark.parametrize("unused", ["masks", "masks/deep"])
@pytest.mark.parametrize(
    ("layout", "task"),
    [("train/x test/x", "images"), ("train/x test/x", "labelled"), ("trainA trainB", "unpaired")],
)
def test_a_folder_that_is_not_used_need_not_be_readable(
    layout, task, unused, tmp_path, make_unreadable, capsys
):
    for each in (*layout.split(), "masks/deep"):
        image(tmp_path / each / "a.png")
    make_unreadable(tmp_path / unused)
    assert len(load(tmp_path, task)) == 1
    said = capsys.readouterr().err
    assert f"left out: {tmp_path / unused} cannot be read (Permission denied): make it" in said


def test_of_two_folders_of_one_split_the_second_need_not_be_readable(tmp_path, make_unreadable):
    for each in ("train", "eval", "val"):
        image(tmp_path / each / "a.png")
    make_unreadable(tmp_path / "val")
    assert load(tmp_path, "images", split="val").split == "val"


def test_deleted_files_of_a_network_disk_are_not_looked_for(tmp_path, make_unreadable, capsys):
    image(tmp_path / "a.png")
    (tmp_path / "#recycle").mkdir()
    make_unreadable(tmp_path / "#recycle")
    assert len(load(tmp_path, "images")) == 1 and capsys.readouterr().err == ""


@pytest.mark.parametrize("beside", ["", "train/x.png"])
def test_files_are_not_asked_whether_they_are_folders(beside, tmp_path, monkeypatch):
    for name in filter(None, ("a.png", "b.png", beside)):
        image(tmp_path / name)
    asked, stat = [], os.stat

    def noting_stat(path, *args, **kwargs):
        asked.append(str(path))
        return stat(path, *args, **kwargs)

    monkeypatch.setattr(os, "stat", noting_stat)
    assert layouts.sub_folders(tmp_path).keys() == ({"train"} if beside else set())
    assert not [path for path in asked if path.endswith(".png")]


@pytest.mark.parametrize(
    ("layout", "task"), [("train test", "images"), ("trainA trainB", "unpaired")]
)
def test_no_file_of_a_folder_that_is_not_used_is_opened(layout, task, tmp_path, monkeypatch):
    for name in layout.split():
        image(tmp_path / name / "a.png")
    for number in range(3):
        (tmp_path / "notes" / f"{number}").mkdir(parents=True)
        (tmp_path / "notes" / f"{number}" / "a.xml").write_text("<xml/>")
    opened, open_file = [], formats.open_file

    def noting_open(path, **arguments):
        opened.append(str(path))
        return open_file(path, **arguments)

    monkeypatch.setattr(formats, "open_file", noting_open)
    assert len(load(tmp_path, task)) == 1
    assert opened and not [path for path in opened if "notes" in path]


def test_a_folder_that_is_not_used_is_looked_over_once(tmp_path, monkeypatch):
    for name in ("trainA/a.png", "trainB/a.png", "notes/b.png"):
        image(tmp_path / name)
    listed, scandir = [], os.scandir

    def noting_scandir(folder):
        listed.append(str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", noting_scandir)
    with shared_decoding():
        for task in ("unpaired", "paired"):
            load(tmp_path, task)
    assert listed.count(str(tmp_path / "notes")) == 1


@pytest.mark.parametrize("name", ["__a__.png", "_a.png", "__a/b.png"])
def test_underscores_are_names_like_others(name, tmp_path):
    image(tmp_path / name)
    assert len(find_images(tmp_path)) == 1


def test_of_several_frames_the_first_is_taken_and_that_is_said(tmp_path, capsys):
    frames = [Image.new("L", (16, 16), value) for value in (10, 200)]
    for name in ("a.gif", "b.tif", "c.webp", "d.png"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
    image(tmp_path / "e.png")
    images = load(tmp_path, "images", image_size=8).domains[0]
    assert np.abs(images[:4].astype(int) - 10).max() <= 2
    said = capsys.readouterr().err
    assert said == "4 images have several frames or pages, as a.gif: the first of each is used\n"


def test_an_image_of_too_many_pixels_is_not_decoded(tmp_path, capsys):
    for number in range(10):
        image(tmp_path / f"{number}.png")
    Image.new("1", (4000, 3000)).save(tmp_path / "large.png")
    dataset = load(tmp_path, "images", max_pixels=10_000_000)
    assert len(dataset) == 10
    assert "1 too large (large.png: 4000x3000, over 10,000,000 pixels)" in capsys.readouterr().err
    assert len(load(tmp_path, "images")) == 11


def test_larger_images_than_pillow_allows_can_be_allowed(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)  # set back afterwards
    Image.new("1", (20_000, 20_000)).save(tmp_path / "large.png")
    with pytest.raises(DataError, match="too large"):
        load(tmp_path, "images")
    assert len(load(tmp_path, "images", max_pixels=400_000_000)) == 1


def test_no_warning_of_pillow_reaches_the_user(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 200)
    for name in ("a.png", "b"):
        image(tmp_path / name)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert len(load(tmp_path, "images", max_pixels=300)) == 2
    assert warned == []


def test_all_unreadable_ones_are_named(tmp_path):
    for number in range(40):
        image(tmp_path / f"{number}.png")
    for number in range(12):
        (tmp_path / f"bad{number:02}.jpg").touch()
    with pytest.raises(DataError, match=r"bad00\.jpg.*bad09\.jpg.*and 2 more") as caught:
        load(tmp_path, "images")
    assert [each.path.name for each in caught.value.left_out][-1] == "bad11.jpg"


def test_it_is_said_once_of_all_that_is_loaded_together(tmp_path, capsys):
    image(tmp_path / "a.png")
    (tmp_path / "b.txt").touch()
    with shared_decoding():
        for split in ("train", "val", "test"):
            load(tmp_path, "images", split=split)
    assert capsys.readouterr().err.count("left out") == 1
