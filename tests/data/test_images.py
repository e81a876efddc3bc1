"""Image files: every mode, orientation and size comes out as it looks."""

import os
import sys
import warnings

import numpy as np
import pytest
from PIL import Image

from keras_gans.data import DataError, find_images, read_image, reading
from keras_gans.data.images import ImageReader

WIDE, HIGH = 12, 8


def flat(mode: str, color) -> Image.Image:
    return Image.new(mode, (WIDE, HIGH), color)


def save(path, image: Image.Image, **options):
    image.save(path, **options)
    return path


def grey16(dtype: str) -> Image.Image:
    return Image.fromarray(np.full((HIGH, WIDE), 128 * 257, dtype))


def palette(transparency: bool) -> Image.Image:
    image = flat("RGB", (255, 0, 0)).quantize(4)
    if transparency:
        image.info["transparency"] = image.getpixel((0, 0))
    return image


# Name: (file name, image, the color it must show, its own channels)
MODES = {
    "color": ("a.png", flat("RGB", (10, 20, 30)), (10, 20, 30), 3),
    "grey": ("a.png", flat("L", 77), (77,), 1),
    "bilevel": ("a.png", flat("1", 1), (255,), 1),
    "palette": ("a.png", palette(False), (255, 0, 0), 3),
    "palette with a transparent color": ("a.png", palette(True), (255, 255, 255), 3),
    "gif": ("a.gif", palette(False), (255, 0, 0), 3),
    "half transparent": ("a.png", flat("RGBA", (255, 0, 0, 51)), (255, 204, 204), 3),
    "transparent grey": ("a.png", flat("LA", (0, 51)), (204, 204, 204), 3),
    "cmyk tiff": ("a.tif", flat("CMYK", (0, 255, 255, 0)), (255, 0, 0), 3),
    "cmyk jpeg": ("a.jpg", flat("CMYK", (0, 255, 255, 0)), (254, 0, 0), 3),
    "sixteen bits, png": ("a.png", grey16("<u2"), (128,), 1),
    "sixteen bits, tiff": ("a.tif", grey16("<u2"), (128,), 1),
    "sixteen bits, big endian": ("a.tif", grey16(">u2"), (128,), 1),
    "thirty-two bits": ("a.tif", Image.fromarray(np.full((8, 12), 128 * 257, "<i4")), (128,), 1),
    "floating point": ("a.tif", Image.fromarray(np.full((8, 12), 0.2, "<f4")), (51,), 1),
    "no name": ("image", flat("RGB", (1, 2, 3)), (1, 2, 3), 3),
}


@pytest.mark.parametrize("case", MODES)
def test_every_mode_shows_its_color(case, tmp_path):
    name, image, color, channels = MODES[case]
    kind = "PNG" if "." not in name else None
    path = save(tmp_path / name, image, format=kind)
    array = read_image(path)
    assert array.shape == (HIGH, WIDE, channels) and array.dtype == np.uint8
    assert np.abs(array.astype(int) - color).max() <= 2
    resized = read_image(path, 5, channels=3)
    assert resized.shape == (5, 5, 3)
    assert np.abs(resized.astype(int) - color).max() <= 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_undone(orientation, tmp_path):
    upright = np.zeros((16, 32, 3), np.uint8)
    upright[:8, :16] = 255  # white at the top left
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = Image.fromarray(upright)
    image = image.transpose(undo[orientation]) if orientation > 1 else image
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(tmp_path / "a.png", image, exif=exif)
    np.testing.assert_array_equal(read_image(path), upright)


def test_damaged_exif_does_not_spoil_a_picture(tmp_path):
    path = save(tmp_path / "a.jpg", flat("L", 100), exif=b"Exif\0\0garbage that is no TIFF")
    assert abs(int(read_image(path).mean()) - 100) <= 2


def test_resizing_squeezes_crops_or_pads(tmp_path):
    halves = np.zeros((10, 40, 3), np.uint8)
    halves[:, 10:30] = 200  # the middle half
    path = save(tmp_path / "a.png", Image.fromarray(halves))
    squeezed = read_image(path, 8, fit="squeeze")
    assert squeezed[4, 0, 0] < 20 and squeezed[4, 4, 0] > 180
    cropped = read_image(path, 10, fit="crop")
    np.testing.assert_array_equal(cropped, np.full((10, 10, 3), 200))
    padded = read_image(path, 40, fit="pad")
    np.testing.assert_array_equal(padded[15:25], halves)
    assert padded[:15].max() == padded[25:].max() == 0


@pytest.mark.parametrize("fit", ["crop", "pad", "squeeze"])
def test_images_of_the_right_proportions_lose_nothing(fit, tmp_path):
    array = np.random.default_rng(0).integers(256, size=(10, 40, 3), dtype=np.uint8)
    path = save(tmp_path / "a.png", Image.fromarray(array))
    np.testing.assert_array_equal(read_image(path, (10, 40), fit=fit), array)
    assert read_image(path, (5, 20), fit=fit).shape == (5, 20, 3)


