"""Images of more than eight bits: one range for the whole set, whatever the file's kind."""

import numpy as np
import pytest
import tensorflow as tf
import tifffile
from PIL import Image

from keras_gans.data import DataError, load, read_image
from keras_gans.data.values import range_of, to_eight_bits


def numbers(*values, dtype="<u2"):
    return np.array(values, dtype)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (numbers(0, 255), (0, 255)),
        (numbers(3, 3084), (0, 4095)),  # twelve bits
        (numbers(4095), (0, 4095)),
        (numbers(4096), (0, 8191)),
        (numbers(65535), (0, 65535)),
        (numbers(0, 0), (0, 1)),
        (numbers(-1000, 3000, dtype="<i2"), (-1000, 3000)),  # as scanners measure bodies
        (numbers(70000, dtype="<i4"), (0, 131071)),
        (numbers(0.25, 1.0, dtype="f"), (0, 1)),
        (numbers(-0.5, 1.0, dtype="f"), (-1, 1)),
        (numbers(0.0, 200.0, dtype="f"), (0, 255)),
        (numbers(-3.0, 500.0, dtype="f"), (-3, 500)),
        (numbers(np.nan, np.inf, 0.5, dtype="f"), (0, 1)),
        (numbers(7.5e4, dtype="f"), (75000, 75001)),
    ],
)
def test_the_range_of_a_set(values, expected):
    assert range_of([values]) == expected


def test_the_range_is_of_all_arrays_together():
    assert range_of([numbers(1), numbers(900), numbers(20)]) == (0, 1023)


def test_the_ends_of_the_range_become_black_and_white():
    values = np.array([-2.0, -1.0, 0.0, 1.0, 9.0, np.nan])
    assert to_eight_bits(values, (-1, 1)).tolist() == [0, 0, 128, 255, 255, 0]
    assert to_eight_bits(numbers(0, 2048, 4095), (0, 4095)).tolist() == [0, 128, 255]


def gray(value, dtype):
    return np.full((8, 8), value, dtype)


def png16(path, values):
    path.write_bytes(tf.io.encode_png(values.astype("uint16")).numpy())


def tiff(path, values):
    tifffile.imwrite(path, values, photometric="rgb" if values.ndim == 3 else "minisblack")


def color(*channels, dtype="uint16"):
    return np.full((8, 8, len(channels)), channels, dtype)


# Name: (how it is written, two images, what the pixels must be in one set)
SETS = {
    "png, gray": (png16, gray(1000, "u2")[..., None], gray(4000, "u2")[..., None], (62, 249)),
    "png, color": (png16, color(1000, 0, 4000), color(4000, 500, 0), ((62, 0, 249), (249, 31, 0))),
    "tiff, gray": (tiff, gray(1000, "u2"), gray(4000, "u2"), (62, 249)),
    "tiff, big endian": (tiff, gray(1000, ">u2"), gray(4000, ">u2"), (62, 249)),
    "tiff, signed": (tiff, gray(-1000, "i2"), gray(1000, "i2"), (0, 255)),
    "tiff, 32 bits": (tiff, gray(70000, "i4"), gray(131071, "i4"), (136, 255)),
    "tiff, float": (tiff, gray(0.2, "f"), gray(0.8, "f"), (51, 204)),
    "tiff, color": (tiff, color(1000, 0, 4000), color(4000, 500, 0), ((62, 0, 249), (249, 31, 0))),
    "tiff, float color": (
        tiff,
        color(0.2, 0, 1, dtype="f"),
        color(0.8, 0, 0, dtype="f"),
        ((51, 0, 255), (204, 0, 0)),
    ),
}


