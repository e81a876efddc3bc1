"""Folders of images: every layout, every split, and what is said of those that do not fit."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from keras_gans.data import DataError, load, progress, shared_decoding


def image(path, value: int = 0, size: tuple[int, int] = (16, 16)) -> None:
    """Write a grey image of one value; `path` says the format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value, value, value)).save(path)


def pair(path, left: int, right: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    halves = np.full((16, 32), left, np.uint8)
    halves[:, 16:] = right
    Image.fromarray(halves).save(path)


def values(domain: np.ndarray) -> list[int]:
    return domain[:, 0, 0, 0].tolist()


def test_images_come_from_anywhere_below_in_sorted_order(tmp_path):
    for value, name in enumerate(["a.png", "b/c.png", "b/d/e.png", "f.png"]):
        image(tmp_path / name, value)
    dataset = load(tmp_path, "images", image_size=8)
    assert dataset.image_shape == (8, 8, 3)
    assert values(dataset.domains[0]) == [0, 1, 2, 3]
    assert load(tmp_path, "images").image_shape == (64, 64, 3)
    assert load(tmp_path, "images", channels=1).image_shape == (64, 64, 1)


def test_images_take_splits_where_there_are_some(tmp_path):
    for value, name in enumerate(["train/a.png", "train/b.png", "test/c.png"]):
        image(tmp_path / name, value)
    assert [values(load(tmp_path, "images", split=s).domains[0]) for s in ("train", "test")] == [
        [0, 1],
        [2],
    ]
    assert values(load(tmp_path, "images", split="val").domains[0]) == [2]


def test_labels_are_the_sub_folders_in_order_of_name(tmp_path):
    for value, name in enumerate(["dog", "cat", "bus"]):
        image(tmp_path / name / "a.png", value)
    dataset = load(tmp_path, "labelled")
    assert dataset.class_names == ("bus", "cat", "dog")
    assert values(dataset.domains[0]) == [2, 1, 0]
    assert dataset.labels.tolist() == [0, 1, 2] and dataset.labels.dtype == np.int32


def test_a_class_keeps_its_label_in_every_split(tmp_path):
    for name in ("train/ant/a.png", "train/bee/a.png", "test/bee/a.png"):
        image(tmp_path / name)
    test = load(tmp_path, "labelled", split="test")
    assert test.class_names == ("ant", "bee") and test.labels.tolist() == [1]


def test_labels_mean_what_they_mean_in_training(tmp_path, capsys):
    for name in ("train/bee/a.png", "train/cat/a.png", "test/ant/a.png", "test/cat/a.png"):
        image(tmp_path / name)
    test = load(tmp_path, "labelled", split="test")
    assert test.class_names == ("bee", "cat") and test.labels.tolist() == [1]
    assert "1 of no training class (a.png: ant)" in capsys.readouterr().err


@pytest.mark.parametrize("test", ["test/a.png", "test/all/a.png"])
def test_where_the_test_pictures_have_no_labels_it_is_the_training_ones(test, tmp_path, capsys):
    for value, name in enumerate(["train/ant/a.png", "train/bee/a.png", test]):
        image(tmp_path / name, value)
    dataset = load(tmp_path, "labelled", split="test")
    said = capsys.readouterr().err
    assert said == f"left out: {tmp_path}/test has no images of the training classes\n"
    assert dataset.split == "train" and values(dataset.domains[0]) == [0, 1]
    assert values(load(tmp_path, "images", split="test").domains[0]) == [2]


def test_the_next_best_split_with_labels_and_with_pictures(tmp_path):
    for value, name in enumerate(["train/ant/a.png", "val/a.png", "test/ant/a.png"]):
        image(tmp_path / name, value)
    assert load(tmp_path, "labelled", split="val").split == "test"
    assert values(load(tmp_path, "images", split="val").domains[0]) == [1]
    (tmp_path / "val" / "a.png").unlink()
    assert load(tmp_path, "images", split="val").split == "test"


@pytest.mark.parametrize(
    ("train", "other", "split"),
    [
        ("train", "valid", "val"),
        ("Training", "Testing", "test"),
        ("TRAIN", "Validation", "val"),
        ("train", "validate", "val"),
        ("train", "eval", "val"),
        ("train", "dev", "val"),
        ("train", "holdout", "val"),
        ("train_images", "test_images", "test"),
        ("images-train", "images-test", "test"),
        ("trainset", "testset", "test"),
        ("train2017", "val2017", "val"),
    ],
)
def test_splits_by_other_names(train, other, split, tmp_path):
    for name in (f"{train}/ant/a.png", f"{train}/bee/a.png", f"{other}/bee/a.png"):
        image(tmp_path / name)
    assert load(tmp_path, "labelled").class_names == ("ant", "bee")
    test = load(tmp_path, "labelled", split="test")
    assert test.labels.tolist() == [1] and test.split == split


def test_kinds_that_pillow_cannot_read_are_not_overlooked(tmp_path, capsys):
    image(tmp_path / "a.png")
    (tmp_path / "b.HEIC").write_bytes(b"\0" * 64)
    assert len(load(tmp_path, "images")) == 1
    said = capsys.readouterr().err
    assert "1 of 2 files: 1 HEIC (b.HEIC: convert it to JPEG or PNG first" in said


def test_unpaired_domains(tmp_path):
    for value, name in enumerate(["trainA/a.png", "trainB/a.png", "trainB/b.png", "testA/a.png"]):
        image(tmp_path / name, value, size=(32, 16))
    train = load(tmp_path, "unpaired", image_size=8)
    assert [values(domain) for domain in train.domains] == [[0], [1, 2]]
    assert len(train) == 2
    swapped = load(tmp_path, "unpaired", direction="b_to_a")
    assert [values(domain) for domain in swapped.domains] == [[1, 2], [0]]
    # Without testB/ the training images stand in, of both domains.
    assert load(tmp_path, "unpaired", split="test", image_size=8).fingerprint == train.fingerprint
    image(tmp_path / "testB/a.png", 9)
    test = load(tmp_path, "unpaired", split="test")
    assert [values(domain) for domain in test.domains] == [[3], [9]]


def test_pairs_stand_side_by_side(tmp_path):
    pair(tmp_path / "train" / "a.png", 10, 20)
    pair(tmp_path / "val" / "a.png", 30, 40)
    forth = load(tmp_path, "paired", image_size=8)
    back = load(tmp_path, "paired", image_size=8, direction="b_to_a")
    val = load(tmp_path, "paired", split="test")
    assert [np.unique(domain).tolist() for domain in forth.domains] == [[10], [20]]
    assert [np.unique(domain).tolist() for domain in back.domains] == [[20], [10]]
    assert [values(domain) for domain in val.domains] == [[30], [40]]
    assert forth.examples(1)[0].shape == (1, 8, 8, 3)


def test_jitter_keeps_pictures_larger(tmp_path):
    pair(tmp_path / "a.png", 10, 20)
    dataset = load(tmp_path, "paired", image_size=32, jitter=True)
    assert dataset.domains[0].shape == (1, 36, 36, 3)
    assert dataset.image_shape == (32, 32, 3)


def test_one_bad_picture_among_a_few_is_named_and_skipped(tmp_path, capsys):
    for value in range(4):
        image(tmp_path / f"{value}.png", value)
    (tmp_path / "1.png").write_text("not an image")
    dataset = load(tmp_path, "images")
    assert values(dataset.domains[0]) == [0, 2, 3]
    said = capsys.readouterr().err
    assert said == f"left out of {tmp_path}: 1 of 4 files: 1 no image (1.png)\n"
    assert [(each.path.name, each.reason) for each in dataset.left_out] == [("1.png", "no image")]


def test_what_splits_and_forms_share_is_shared_decoding(tmp_path, capsys):
    for value, name in enumerate(["a/1.png", "a/2.png", "b/1.png", "b/2.png"]):
        image(tmp_path / name, value)
    (tmp_path / "a/1.png").write_text("not an image")
    with shared_decoding():
        asked = [("images", "train"), ("images", "test"), ("labelled", "test")]
        same = [load(tmp_path, task, split=split).domains[0] for task, split in asked]
        small = load(tmp_path, "images", image_size=8).domains[0]
    assert all(np.shares_memory(same[0], other) for other in same)
    assert values(same[2]) == [1, 2, 3] and small.shape == (3, 8, 8, 3)
    assert capsys.readouterr().err.count("left out of ") == 1
    image(tmp_path / "a/2.png", 9)
    assert values(load(tmp_path, "images").domains[0]) == [9, 2, 3]


def test_a_long_reading_says_how_far_it_is(tmp_path, capsys, monkeypatch):
    for name in ("a/1.png", "a/2.png", "b/1.png"):
        image(tmp_path / name)
    load(tmp_path, "images")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    load(tmp_path, "images")
    said = capsys.readouterr().err
    assert said == f"reading {tmp_path}: 1 of 3 images after 0 seconds\n"


def test_labels_stay_right_where_a_picture_is_skipped(tmp_path, capsys):
    for value, name in enumerate(["a/1.png", "a/2.png", "b/1.png", "b/2.png"]):
        image(tmp_path / name, value)
    image(tmp_path / "a/1.png", size=(1, 1))
    dataset = load(tmp_path, "labelled")
    assert dataset.labels.tolist() == [0, 1, 1] and values(dataset.domains[0]) == [1, 2, 3]
    assert "1 too small (1.png: 1x1)" in capsys.readouterr().err


def test_too_many_bad_pictures_stop_the_run(tmp_path, capsys):
    for value in range(10):
        image(tmp_path / f"{value}.png", value)
    for name in ("2.png", "5.png"):
        (tmp_path / name).write_text("not an image")
    with pytest.raises(
        DataError, match=r"2 of 10 images cannot be used, up.*: .*2\.png: no image; .*5\.png"
    ):
        load(tmp_path, "images")
    assert capsys.readouterr().err == ""


def test_a_lone_bad_picture_stops_the_run(tmp_path):
    (tmp_path / "a.png").write_text("not an image")
    with pytest.raises(DataError, match="1 of 1 images"):
        load(tmp_path, "images")


@pytest.mark.parametrize(
    ("task", "files", "message"),
    [
        ("images", [], "no images in"),
        ("images", ["notes.txt"], "no images in"),
        ("labelled", ["a.png"], "has no sub-folders with images.*one sub-folder per class"),
        ("unpaired", ["a.png"], "neither trainA/ nor trainB/.*stripes, horse2zebra"),
        ("unpaired", ["trainA/a.png"], "has images in trainA alone: two domains"),
        (
            "unpaired",
            ["trainA/a.png", "trainB/notes.txt"],
            "has images in trainA alone: two domains",
        ),
        ("paired", ["trainA/a.png", "trainB/b.png"], "unpaired domains, without files of the same"),
        ("images", ["trainA/a.png", "trainB/a.png"], "two domains.*images data is needed"),
        ("labelled", ["trainA/a.png", "trainB/a.png"], "two domains"),
        ("labelled", ["test/ant/a.png", "val/ant/a.png"], "holds test, val, but a split is no cla"),
    ],
)
def test_a_layout_that_does_not_fit_is_explained(task, files, message, tmp_path):
    for name in files:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch() if name.endswith(".txt") else image(path)
    with pytest.raises(DataError, match=message) as caught:
        load(tmp_path, task)
    assert len(str(caught.value).splitlines()) <= 2


def test_no_such_folder_and_a_file(tmp_path):
    for path in (tmp_path / "absent", "./absent", "no/such/folder", "absent/"):
        with pytest.raises(DataError, match="there is no folder"):
            load(path, "images")
    image(tmp_path / "a.png")
    with pytest.raises(DataError, match="is a file: give the folder"):
        load(tmp_path / "a.png", "images")


def test_the_split_is_the_one_that_there_is(tmp_path):
    def splits(task, folder):
        return [load(tmp_path / folder, task, split=s).split for s in ("train", "val", "test")]

    image(tmp_path / "flat" / "a.png")
    assert splits("images", "flat") == ["train", "train", "train"]
    for name in ("train/ant/a.png", "test/ant/a.png"):
        image(tmp_path / "split" / name)
    assert splits("images", "split") == ["train", "test", "test"]
    assert splits("labelled", "split") == ["train", "test", "test"]
    for name in ("trainA/a.png", "trainB/a.png"):
        image(tmp_path / "domains" / name)
    assert splits("unpaired", "domains") == ["train", "train", "train"]
    for name in ("testA/a.png", "testB/a.png"):
        image(tmp_path / "domains" / name)
    assert splits("unpaired", "domains") == ["train", "test", "test"]
    for name in ("train/a.png", "val/a.png"):
        pair(tmp_path / "pairs" / name, 1, 2)
    assert splits("paired", "pairs") == ["train", "val", "val"]


def test_a_terminal_has_a_bar(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    monkeypatch.setattr(progress, "_BAR_DELAY", 0.0)
    with progress.Progress("reading photos", 4) as reading:
        for _ in range(4):
            reading.add(1)
    assert re.search(r"reading photos: +0%.*\| 0/4 ", terminal.getvalue())