def test_a_crop_keeps_the_center_at_the_proportions_that_are_asked_for(tmp_path):
    stripes = np.zeros((40, 10, 3), np.uint8)
    stripes[10:30] = 200  # of a high image, a square and a wide crop are in the middle
    path = save(tmp_path / "a.png", Image.fromarray(stripes))
    np.testing.assert_array_equal(read_image(path, (20, 10)), np.full((20, 10, 3), 200))
    np.testing.assert_array_equal(read_image(path, (5, 10)), np.full((5, 10, 3), 200))


def test_resizing_is_antialiased(tmp_path):
    checks = np.indices((64, 64)).sum(0) % 2 * np.uint8(255)
    path = save(tmp_path / "a.png", Image.fromarray(checks.astype(np.uint8)))
    assert np.abs(read_image(path, 8).astype(int) - 127).max() < 12


def test_a_large_jpeg_is_resized_to_the_same_as_its_png(tmp_path):
    ramp = np.linspace(0, 255, 400).astype(np.uint8)[None].repeat(300, 0)
    jpeg = save(tmp_path / "a.jpg", Image.fromarray(ramp), quality=95)
    png = save(tmp_path / "a.png", Image.fromarray(ramp))
    difference = read_image(jpeg, 16).astype(int) - read_image(png, 16)
    assert np.abs(difference).max() <= 3


def broken(folder):
    """A file of each kind that cannot be read, by what the message says of it."""
    whole = save(folder / "whole.jpg", flat("RGB", "red").resize((64, 64)))
    (folder / "cut.jpg").write_bytes(whole.read_bytes()[:-200])
    (folder / "text.jpg").write_text("hello")
    (folder / "empty.png").touch()
    save(folder / "dot.png", Image.new("RGB", (1, 1)))
    return {
        "cut.jpg": r"cannot be used: damaged \(.*(?i:truncated)",
        "text.jpg": "cannot be used: no image",
        "empty.png": r"cannot be used: no image \(empty\)",
        "dot.png": r"too small \(1x1\)",
        "absent.png": "cannot be used: .*No such file",
    }


def test_what_cannot_be_read_is_named(tmp_path):
    for name, message in broken(tmp_path).items():
        with pytest.raises(DataError, match=f"{name} .*{message}"):
            read_image(tmp_path / name)


def test_find_pictures_sorts_and_leaves_out_what_is_no_picture(tmp_path):
    names = ["b.PNG", "a.jpg", "sub/c.webp", "sub/deep/d.tiff"]
    for name in [
        *names,
        "__a.png",
        "notes.txt",
        "labels.csv",
        "Thumbs.db",
        ".hidden.png",
        ".cache/x.png",
        "__MACOSX/y.png",
    ]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = [path.relative_to(tmp_path).as_posix() for path in find_images(tmp_path)]
    assert found == ["__a.png", "a.jpg", "b.PNG", "sub/c.webp", "sub/deep/d.tiff"]
    assert find_images(tmp_path / "notes.txt") == [tmp_path / "notes.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
def test_find_pictures_follows_links_once(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.png").touch()
    os.symlink(tmp_path / "real", tmp_path / "link")
    os.symlink(tmp_path, tmp_path / "real" / "loop")
    assert len(find_images(tmp_path)) == 1
    assert len(find_images(tmp_path / "link")) == 1


def test_find_pictures_explains_itself(tmp_path):
    with pytest.raises(DataError, match="no such file or folder"):
        find_images(tmp_path / "absent")
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DataError, match="no images in"):
        find_images(tmp_path)


def test_reading_leaves_no_file_open(tmp_path):
    path = save(tmp_path / "a.png", flat("RGB", "red"))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        read_image(path)


def test_an_interrupted_reading_does_not_read_on(tmp_path):
    read = []

    class Reader(ImageReader):
        def read(self, path):
            read.append(path)
            if len(read) == 3:
                raise KeyboardInterrupt
            return [np.zeros((1, 1, 1), np.uint8)], False

    with pytest.raises(KeyboardInterrupt):
        reading.read_all([(tmp_path / "a.png",)] * 5000, Reader((1, 1), 1, "crop"))
    assert len(read) < 1000


def test_a_program_in_the_place_of_an_image_is_not_run(tmp_path, monkeypatch):
    interpreter = tmp_path / "gs"  # Pillow would start it for PostScript
    interpreter.write_text(f"#!/bin/sh\ntouch {tmp_path}/harm\n")
    interpreter.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    header = "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\nshowpage\n"
    (tmp_path / "a.png").write_text(header)
    with pytest.raises(DataError, match="no image"):
        read_image(tmp_path / "a.png")
    assert not (tmp_path / "harm").exists()
