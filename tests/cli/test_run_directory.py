"""A run's directory: what is read, resumed and refused."""

import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from keras_gans.cli.run_directory import RunDirectory
from keras_gans.cli.run_info import RunError, RunInfo
from keras_gans.data import DataConfig

EARLIER = Path(__file__).parents[1] / "saved" / "run"
EXAMPLES = [np.zeros((2, 3))]


def info(**changes):
    config = {"epochs": 2, "seed": 0, "precision": "float32", "filters": 4} | changes
    data = DataConfig("shapes", "labelled", image_size=8)
    return RunInfo("cgan", config, data, "abc", ("x", "y"), {"keras": "3"})


@pytest.fixture
def run(tmp_path):
    """A run of two epochs."""
    directory = RunDirectory(tmp_path / "run")
    assert directory.lock() is None
    directory.begin(info(), EXAMPLES, earlier=None, may_change=())
    directory.close()
    return RunDirectory(tmp_path / "run")


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
def test_a_new_run_may_be_linked_to_a_disk_with_other_folders(tmp_path):
    disk, folder = tmp_path / "disk", tmp_path / "run"
    (disk / "lost+found").mkdir(parents=True)
    folder.mkdir()
    (folder / "logs").symlink_to(disk)
    assert RunDirectory(folder).find() is None
    (disk / "mine.txt").write_text("precious")
    with pytest.raises(RunError, match="holds no run"):
        RunDirectory(folder).find()


def test_a_copy_without_hidden_files_is_a_run(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "step-00000001.keras").write_bytes(b"")
    (tmp_path / "config.yaml").write_text("[")
    with pytest.raises(RunError, match="damaged.*: --restart begins again"):
        RunDirectory(tmp_path).find()
    assert RunDirectory(tmp_path).find(restart=True) is None


def test_what_is_written_is_read(run):
    assert run.exists() and run.read() == info()
    np.testing.assert_array_equal(run.read_examples(), EXAMPLES[0])


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
def test_the_lock_follows_no_link(tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".lock").symlink_to(tmp_path / "mine.txt")
    with pytest.raises(RunError, match="cannot be written"):
        RunDirectory(tmp_path / "run").lock()
    assert (tmp_path / "mine.txt").read_text() == "precious"


def test_a_directory_is_reserved_for_one_process(run):
    other = RunDirectory(run.folder)
    run.lock()
    with pytest.raises(RunError, match="is in use"):
        other.lock()
    run.close()
    assert other.lock() == info()
    other.close()


def test_a_new_directory_in_which_nothing_was_written_is_deleted(tmp_path):
    directory = RunDirectory(tmp_path / "runs" / "run")
    directory.lock()
    assert directory.folder.exists()
    directory.close()
    assert not (tmp_path / "runs").exists()


def test_a_new_directory_beside_which_another_run_began_is_deleted_alone(tmp_path):
    first, second = (RunDirectory(tmp_path / "runs" / name) for name in ("first", "second"))
    first.lock()
    second.lock()
    first.close()
    assert not first.folder.exists() and second.folder.exists()
    second.close()


def test_what_a_killed_training_was_writing_is_deleted(run):
    for folder in (run.folder, run.samples):
        (folder / ".part-killed").mkdir(parents=True)
        (folder / ".part-killed" / "half").touch()
    run.begin(info(), EXAMPLES, earlier=run.lock(), may_change=())
    run.close()
    assert not list(run.folder.rglob(".part-*"))


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
@pytest.mark.parametrize("part", ["checkpoints", "samples", "logs"])
def test_a_restart_empties_a_linked_folder_and_keeps_the_link(run, tmp_path, part):
    disk = tmp_path / "large disk"
    (disk / "mine").mkdir(parents=True)
    for file in (disk / "of the run", disk / "mine" / "precious"):
        file.touch()
    (run.folder / part).symlink_to(disk)
    (run.folder / "model.keras").symlink_to(disk / "mine" / "precious")
    run.begin(info(), EXAMPLES, earlier=run.lock(restart=True), may_change=())
    run.close()
    assert [path.name for path in (run.folder / part).iterdir()] == ["mine"]
    assert (disk / "mine" / "precious").exists() and not run.model_file.exists()


def test_settings_may_not_change_but_for_some(run):
    earlier = run.lock()
    for change, words in (
        ({"filters": 5}, "--filters was 4, now 5"),
        ({"epochs": 1}, "2 epochs, which may grow"),
        ({"augment": True}, "--augment was None, now True"),
    ):
        with pytest.raises(RunError, match=words):
            run.begin(info(**change), EXAMPLES, earlier=earlier, may_change=("data",))
    assert run.read() == info()
    run.begin(info(epochs=3, data="x"), EXAMPLES, earlier=earlier, may_change=("data",))
    assert run.read().config["epochs"] == 3
    run.close()


@pytest.mark.parametrize("name", ["config.yaml", "metadata.json"])
@pytest.mark.parametrize("content", ["[" * 100_000, "a: 2026-99-99", "\0"])
def test_a_damaged_file_is_refused_however_deep_it_is(run, name, content):
    (run.folder / name).write_text(content)
    with pytest.raises(RunError, match="is damaged"):
        run.read()


HEADERS = (
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 8), }",
    "(((",
)


@pytest.mark.parametrize("header", HEADERS)
def test_damaged_examples_are_refused(run, header):
    array = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
    with zipfile.ZipFile(run.examples_file, "w") as archive:
        archive.writestr("arr_0.npy", array + bytes(64))
    with pytest.raises(RunError, match="examples.npz is damaged"):
        run.read_examples()


def test_examples_that_unpack_to_more_than_the_file_are_refused(run):
    np.savez_compressed(run.examples_file, np.zeros((1000, 1000)))
    with pytest.raises(RunError, match="examples.npz is damaged"):
        run.read_examples()


def test_a_run_of_version_0_1_0(tmp_path):
    run = RunDirectory(shutil.copytree(EARLIER, tmp_path / "run"))
    found = run.read()
    assert found.model == "cgan" and found.data == DataConfig("shapes", "labelled", image_size=8)
    assert found.config["learning_rate"] == 0.001 and len(found.class_names) == 8
    assert int(run.load_model().steps) == 2
    images, labels = run.read_examples()
    assert images.shape == (64, 8, 8, 3) and labels.shape == (64,)


def test_a_run_of_version_0_1_0_resumes(tmp_path):
    from train.cgan import RECIPE
    from train.common.command import main

    shutil.copytree(EARLIER, tmp_path / "run")
    flags = "--data shapes --image-size 8 --latent-dim 4 --filters 2 --steps-per-epoch 2 --ema 0.5"
    with pytest.raises(SystemExit) as stop:
        main(RECIPE, [*flags.split(), "--epochs", "2", "--run-dir", str(tmp_path / "run")])
    assert stop.value.code == 0
    run = RunDirectory(tmp_path / "run")
    assert int(run.load_model().steps) == 4 and run.cpu_seconds_file.exists()
    same = [*flags.split(), "--epochs", "2", "--run-dir", str(run.folder)]
    for other, message in (
        (["--filters", "3"], "--filters was 2, now 3"),
        (["--generator-learning-rate", "0.5"], "--generator-learning-rate was None, now 0.5"),
        (["--deterministic"], "--deterministic was False, now True"),
    ):
        with pytest.raises(SystemExit) as stop:
            main(RECIPE, [*same, *other])
        assert message in stop.value.code