@pytest.mark.parametrize("case", SETS)
def test_a_set_has_one_range(case, tmp_path, capsys):
    write, dark, bright, expected = SETS[case]
    suffix = ".png" if write is png16 else ".tif"
    for number, values in enumerate((dark, bright)):
        write(tmp_path / f"{number}{suffix}", values)
    dataset = load(tmp_path, "images", image_size=8)
    for image, value in zip(dataset.domains[0], expected, strict=True):
        np.testing.assert_array_equal(image, np.broadcast_to(value, (8, 8, 3)))
    low, high = dataset.value_range
    said = capsys.readouterr().err
    assert f"{low:g} becomes black, {high:g} white" in said and said.count("\n") == 1


def test_a_test_split_has_the_range_of_the_training_images(tmp_path):
    for name, value in {"train/a": 1023, "train/b": 4000, "test/a": 1023}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        tiff(tmp_path / f"{name}.tif", gray(value, "u2"))
    for split in ("train", "test"):
        dataset = load(tmp_path, "images", split=split, image_size=8)
        assert dataset.value_range == (0, 4095) and dataset.domains[0][0, 0, 0, 0] == 64


def test_both_domains_have_the_range_of_both(tmp_path):
    for name, value in {"trainA/a": 200, "trainB/a": 1023}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        tiff(tmp_path / f"{name}.tif", gray(value, "u2"))
    dataset = load(tmp_path, "unpaired", image_size=8)
    assert [domain[0, 0, 0, 0] for domain in dataset.domains] == [50, 255]


def test_images_of_eight_bits_beside_others_stay_as_they_are(tmp_path):
    Image.new("RGB", (8, 8), (7, 8, 9)).save(tmp_path / "a.png")
    tiff(tmp_path / "b.tif", gray(4095, "u2"))
    images = load(tmp_path, "images", image_size=8).domains[0]
    assert images[:, 0, 0].tolist() == [[7, 8, 9], [255, 255, 255]]


def test_a_range_can_be_given(tmp_path, capsys):
    tiff(tmp_path / "a.tif", gray(80, "u2"))
    dataset = load(tmp_path, "images", image_size=8, value_range=(0, 200))
    assert dataset.domains[0].max() == 102 and capsys.readouterr().err == ""
    for wrong in ((5, 5), (0, np.inf), (np.nan, 1)):
        with pytest.raises(DataError, match="two numbers, the lower first"):
            load(tmp_path, "images", value_range=wrong)


