"""Classes from sub-folders and from files of labels."""

import json

import pytest
from PIL import Image

from keras_gans.data import DataError, load


def image(path, value: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (16, 16), (value, value, value)).save(path)


def images(folder, *names) -> None:
    """Make an image of each name, whose value is its place in the list."""
    for number, name in enumerate(names):
        image(folder / name, number)


def labels(dataset) -> dict[int, str]:
    """The class of each image, by its value."""
    pairs = zip(dataset.domains[0][:, 0, 0, 0], dataset.labels, strict=True)
    return {int(value): dataset.class_names[label] for value, label in pairs}


def test_classes_that_are_numbers_are_sorted_as_numbers(tmp_path):
    for number in range(12):
        image(tmp_path / str(number) / "a.png", number)
    dataset = load(tmp_path, "labelled")
    assert dataset.class_names == tuple(map(str, range(12)))
    assert dataset.labels.tolist() == sorted(dataset.labels.tolist(), key=str)
    assert labels(dataset) == {number: str(number) for number in range(12)}


def test_images_of_no_class_are_said(tmp_path, capsys):
    for name in ("a/1.png", "b/1.png", "2.png", "3.png"):
        image(tmp_path / name)
    assert len(load(tmp_path, "labelled")) == 2
    assert "2 of 4 files: 2 of no class (2.png, 3.png)" in capsys.readouterr().err


CSV = {
    "plain": "0.png,cat\nsub/1.png,dog\n2.png,cat\n",
    "a line of names": "filename,label\n0.png,cat\nsub/1.png,dog\n2.png,cat\n",
    "an unknown name for the file": "picture,label\n0.png,cat\nsub/1.png,dog\n2.png,cat\n",
    "the class first": "class,file\ncat,0.png\ndog,sub/1.png\ncat,2.png\n",
    "without suffixes": "id,breed\n0,cat\n1,dog\n2,cat\n",
    "more columns": "index,path,x,category\n7,0.png,1,cat\n8,sub/1.png,1,dog\n9,2.png,1,cat\n",
    "spaces, and a mark before them": "\ufefffile, class\n0.png, cat\n1.png, dog\n2.png, cat\n",
}


@pytest.mark.parametrize("case", CSV)
def test_labels_from_a_table(case, tmp_path, capsys):
    images(tmp_path, "0.png", "sub/1.png", "2.png", "other/3.png")
    (tmp_path / "labels.csv").write_text(CSV[case], encoding="utf-8")
    dataset = load(tmp_path, "labelled")
    assert dataset.class_names == ("cat", "dog")
    assert labels(dataset) == {0: "cat", 1: "dog", 2: "cat"}
    assert "1 of no class (3.png)" in capsys.readouterr().err
    assert len(load(tmp_path, "images")) == 4


def test_labels_as_stylegan_has_them(tmp_path):
    for number in range(12):
        image(tmp_path / "00000" / f"img{number:08}.png", number)
    pairs = [[f"00000/img{number:08}.png", number % 11] for number in range(12)]
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": pairs}))
    dataset = load(tmp_path, "labelled")
    assert dataset.class_names == tuple(map(str, range(11)))
    assert labels(dataset) == {number: str(number % 11) for number in range(12)}


def test_labels_of_each_split_and_for_both(tmp_path):
    images(tmp_path, "train/0.png", "train/1.png", "test/2.png")
    (tmp_path / "labels.csv").write_text("0.png,cat\n1.png,dog\n2.png,dog\n")
    assert labels(load(tmp_path, "labelled")) == {0: "cat", 1: "dog"}
    assert labels(load(tmp_path, "labelled", split="test")) == {2: "dog"}
    (tmp_path / "test" / "labels.csv").write_text("2.png,cat\n")
    assert labels(load(tmp_path, "labelled", split="test")) == {2: "cat"}


def test_names_relative_to_the_file_beside_the_splits(tmp_path):
    images(tmp_path, "train/a.png", "train/b.png", "test/a.png")
    (tmp_path / "labels.csv").write_text("train/a.png,cat\ntrain/b.png,dog\ntest/a.png,dog\n")
    assert labels(load(tmp_path, "labelled")) == {0: "cat", 1: "dog"}
    assert labels(load(tmp_path, "labelled", split="test")) == {2: "dog"}


def test_the_clearest_name_counts(tmp_path, capsys):
    images(tmp_path, "a.png", "a.bmp", "small/a.png")
    (tmp_path / "labels.csv").write_text("a.png,cat\n./a.bmp,dog\n")
    assert labels(load(tmp_path, "labelled")) == {0: "cat", 1: "dog"}
    assert "1 of no class (a.png)" in capsys.readouterr().err
    (tmp_path / "labels.csv").write_text("a,cat\nsmall\\a,dog\n")
    assert labels(load(tmp_path, "labelled")) == {0: "cat", 1: "cat", 2: "dog"}


@pytest.mark.parametrize("name", ["a.png", "a"])
def test_a_name_that_several_images_have_is_refused(name, tmp_path):
    for folder in ("cat", "dog"):
        image(tmp_path / folder / "a.png")
    (tmp_path / "labels.csv").write_text(f"{name},cat\n")
    with pytest.raises(DataError, match=r"may be cat/a\.png or dog/a\.png: name its folder too"):
        load(tmp_path, "labelled")


def test_of_each_folder_with_the_name_one_image_is_shown(tmp_path):
    for name in ("a/x.jpg", "a/x.png", "b/x.png"):
        image(tmp_path / name)
    (tmp_path / "labels.csv").write_text("x,cat\n")
    with pytest.raises(DataError, match=r"x may be a/x\.jpg or b/x\.png: name its folder too"):
        load(tmp_path, "labelled")


def test_two_classes_of_one_image_are_refused(tmp_path):
    image(tmp_path / "sub" / "a.png")
    (tmp_path / "labels.csv").write_text("a.png,cat\nsub/a.png,cat\n")
    assert load(tmp_path, "labelled").class_names == ("cat",)
    (tmp_path / "labels.csv").write_text("a.png,cat\nsub/a.png,dog\n")
    with pytest.raises(DataError, match=r"two classes for sub/a\.png: cat, dog"):
        load(tmp_path, "labelled")


@pytest.mark.parametrize("name", ["y", "label", "target", "id", "name"])
def test_a_class_may_be_called_like_a_column(name, tmp_path):
    for number in range(2):
        image(tmp_path / f"{number}.png", number)
    (tmp_path / "labels.csv").write_text(f"0.png,{name}\n1.png,n\n")
    assert labels(load(tmp_path, "labelled")) == {0: name, 1: "n"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("labels.csv", "", "has no labels"),
        ("labels.csv", "0.png\n", "which column"),
        ("labels.csv", "a,b,c\n1,2,3\n", "which column"),
        ("labels.csv", "other.png,cat\n", "names none of the images"),
        ("dataset.json", "[1]", "cannot be read"),
        ("dataset.json", '{"labels": null}', "has no labels"),
        ("dataset.json", '{"labels": [["0.png"]]}', "cannot be read"),
    ],
)
def test_a_file_of_labels_that_is_none(name, content, message, tmp_path):
    image(tmp_path / "0.png")
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message) as caught:
        load(tmp_path, "labelled")
    assert len(str(caught.value).splitlines()) <= 2
