"""Large images: they take little more memory than they have when decoded, and look the same."""

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from keras_gans.data import load, read_image, strips
from keras_gans.data.images import half, open_image

ROOT = Path(__file__).parents[2]
SIDE = 6000
MIB = 2**20
MORE = 240 * MIB  # for strips, and what is imported on the way
CHILD = """
import sys
from concurrent.futures import ThreadPoolExecutor
from benchmarks.process_memory import memory
from keras_gans.data import read_image

small, path, size, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]) or None, int(sys.argv[4])
read_image(small, 8)
before = memory("VmHWM")
with ThreadPoolExecutor(threads) as pool:
    shapes = [image.shape for image in pool.map(lambda _: read_image(path, size), range(threads))]
print(memory("VmHWM") - before)
"""


def png(path, mode, orientation=1):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new(mode, (SIDE, SIDE)).save(path.with_suffix(".png"), exif=exif)
    return path.with_suffix(".png")


def tiff(path, *channels):
    array = np.zeros((SIDE, SIDE, *channels), np.uint16)
    path = path.with_suffix(".tif")
    tifffile.imwrite(path, array, photometric="rgb" if channels else "minisblack")
    return path


# Name: (file, side of the result or 0 for its own, threads, bytes of a pixel that must be held)
CASES = {
    "transparent": (lambda path: png(path, "RGBA"), 64, 1, 4),
    "transparent, turned": (lambda path: png(path, "LA", 6), 64, 1, 4),
    "in its own size": (lambda path: png(path, "RGB"), 0, 1, 4 + 3),
    "palette": (lambda path: png(path, "P"), 64, 1, 1),
    "sixteen bits, gray": (lambda path: tiff(path), 64, 1, 2),
    "sixteen bits, color": (lambda path: tiff(path, 3), 64, 1, 6),
    "in several threads": (lambda path: png(path, "L"), 64, 12, 1),
}


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
@pytest.mark.parametrize("case", CASES)
def test_memory_is_that_of_the_decoded_image(case, tmp_path):
    make, size, threads, pixel_bytes = CASES[case]
    path, small = make(tmp_path / "large"), tmp_path / "small.png"
    Image.new("RGB", (16, 16)).save(small)
    arguments = [sys.executable, "-c", CHILD, small, path, str(size), str(threads)]
    taken = int(
        subprocess.run(arguments, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    )
    assert taken < SIDE * SIDE * pixel_bytes + MORE, f"{taken / MIB:.0f} MiB"


MODES = ("L", "RGB", "RGBA", "LA", "P", "1", "I;16")


def image_of(mode):
    pixels = np.random.default_rng(0).integers(256, size=(37, 61, 4), dtype=np.uint8)
    if mode == "I;16":
        return Image.fromarray(pixels[..., :2].copy().view(np.uint16)[..., 0])
    return Image.fromarray(pixels).convert("RGB" if mode == "P" else "RGBA").convert(mode)


@pytest.mark.parametrize("fit", ["crop", "pad", "squeeze"])
@pytest.mark.parametrize("mode", MODES)
def test_strips_make_the_image_that_the_whole_makes(mode, fit, tmp_path, monkeypatch):
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = tmp_path / f"{orientation}.png"
        image_of(mode).save(path, exif=exif)
        for size in (None, 7, (50, 9), (64, 96)):
            with monkeypatch.context() as patch:
                patch.setattr(strips, "STRIP_PIXELS", 61 * 37)
                whole = read_image(path, size, fit=fit)
                patch.setattr(strips, "STRIP_PIXELS", 200)
                np.testing.assert_array_equal(read_image(path, size, fit=fit), whole)


def test_halves_in_strips(tmp_path, monkeypatch):
    monkeypatch.setattr(strips, "STRIP_PIXELS", 200)
    image = image_of("RGB")
    image.save(tmp_path / "a.png")
    with open_image(tmp_path / "a.png", max_pixels=10_000) as opened:
        left, right = (half(opened.in_eight_bits(None), side, "a") for side in ("left", "right"))
        assert left.size == right.size == (30, 37)
        for part, columns in ((left, slice(0, 30)), (right, slice(31, 61))):
            found = np.concatenate([np.asarray(strip) for _, strip in part])
            np.testing.assert_array_equal(found, np.asarray(image)[:, columns])


def test_an_image_that_is_too_thin_to_pad_is_not_lost(tmp_path):
    Image.new("L", (4, 900), 255).save(tmp_path / "a.png")
    padded = read_image(tmp_path / "a.png", 8, fit="pad")[..., 0]
    assert (padded.max(axis=1) == 255).all() and (padded.max(axis=0) == 255).sum() == 1


def test_a_large_image_is_decoded_alone_and_small_ones_together():
    room = strips.DecodingRoom(pixels=10)
    small_in, large_in = threading.Event(), threading.Event()

    def large():
        with room.holding(1_000):
            large_in.set()

    waiting = threading.Thread(target=large)
    with room.holding(4):
        with room.holding(6):
            small_in.set()
            waiting.start()
        assert not large_in.is_set()
    waiting.join(60)
    assert small_in.is_set() and large_in.is_set()
    with pytest.raises(KeyError), room.holding(10):
        raise KeyError
    with room.holding(10):  # the room of what failed is free again
        pass


def test_folders_with_images_of_many_strips(tmp_path, monkeypatch):
    monkeypatch.setattr(strips, "STRIP_PIXELS", 200)
    for number in range(8):
        image_of("I;16" if number < 4 else "RGB").save(tmp_path / f"{number}.png")
    (images,) = load(tmp_path, "images", image_size=16).domains
    assert images.shape == (8, 16, 16, 3)
    expected = read_image(tmp_path / "0.png", 16, channels=3, value_range=(0, 65535))
    np.testing.assert_array_equal(images[0], expected)
