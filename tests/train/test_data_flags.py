"""Commands and the data that they are given."""

import os

import keras
import numpy as np
import pytest
from PIL import Image

from keras_gans.cli.run_directory import RunDirectory
from tests.train.small_runs import assert_refused


def test_pictures_of_the_run_do_not_become_its_data(tmp_path, call):
    for value in range(4):
        Image.new("RGB", (8, 8), (value, 0, 0)).save(tmp_path / f"{value}.png")
    small = "--image-size 8 --latent-dim 4 --epochs 1 --steps-per-epoch 1".split()
    assert_refused(call("gan", "--data", ".", *small), "inside the data's folder", "--run-dir")
    assert not (tmp_path / "runs").exists()


def test_a_run_may_be_beside_the_splits_of_its_data(tmp_path, call, monkeypatch):
    for split in ("train", "test"):
        (tmp_path / split).mkdir()
        Image.new("RGB", (8, 8)).save(tmp_path / split / "a.png")
    small = "--image-size 8 --latent-dim 4 --epochs 1 --steps-per-epoch 1 --run-dir run".split()
    assert call("gan", "--data", ".", *small)[0] == 0
    inside = call("gan", "--data", ".", *small, "--run-dir", "train/run")
    assert_refused(inside, "inside the data's folder")
    monkeypatch.setenv("HOME", str(tmp_path))
    code, stdout, _ = call("gan", "--data=~/", *small)  # the same folder, and so the same run
    assert code == 0 and "finished at step 1" in stdout
    (tmp_path / "test" / "a.png").unlink()
    (tmp_path / "test").rmdir()
    code, _, stderr = call("gan", "--data", ".", *small)  # train/ alone is a split too
    assert code == 0 and "left out of" in stderr and "run/, which is beside the splits" in stderr


def test_a_run_says_which_classes_it_found(two_classes, call):
    _, stdout, _ = call("cgan", *two_classes)
    assert "2 examples of 8x8x3, 2 classes (ant, bee), " in stdout


def test_what_is_left_out_of_the_data_is_listed_in_the_run(tmp_path, two_classes, call):
    (tmp_path / "data" / "notes.txt").write_text("hello")
    code, _, stderr = call("dcgan", *two_classes, "--run-dir", "run")
    assert code == 0 and "1 no image, .txt (notes.txt)" in stderr
    listed = (tmp_path / "run" / "left_out.txt").read_text()
    assert listed == f"{tmp_path}/data/notes.txt: no image, .txt\n"


def test_too_many_bad_images_are_all_listed(tmp_path, two_classes, call):
    for number in range(12):
        (tmp_path / "data" / f"bad{number:02}.png").touch()
    outcome = call("dcgan", *two_classes, "--run-dir", "run")
    assert_refused(outcome, "12 of 14 images cannot be used", "run/left_out.txt")
    listed = (tmp_path / "run" / "left_out.txt").read_text().splitlines()
    assert len(listed) == 12 and listed[11].endswith("bad11.png: no image (empty)")


def test_names_that_are_not_text_are_no_obstacle(tmp_path, two_classes, call):
    os.rename(tmp_path / "data" / "ant", os.fsencode(tmp_path / "data") + b"/a\x94t")
    os.rename(tmp_path / "data", os.fsencode(tmp_path) + b"/d\x94ta")
    flags = [os.fsdecode(b"d\x94ta") if flag == "data" else flag for flag in two_classes]
    assert call("cgan", *flags)[0] == 0
    run = tmp_path / "runs" / "cgan-d_ta"
    assert RunDirectory(run).read().class_names == (os.fsdecode(b"a\x94t"), "bee")
    flags[flags.index("--epochs") + 1] = "2"
    assert call("cgan", *flags)[0] == 0  # resumed
    outcome = call("cgan", *flags, "--run-dir", os.fsdecode(b"r\x94n"))
    assert_refused(outcome, "r\\x94n is not UTF-8")


