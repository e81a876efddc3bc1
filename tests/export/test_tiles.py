"""`export.images --tile`: the images of whole translations, of any size."""

import re
from collections import namedtuple

import keras
import numpy as np
import psutil
import pytest
from keras import layers
from PIL import Image

from export.common import image_translator
from export.common.errors import ExportError
from export.common.generator import Generator
from export.common.image_translator import ImageTranslator
from keras_gans.tiling import TiledTranslator


def pixels_of(path):
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.fixture
def photo(tmp_path):
    """A file of 90x61 pixels, dark on the left and bright on the right."""
    rng = np.random.default_rng(0)
    pixels = np.linspace(30, 220, 90)[None, :, None] + rng.normal(0, 20, (61, 90, 3))
    Image.fromarray(np.clip(pixels, 0, 255).astype("uint8")).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.mark.parametrize(
    "run, suffix", [("cyclegan", ".png"), ("pix2pix", ".npz")], indirect=["run"]
)
def test_tiles_make_the_image_of_the_whole(run, suffix, photo, tmp_path, call):
    made = []
    for name, flags in {"whole": ["--longest-side", 90], "tiles": ["--tile", 32]}.items():
        file = tmp_path / f"{name}{suffix}"
        call("export.images", run, "--input", photo, "--output", file, *flags)
        made.append(np.load(file)["images"][0] if suffix == ".npz" else pixels_of(file))
    whole, tiles = made
    assert whole.shape == (61, 90, 3) and np.abs(whole.astype(int) - tiles).max() <= 1
    kept = {"photo.png", "run", f"whole{suffix}", f"tiles{suffix}"}
    assert {path.name for path in tmp_path.iterdir()} == kept


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_with_tiles_a_large_image_keeps_its_size(run, tmp_path, call):
    Image.new("RGB", (1100, 18)).save(tmp_path / "wide.png")
    flags = ["--input", tmp_path / "wide.png", "--output", tmp_path / "o.png"]
    sizes = []
    for more in ([], ["--tile", 512], ["--tile", 512, "--longest-side", 550]):
        call("export.images", run, *flags, *more)
        sizes.append(pixels_of(tmp_path / "o.png").shape)
    assert sizes == [(1, 48, 3), (18, 1100, 3), (9, 550, 3)]


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_tiles_where_the_memory_is_too_small(run, photo, tmp_path, call, monkeypatch):
    calls = []
    translate = TiledTranslator.translate
    monkeypatch.setattr(TiledTranslator, "translate", lambda *a: calls.append(a) or translate(*a))
    made = []
    for memory in (1e9, 1e5):
        system = namedtuple("system", "available")(memory)  # Linux, macOS or Windows
        monkeypatch.setattr(psutil, "virtual_memory", lambda: system)  # noqa: B023
        call("export.images", run, "--input", photo, "--output", tmp_path / "o.png")
        made.append(pixels_of(tmp_path / "o.png"))
        assert len(calls) == (memory < 1e9)
    assert np.abs(made[0].astype(int) - made[1]).max() <= 1


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_a_disk_without_room(run, photo, tmp_path, call, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(image_translator.shutil, "disk_usage", lambda _: usage(9, 9, 1000))
    flags = ["--input", photo, "--output", tmp_path / "o.png", "--tile", 32]
    message = call("export.images", run, *flags, code=1)
    assert re.search(rf"needs 0\.\d MB in {tmp_path}", message) and "give --output on" in message
    assert message.count("\n") == 1 and not (tmp_path / "o.png").exists()


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_tiles_are_for_translators(run, call):
    assert "from noise" in call("export.images", run, "--tile", 64, code=1)


def test_a_generator_that_needs_whole_images(tmp_path, monkeypatch):
    image = keras.Input((None, None, 3))
    network = keras.Model(image, layers.GroupNormalization(1, name="norm")(image))
    generator = Generator("generator", network, {}, {})
    with pytest.raises(ExportError, match="layer norm .GroupNormalization.*leave out --tile"):
        ImageTranslator(generator, 64, tmp_path)
    monkeypatch.setattr(image_translator, "available_memory", lambda: 0)
    pixels = np.full((20, 20, 3), 7, "uint8")
    made = ImageTranslator(generator, None, tmp_path)(pixels, tmp_path / "x.png")
    assert made.shape == (20, 20, 3)
