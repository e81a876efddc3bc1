"""Images in .npy and .npz files."""

import tracemalloc
import zipfile

import numpy as np
import pytest

from keras_gans.data import DataError, arrays, load, shared_decoding


def images(count=6, size=16, channels=3):
    return np.arange(count, dtype=np.uint8)[:, None, None, None] * np.ones(
        (1, size, size, channels), np.uint8
    )


def first(dataset):
    return dataset.domains[0][:, 0, 0, 0].tolist()


def test_one_array(tmp_path):
    np.save(tmp_path / "a.npy", images())
    dataset = load(tmp_path / "a.npy", "images")
    assert dataset.image_shape == (16, 16, 3) and first(dataset) == [0, 1, 2, 3, 4, 5]
    assert load(tmp_path / "a.npy", "images", image_size=8, channels=1).image_shape == (8, 8, 1)


def test_gray_images_4_wide_are_read_as_the_message_says(tmp_path):
    np.save(tmp_path / "a.npy", images(size=4, channels=1))
    assert load(tmp_path / "a.npy", "images").image_shape == (4, 4, 1)


@pytest.mark.parametrize("shape", [(6, 16, 16), (6, 16, 16, 1), (6, 1, 16, 16)])
def test_gray_images_of_all_shapes(shape, tmp_path):
    np.save(tmp_path / "a.npy", images(channels=1).reshape(shape))
    dataset = load(tmp_path / "a.npy", "images")
    assert dataset.image_shape == (16, 16, 1) and first(dataset) == [0, 1, 2, 3, 4, 5]


def test_channels_first_is_said(tmp_path, capsys):
    np.save(tmp_path / "a.npy", np.moveaxis(images(), -1, 1))
    assert load(tmp_path / "a.npy", "images").image_shape == (16, 16, 3)
    assert "6x3x16x16 is taken as images with their channels first" in capsys.readouterr().err


@pytest.mark.parametrize(
    "names",
    ["images labels", "x y", "arr_0 arr_1", "x_train y_train x_test y_test"]
    + ["train_images train_labels test_images test_labels", "train_x train_y test_x test_y"],
)
def test_labels_by_all_their_names(names, tmp_path):
    labels = np.array([7, 7, 9, 9, 12, 12])
    arrays = (images(), labels[:, None], images()[2:], labels[2:])
    np.savez(tmp_path / "a.npz", **dict(zip(names.split(), arrays, strict=False)))
    dataset = load(tmp_path / "a.npz", "labelled")
    assert dataset.class_names == ("7", "9", "12") and dataset.labels.tolist() == [0, 0, 1, 1, 2, 2]
    test = load(tmp_path / "a.npz", "labelled", split="test")
    if "test" in names:
        assert test.split == "test" and test.labels.tolist() == [1, 1, 2, 2]
    else:
        assert test.split == "train" and len(test) == 6


def test_names_of_classes(tmp_path):
    np.savez(
        tmp_path / "a.npz", images=images(), labels=[0, 2, 0, 2, 0, 2], class_names=["a", "b", "c"]
    )
    dataset = load(tmp_path / "a.npz", "labelled")
    assert dataset.class_names == ("a", "b", "c") and dataset.labels.tolist() == [0, 2, 0, 2, 0, 2]


def test_values_of_more_bits_have_one_range(tmp_path):
    values = np.array([0, 1000, 4000], "u2")[:, None, None] * np.ones((1, 8, 8), "u2")
    np.savez(tmp_path / "a.npz", x_train=values, x_test=values[:2])
    for split in ("train", "test"):
        dataset = load(tmp_path / "a.npz", "images", split=split)
        assert dataset.value_range == (0, 4095) and first(dataset)[:2] == [0, 62]
    np.save(tmp_path / "f.npy", values.astype("f") / 4000)
    assert first(load(tmp_path / "f.npy", "images")) == [0, 64, 255]


def test_what_export_images_writes_can_be_trained_on(tmp_path):
    np.savez(tmp_path / "a.npz", images=images(), labels=np.zeros(6, "int32"))
    assert load(tmp_path / "a.npz", "labelled").class_names == ("0",)


def test_images_beside_a_test_split_are_for_training(tmp_path):
    np.savez(tmp_path / "a.npz", images=images(), x_test=images()[4:])
    assert first(load(tmp_path / "a.npz", "images")) == [0, 1, 2, 3, 4, 5]
    test = load(tmp_path / "a.npz", "images", split="test")
    assert test.split == "test" and first(test) == [4, 5]