def test_a_run_keeps_the_range_of_its_values(tmp_path, call):
    (tmp_path / "data").mkdir()
    for number in range(4):
        values = np.full((8, 8), 1000 * number, np.uint16)
        Image.fromarray(values).save(tmp_path / "data" / f"{number}.png")
    flags = "--data data --image-size 8 --filters 4 --epochs 1 --steps-per-epoch 1".split()
    code, _, stderr = call("dcgan", *flags)
    assert code == 0 and "0 becomes black, 4095 white" in stderr
    run = RunDirectory(tmp_path / "runs" / "dcgan-data")
    assert run.read().data.value_range == (0, 4095)
    assert call("dcgan", *flags)[0] == 0
    assert_refused(call("dcgan", *flags, "--value-range", 0, 3000), "--value-range was None, now")


@pytest.mark.parametrize("model", ["pix2pix", "cyclegan"])
def test_translators_of_rectangular_images(model, tmp_path, train, call):
    flags = "--image-size 32x64 --epochs 1 --steps-per-epoch 1 --run-dir run".split()
    assert train(model, *flags)[0] == 0
    info = RunDirectory(tmp_path / "run").read()
    assert info.data.image_size == (32, 64) and info.config["image_size"] == "32x64"
    assert call(model, "--config", "run/config.yaml", "--run-dir", "run")[0] == 0  # resumed
    assert_refused(call("dcgan", *flags[:-1], "other"), "square")


def test_a_file_of_arrays_is_data(tmp_path, call):
    np.savez(tmp_path / "some.npz", images=np.zeros((9, 8, 8), "uint8"), labels=[0, 1, 2] * 3)
    flags = "--data some.npz --filters 4 --epochs 1 --steps-per-epoch 1".split()
    code, stdout, _ = call("cgan", *flags)
    assert code == 0 and "9 examples of 8x8x1, 3 classes (0, 1, 2)" in stdout
    assert (tmp_path / "runs" / "cgan-some").is_dir()


def test_two_folders_of_one_name_are_two_runs(tmp_path, two_classes, call):
    assert call("dcgan", *two_classes)[0] == 0
    other = tmp_path / "other" / "data"
    other.mkdir(parents=True)
    Image.new("RGB", (8, 8), "red").save(other / "a.png")
    flags = [str(other) if flag == "data" else flag for flag in two_classes]
    outcome = call("dcgan", *flags)
    assert_refused(outcome, f"begun with the data {tmp_path}/data, not {other}", "--run-dir")
    assert "--restart" not in outcome[2]


def test_labels_may_be_left_out(tmp_path, train):
    for flags, classes in ([], 8), (["--no-labels"], None):
        run = tmp_path / f"run{classes}"
        result = train("sngan", "--epochs", 1, "--steps-per-epoch", 1, "--run-dir", run, *flags)
        assert result[0] == 0, result
        assert keras.saving.load_model(run / "model.keras").classes == classes


def test_pairs_can_be_swapped(tmp_path, train):
    inputs = []
    for direction in ("a_to_b", "b_to_a"):
        run = tmp_path / direction
        flags = ["--epochs", 1, "--steps-per-epoch", 1, "--run-dir", run]
        assert train("pix2pix", *flags, "--direction", direction)[0] == 0
        with np.load(run / "examples.npz") as arrays:
            inputs.append([arrays["arr_0"], arrays["arr_1"]])
    np.testing.assert_array_equal(inputs[0][0], inputs[1][1])
    np.testing.assert_array_equal(inputs[0][1], inputs[1][0])


def test_mnist_by_its_tfds_name(real_data, tmp_path, call):
    arguments = ["--data", "mnist", "--data-dir", f"{real_data}/tfds", "--epochs", 1]
    result = call("dcgan", *arguments, "--steps-per-epoch", 2)
    assert result[0] == 0 and "60,000 examples of 28x28x1" in result[1]


def test_horse2zebra_by_its_short_name(real_data, tmp_path, call):
    arguments = ["--data", "horse2zebra", "--data-dir", f"{real_data}/tfds", "--image-size", 24]
    arguments += ["--filters", 2, "--blocks", 1, "--epochs", 1, "--steps-per-epoch", 2]
    result = call("cyclegan", *arguments)
    assert result[0] == 0 and "1,334 examples of 24x24x3" in result[1]