def test_alpha_of_sixteen_bits_is_shown_on_white(tmp_path):
    png16(tmp_path / "a.png", np.full((8, 8, 4), (0, 0, 0, 65535 // 5), "u2"))
    png16(tmp_path / "b.png", np.full((8, 8, 4), (65535, 0, 0, 65535), "u2"))
    images = load(tmp_path, "images", image_size=8).domains[0]
    assert images[:, 0, 0].tolist() == [[204, 204, 204], [255, 0, 0]]


def test_half_transparent_is_so_in_all_bits(tmp_path):
    png16(tmp_path / "a.png", color(65535, 0, 0, 32767))
    tiff(tmp_path / "b.tif", color(1, 0, 0, 0.5, dtype="f"))
    for name in ("a.png", "b.tif"):
        assert read_image(tmp_path / name)[0, 0].tolist() in ([255, 128, 128], [255, 127, 127])


@pytest.mark.parametrize(
    ("pixel", "highest", "expected"),
    [
        ((0, 2048, 4095, 4095), 4095, (0, 128, 255)),  # opaque, of twelve bits
        ((0, 1023, 0, 1023), 1023, (0, 255, 0)),
        ((4095, 0, 0, 2048), 4095, (255, 127, 127)),
        ((100, 0, 0, 1000), 1023, (31, 6, 6)),  # the bits of the set, and not of this image
        ((0, 0, 0, 65535), 4095, (0, 0, 0)),
        ((65535, 0, 0, 32767), 65535, (255, 128, 128)),  # half transparent, of sixteen
        ((0, 0, 0, 0), 4095, (255, 255, 255)),
    ],
)
def test_opaque_is_what_the_bits_in_use_can_hold_in_tiff(pixel, highest, expected, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", color(*pixel), photometric="rgb", extrasamples=[2])
    found = read_image(tmp_path / "a.tif", value_range=(0, highest))[0, 0]
    np.testing.assert_allclose(found.astype(int), expected, atol=1)


def test_opaque_is_all_bits_in_png(tmp_path):
    png16(tmp_path / "a.png", color(4095, 0, 0, 4095))
    found = read_image(tmp_path / "a.png", value_range=(0, 4095))[0, 0]
    assert found.tolist() == [255, 239, 239]


@pytest.mark.parametrize(
    ("values", "colors", "named"),
    [
        (np.full((8, 8, 4), (0, 65535, 65535, 0), "u2"), "separated", "CMYK"),
        (np.full((8, 8, 5), 9, "u2"), "separated", "CMYK"),
        (np.full((8, 8, 3), 9, "f"), "cielab", "CIELAB"),
    ],
)
def test_values_of_other_colors_are_refused(values, colors, named, tmp_path, capsys):
    tifffile.imwrite(tmp_path / "a.tif", values, photometric=colors, planarconfig="contig")
    tiff(tmp_path / "b.tif", gray(4095, "u2"))
    with pytest.raises(DataError, match=rf"a\.tif .*colors are {named}, .*convert it to PNG"):
        read_image(tmp_path / "a.tif")
    assert load(tmp_path, "images", image_size=8).domains[0].min() == 255
    assert "1 of 2 files: 1 not decoded (a.tif: " in capsys.readouterr().err


INVERTED = {  # kind: (what is white and what is black in the files, its range)
    "16 bits": (gray(0, "u2"), gray(65535, "u2"), (0, 65535)),
    "12 bits": (gray(0, "u2"), gray(4095, "u2"), (0, 4095)),
    "big endian": (gray(0, ">u2"), gray(4095, ">u2"), (0, 4095)),
    "signed": (gray(-1000, "i2"), gray(3000, "i2"), (-1000, 3000)),
    "32 bits": (gray(0, "u4"), gray(131071, "u4"), (0, 131071)),
    "floats": (gray(0, "f"), gray(1, "f"), (0, 1)),
}


@pytest.mark.parametrize("kind", INVERTED)
def test_where_zero_is_white_it_is_shown_so(kind, tmp_path):
    white, black, expected = INVERTED[kind]
    for number, values in enumerate((white, black, (white + 3.0 * black) / 4)):
        values = values.astype(white.dtype)
        tifffile.imwrite(tmp_path / f"{number}.tif", values, photometric="miniswhite",
                         byteorder=">" if white.dtype.byteorder == ">" else "<")  # fmt: skip
    dataset = load(tmp_path, "images", image_size=8, channels=1)
    assert dataset.value_range == expected
    assert dataset.domains[0][:, 0, 0, 0].tolist() == [255, 0, 64]


def test_inverted_images_equal_those_of_eight_bits(tmp_path):
    eight = np.arange(256, dtype="u1").reshape(16, 16)
    for name, values in {"8": eight, "16": eight * np.uint16(257)}.items():
        tifffile.imwrite(tmp_path / f"{name}.tif", values, photometric="miniswhite")
    first, second = (read_image(tmp_path / f"{name}.tif") for name in ("8", "16"))
    np.testing.assert_array_equal(first, second)
    assert first[0, 0, 0] == 255


def test_eight_bits_of_other_colors_are_shown(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", gray(0, "u1"), photometric="miniswhite")
    assert read_image(tmp_path / "a.tif").min() == 255


def test_what_cannot_be_had_in_all_its_bits_is_named(tmp_path):
    tifffile.imwrite(tmp_path / "bands.tif", np.zeros((8, 8, 8), "u2"), photometric="minisblack",
                     planarconfig="contig")  # fmt: skip
    with pytest.raises(DataError, match=r"bands\.tif .*8x8x8 is no image in color or gray"):
        read_image(tmp_path / "bands.tif")
