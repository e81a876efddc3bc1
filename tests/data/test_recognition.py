"""What a folder of images is taken for."""

import numpy as np
import pytest
from PIL import Image

from keras_gans.data import DataError
from keras_gans.data.recognition import recognize


def photograph(side=80, seed=0, width=None, color=1.0):
    """An image in which no two neighbors are equal but by chance."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (side, width or side, 3))
    gray = pixels.mean(axis=-1, keepdims=True)
    return Image.fromarray((gray + color * (pixels - gray)).astype("uint8"))


def drawing(side=80, seed=0):
    """A red disk on white."""
    rows, columns = np.mgrid[:side, :side] - side // 2
    disk = rows**2 + columns**2 < (side // 3 + seed) ** 2
    return Image.fromarray(np.where(disk[..., None], [200, 30, 30], 255).astype("uint8"))


def fill(folder, make=photograph, names=("a", "b", "c"), suffix="png", **arguments):
    folder.mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate(names):
        make(seed=seed, **arguments).save(folder / f"{name}.{suffix}")
    return folder


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_photographs_and_drawings(tmp_path, suffix):
    found = recognize(fill(tmp_path / "photographs", suffix=suffix))
    assert found.kind == "photographs" and "64 pixels" in found.reason
    found = recognize(fill(tmp_path / "drawings", drawing, suffix=suffix))
    assert found.kind == "other images" and "drawings" in found.reason


def test_images_without_color_are_no_photographs_in_the_sense_of_the_default(tmp_path):
    found = recognize(fill(tmp_path, color=0.0))
    assert found.kind == "other images" and "without color" in found.reason


@pytest.mark.parametrize("side, kind", [(63, "other images"), (64, "photographs")])
def test_photographs_have_64_pixels(tmp_path, side, kind):
    assert recognize(fill(tmp_path, side=side)).kind == kind


def test_most_images_decide(tmp_path):
    fill(tmp_path, names="abcdefgh")
    fill(tmp_path, drawing, names="xyz")
    assert recognize(tmp_path).kind == "photographs"
    fill(tmp_path, drawing, names="ijklmnopq")
    assert recognize(tmp_path).kind == "other images"


def test_classes_are_sub_folders_and_one_class_is_none(tmp_path):
    fill(tmp_path / "ants")
    assert recognize(tmp_path).kind == "photographs"
    fill(tmp_path / "bees")
    found = recognize(tmp_path)
    assert found.kind == "labels" and found.reason == "2 classes: ants, bees"


def test_splits_are_no_classes(tmp_path):
    for split in ("train", "test"):
        fill(tmp_path / split)
    assert recognize(tmp_path).kind == "photographs"
    fill(tmp_path / "train" / "ants")
    fill(tmp_path / "train" / "bees")
    assert recognize(tmp_path).kind == "labels"


def test_pairs_side_by_side(tmp_path):
    found = recognize(fill(tmp_path, side=64, width=128))
    assert found.kind == "pairs" and "side by side" in found.reason
    (tmp_path / "broken.png").write_bytes(b"no image")
    assert recognize(tmp_path).kind == "pairs"
    photograph(64, width=96).save(tmp_path / "z.png")
    assert recognize(tmp_path).kind == "photographs"


def test_two_folders_are_pairs_if_most_names_are_the_same(tmp_path):
    fill(tmp_path / "trainA")
    fill(tmp_path / "trainB", suffix="jpg")
    found = recognize(tmp_path)
    assert (
        found.kind == "pairs" and found.reason == "trainA/ and trainB/ hold files of the same names"
    )
    fill(tmp_path / "trainB", names="x")
    assert recognize(tmp_path).kind == "pairs"  # and x is left out
    fill(tmp_path / "trainB", names="yz")
    assert recognize(tmp_path).kind == "two domains"


@pytest.mark.parametrize("around", ["", "train"])
def test_classes_called_a_and_b_are_no_domains_among_others(around, tmp_path):
    for name in "AB":
        fill(tmp_path / around / name, names=name)
    assert recognize(tmp_path).kind == "two domains"
    for name in "CDE":
        fill(tmp_path / around / name)
    found = recognize(tmp_path)
    assert found.kind == "labels" and found.reason == "5 classes: A, B, C and so on"


@pytest.mark.parametrize("beside", ["runs/cyclegan-ab/samples", "AB", "test", "1"])
def test_only_other_letters_make_a_and_b_classes(beside, tmp_path):
    for name in "AB":
        fill(tmp_path / name, names=name)
    fill(tmp_path / beside, drawing)
    assert recognize(tmp_path).kind == "two domains"


def test_domains_with_splits_of_their_own_are_no_classes(tmp_path):
    for name in ("A/train", "B/train", "AB/train"):  # as the script that joins pairs leaves them
        fill(tmp_path / name, side=64, width=128)
    assert recognize(tmp_path).kind == "pairs"


def test_unreadable_images_do_not_decide(tmp_path):
    fill(tmp_path)
    for name in "wxyz":
        (tmp_path / f"{name}.png").write_bytes(b"no image")
    assert recognize(tmp_path).kind == "photographs"


@pytest.mark.parametrize("content", [None, b"no image"])
def test_without_any_image_it_is_an_error(tmp_path, content):
    if content:
        (tmp_path / "broken.png").write_bytes(content)
    with pytest.raises(DataError, match="no images in|can be read"):
        recognize(tmp_path)


def test_real_pictures(real_data):
    assert recognize(f"{real_data}/facades").kind == "pairs"