def test_labels_of_bytes_are_texts(tmp_path):
    labels = np.array(["cat", "c\u00f4t"] * 3)
    encoded = np.char.encode(labels, "utf-8")
    np.savez(tmp_path / "a.npz", x_train=images(), y_train=encoded, x_test=images(), y_test=labels)
    for split in ("train", "test"):
        dataset = load(tmp_path / "a.npz", "labelled", split=split)
        assert dataset.class_names == ("cat", "c\u00f4t") and dataset.labels.tolist() == [0, 1] * 3
    np.savez(tmp_path / "a.npz", images=images(), labels=[0, 1] * 3, class_names=[b"ant", b"bee"])
    assert load(tmp_path / "a.npz", "labelled").class_names == ("ant", "bee")


def test_the_range_of_a_mapped_file_takes_little_memory(tmp_path, monkeypatch):
    values = np.zeros((4096, 32, 32), np.float32)
    values[0, 0, 0], values[-1, 0, 0] = -3, np.nan
    values[-1, -1, -1] = 500
    np.save(tmp_path / "a.npy", values)
    tracemalloc.start()
    try:
        with shared_decoding(tmp_path / "cache"):
            assert load(tmp_path / "a.npy", "images").value_range == (-3, 500)
        assert tracemalloc.get_traced_memory()[1] < values.nbytes / 2
    finally:
        tracemalloc.stop()
    monkeypatch.delattr(arrays, "range_of")  # it is known from the first time
    with shared_decoding(tmp_path / "cache"):
        assert load(tmp_path / "a.npy", "images", image_size=8).value_range == (-3, 500)


@pytest.mark.parametrize(
    ("arrays", "task", "message"),
    [
        ({"pixels": np.zeros(3)}, "images", "call the images `images`"),
        ({"images": np.zeros(3)}, "images", "images are numbers"),
        ({"images": np.zeros((3, 8, 8, 5))}, "images", "images are numbers"),
        ({"images": np.zeros((0, 8, 8, 3))}, "images", "holds no images"),
        ({"images": np.zeros((8, 9, 3))}, "images", r"holds one image, 8x9x3: give several"),
        ({"images": np.zeros((9, 8, 4))}, "images", r"9x8x4: one image .*, or gray images 4 wide"),
        ({"images": np.zeros((9, 4, 4))}, "images", r"gray ones as \(n, h, w, 1\)"),
        ({"images": np.zeros((8, 9, 2))}, "images", "holds images of 2x9: too small"),
        ({"images": np.zeros((8, 3, 9, 1))}, "images", "holds images of 9x3: too small"),
        ({"images": np.full((3, 8, 8), "a")}, "images", "images are numbers"),
        ({"images": np.zeros((3, 8, 8))}, "labelled", "holds no labels"),
        ({"images": np.zeros((3, 8, 8)), "labels": [1]}, "labelled", "3 images and 1 labels"),
        (
            {"x_train": images(), "x_test": images(), "y_test": [1] * 6},
            "labelled",
            r"holds no labels \(y_train\)",
        ),
        ({"images": np.zeros((3, 8, 8))}, "paired", "is one array of images"),
        ({"images": np.array([{}, 1], object)}, "images", "cannot be read as arrays"),
        (
            {"images": np.zeros((1, 8, 8)), "labels": [3], "class_names": ["a"]},
            "labelled",
            "not below its class_names",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_explained(arrays, task, message, tmp_path):
    np.savez(tmp_path / "a.npz", **arrays)
    for split in ("train", "test"):
        with pytest.raises(DataError, match=message):
            load(tmp_path / "a.npz", task, split=split)


def test_what_is_no_array_in_the_archive_does_not_count(tmp_path):
    np.savez(tmp_path / "a.npz", images=images())
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("labels", b"no array")
    assert len(load(tmp_path / "a.npz", "images")) == 6
    with pytest.raises(DataError, match="holds no labels"):
        load(tmp_path / "a.npz", "labelled")


def test_a_damaged_header_is_named(tmp_path):
    np.save(tmp_path / "a.npy", images())
    content = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(content.replace(b"(6, 16, 16, 3)", b"(6, 16, 16, 3("))
    with pytest.raises(DataError, match=r"a\.npy cannot be read as arrays"):
        load(tmp_path / "a.npy", "images")


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "a.npz").write_text("hello")
    with pytest.raises(DataError, match=r"a\.npz cannot be read as arrays"):
        load(tmp_path / "a.npz", "images")
