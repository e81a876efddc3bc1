"""How people lay out their data: splits, domains and pairs by all their names."""

import numpy as np
import pytest
from PIL import Image

from keras_gans.data import DataError, load


def image(path, value: int = 0, size: tuple[int, int] = (16, 16)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value, value, value)).save(path)


def values(domain: np.ndarray) -> list[int]:
    return domain[:, 0, 0, 0].tolist()


DOMAINS = [
    "trainA trainB testA testB",
    "TrainA TrainB TestA TestB",
    "train_A train_B test_A test_B",
]
DOMAINS += ["train-a train-b val-a val-b", "train/A train/B test/A test/B"]
DOMAINS += ["A/train B/train A/test B/test", "Training/A Training/B Testing/A Testing/B"]
DOMAINS += ["train_label train_img test_label test_img"]  # pix2pixHD


@pytest.mark.parametrize("task", ["unpaired", "paired"])
@pytest.mark.parametrize("names", DOMAINS)
def test_domains_by_all_their_names(names, task, tmp_path):
    for value, name in enumerate(names.split()):
        image(tmp_path / name / "x.png", value)
    assert [values(domain) for domain in load(tmp_path, task).domains] == [[0], [1]]
    test = load(tmp_path, task, split="test")
    assert [values(domain) for domain in test.domains] == [[2], [3]] and test.split != "train"


def test_two_folders_without_splits(tmp_path):
    for value, name in enumerate(["A/x.png", "B/x.png"]):
        image(tmp_path / name, value)
    for task in ("unpaired", "paired"):
        assert [values(domain) for domain in load(tmp_path, task).domains] == [[0], [1]]
    assert load(tmp_path, "labelled").class_names == ("A", "B")  # which are classes here


@pytest.mark.parametrize("task", ["unpaired", "paired"])
@pytest.mark.parametrize(
    ("names", "unused"),
    [
        ("A B C D", "C/, D/"),
        ("train/A train/B train/C masks", "masks/, train/C/"),
        ("A/train B/train A/test AB/train", "AB/, A/test/"),
        ("trainA trainB testA", "testA/"),
    ],
)
def test_what_is_beside_the_domains_is_said(names, unused, task, tmp_path, capsys):
    for value, name in enumerate(names.split()):
        image(tmp_path / name / "x.png", value)
    assert [values(domain) for domain in load(tmp_path, task).domains] == [[0], [1]]
    said = capsys.readouterr().err
    assert said == f"left out of {tmp_path}: {unused}, beside the two domains\n"


def test_pairs_are_files_of_one_name(tmp_path, capsys):
    for value, name in enumerate(["trainA/1.png", "trainA/2.png", "trainA/3.png"]):
        image(tmp_path / name, value, (32, 16))
    for value, name in enumerate(["trainB/3.jpg", "trainB/1.jpg", "trainB/9.jpg"]):
        image(tmp_path / name, 100 + value, (32, 16))
    dataset = load(tmp_path, "paired", image_size=(16, 32))
    assert [values(domain) for domain in dataset.domains] == [[0, 2], [101, 100]]
    assert dataset.image_shape == (16, 32, 3)
    assert "2 without a partner (2.png, 9.jpg)" in capsys.readouterr().err


def test_pairs_of_whole_names_come_before_others(tmp_path, capsys):
    for value, name in enumerate(["A/1.jpg", "A/1.png", "A/2.jpg", "A/2.png"]):
        image(tmp_path / f"train{name}", value)
    for value, name in enumerate(["B/1.jpg", "B/1.png", "B/2.bmp", "B/2.jpg"]):
        image(tmp_path / f"train{name}", 100 + value)
    a, b = load(tmp_path, "paired", image_size=16).domains
    assert values(a) == [0, 1, 2, 3]
    np.testing.assert_allclose(values(b), [100, 101, 103, 102], atol=1)  # a JPEG is not exact
    assert capsys.readouterr().err == ""


def test_a_pair_without_one_side_is_no_pair(tmp_path):
    for number in range(12):
        for side, value in (("trainA", 10), ("trainB", 100)):
            image(tmp_path / side / f"{number:02}.png", value + number)
    (tmp_path / "trainA" / "03.png").write_text("no image")
    a, b = load(tmp_path, "paired").domains
    kept = [number for number in range(12) if number != 3]
    assert values(a) == [10 + number for number in kept]
    assert values(b) == [100 + number for number in kept]


@pytest.mark.parametrize("size", [(178, 218), (64, 64), (640, 480), (30, 100)])
def test_pairs_of_any_shape_are_halved(size, tmp_path, capsys):
    width, height = size
    pixels = np.zeros((height, 2 * width, 3), np.uint8)
    pixels[:, :width], pixels[:, width:] = 10, 20
    Image.fromarray(pixels).save(tmp_path / "a.png")
    forth, back = load(tmp_path, "paired", image_size=(height, width)).domains
    assert forth.shape == back.shape == (1, height, width, 3)
    assert np.unique(forth).tolist() == [10] and np.unique(back).tolist() == [20]
    said = f"a.png ({2 * width}x{height}) as two of {width}x{height}\n"
    assert capsys.readouterr().err.endswith(said) or width == height


def test_a_folder_around_the_data_is_entered(tmp_path):
    for name in ("train/x/a.png", "train/y/a.png", "test/x/a.png"):
        image(tmp_path / "archive" / "animals" / name)
    assert load(tmp_path, "labelled").class_names == ("x", "y")
    assert load(tmp_path, "labelled", split="test").split == "test"
    assert len(load(tmp_path, "images", split="test")) == 1


def test_one_class_alone_is_said(tmp_path, capsys):
    image(tmp_path / "cats" / "a.png")
    assert load(tmp_path, "labelled").class_names == ("cats",)
    assert "one class alone, cats" in capsys.readouterr().err


@pytest.mark.parametrize("task", ["images", "labelled", "paired"])
def test_what_is_beside_the_splits_is_said(task, tmp_path, capsys):
    for name in ("train/x/a.png", "test/x/a.png", "masks/x/a.png"):
        image(tmp_path / name)
    assert len(load(tmp_path, task)) == 1
    assert "masks/, which is beside the splits" in capsys.readouterr().err


@pytest.mark.parametrize("names", ["train cat bus", "test val", "cat validation_images"])
def test_a_split_is_never_a_class(names, tmp_path):
    for name in names.split():
        image(tmp_path / name / "x" / "a.png")
    try:
        assert not set(load(tmp_path, "labelled").class_names) & set(names.split())
    except DataError as error:
        assert "a split is no class" in str(error)


@pytest.mark.parametrize("task", ["images", "labelled", "unpaired", "paired"])
def test_rectangular_images(task, tmp_path):
    for name in ("trainA/1.png", "trainB/1.png") if task[-2:] == "ed" and task != "labelled" else (
        "x/1.png", "y/1.png"):  # fmt: skip
        image(tmp_path / name, 9, (40, 20))
    dataset = load(tmp_path, task, image_size=(20, 40), jitter=True)
    assert dataset.image_shape == (20, 40, 3)
    batch = next(iter(dataset.batches(2, seed=0)))
    first = batch[0] if isinstance(batch, tuple) else batch
    assert first.shape == (2, 20, 40, 3)
    assert dataset.images_at(0, np.array([0])).shape == (1, 20, 40, 3)


def test_built_in_sets_may_be_rectangular():
    assert load("stripes", "unpaired", image_size=(32, 48), split="test").image_shape == (32, 48, 3)
