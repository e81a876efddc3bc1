"""Students of runs and presets."""

import shutil

import numpy as np
import pytest
from PIL import Image

from keras_gans.cli.run_directory import RunDirectory
from keras_gans.training.saving import load_model
from tests.train.small_runs import SMALL, assert_refused, state
from train.common.cluster import Cluster
from train.common.command import main
from train.cyclegan import RECIPE as CYCLEGAN
from train.pix2pix import RECIPE as PIX2PIX

STEPS = ["--epochs", "1", "--steps-per-epoch", "2", "--precision", "float32"]
STUDENT = ["--filters", 2, "--blocks", 1, *STEPS]


@pytest.fixture(scope="module")
def teachers(tmp_path_factory):
    """Runs of a CycleGAN and a pix2pix, of two steps."""
    folder = tmp_path_factory.mktemp("teachers")
    for name, recipe in (("cyclegan", CYCLEGAN), ("pix2pix", PIX2PIX)):
        flags = [*SMALL[name].split(), *STEPS, "--ema", "0.5", "--run-dir", str(folder / name)]
        with pytest.raises(SystemExit) as stop:
            main(recipe, flags)
        assert stop.value.code == 0
    return folder


@pytest.fixture
def teacher(teachers, tmp_path):
    """A copy of the CycleGAN's run."""
    return shutil.copytree(teachers / "cyclegan", tmp_path / "teacher")


def test_a_student_has_its_teachers_data_and_translates_as_told(teacher, tmp_path, call):
    code, printed, said = call("distill", "teacher", *STUDENT, "--direction", "b_to_a")
    assert code == 0, said
    run = RunDirectory(tmp_path / "runs" / "distill-stripes")
    info = run.read()
    assert (info.model, info.data.name, info.data.image_size) == ("distill", "stripes", (24, 24))
    assert info.data.direction == "b_to_a" and info.config["teacher"] == "teacher"
    model = run.load_model()
    original = RunDirectory(teacher).load_model()
    # It began as the discriminator of domain a, and was trained for two steps.
    begun = zip(model.discriminator.weights, original.discriminator_a.weights, strict=True)
    assert all(np.abs(np.asarray(x) - np.asarray(y)).max() < 2e-3 for x, y in begun)
    # Columns of a, of the teacher and of the student
    with Image.open(sorted(run.samples.iterdir())[0]) as grid:
        assert grid.width == 3 * 24


def test_resumed_it_ends_in_the_same_bits(teacher, tmp_path, call):
    flags = ["teacher", *STUDENT, "--epochs", 3, "--ema", 0.9]
    code, printed, said = call("distill", *flags, "--minutes", 1e-6, "--run-dir", "stopped")
    assert code == 0 and "stopped at step 1 of 6" in printed, said
    for run in ("stopped", "whole"):
        assert call("distill", *flags, "--run-dir", run)[0] == 0
    for x, y in zip(state(tmp_path / "stopped"), state(tmp_path / "whole"), strict=True):
        np.testing.assert_array_equal(x, y)


def test_a_teacher_that_is_gone_moved_or_changed(teacher, tmp_path, call):
    flags = [*STUDENT, "--run-dir", "student"]
    assert call("distill", "teacher", *flags)[0] == 0
    before = state(tmp_path / "student")
    teacher.rename(tmp_path / "elsewhere")
    assert_refused(call("distill", "teacher", *flags, "--epochs", 2), "teacher is not there")
    code, printed, said = call("distill", "elsewhere", *flags, "--epochs", 2)
    assert code == 0 and "epoch 2/2" in printed, said
    after = state(tmp_path / "student")
    assert call("cyclegan", *SMALL["cyclegan"].split(), *STEPS, "--ema", 0.5, "--epochs", 2,
                "--run-dir", "elsewhere")[0] == 0  # fmt: skip
    result = call("distill", "elsewhere", *flags, "--epochs", 3)
    assert_refused(result, "the teacher elsewhere has other weights than", "--restart")
    for x, y in zip(state(tmp_path / "student"), after, strict=True):
        np.testing.assert_array_equal(x, y)
    assert any(np.any(x != y) for x, y in zip(before, after, strict=True))


def test_a_student_is_exported_and_opened_without_its_teacher(teachers, tmp_path, call):
    code, printed, said = call("distill", teachers / "pix2pix", *STUDENT, "--run-dir", "student")
    assert code == 0, said
    model = load_model(tmp_path / "student" / "model.keras")
    assert model.task == "paired" and model.discriminator.input_shape[-1] == 6
    assert model.teacher is None
    from export.tflite import main as to_tflite

    with pytest.raises(SystemExit) as stop:
        to_tflite([str(tmp_path / "student")])
    assert not stop.value.code
    assert list((tmp_path / "student" / "export").rglob("*.tflite"))


def test_a_preset_without_discriminators_is_a_teacher(teachers, tmp_path, call):
    model = RunDirectory(teachers / "cyclegan").load_model()
    model.save_to_preset(tmp_path / "preset", discriminators=False)
    flags = ["--data", "stripes", "--image-size", 24, "--discriminator-filters", 2]
    code, printed, said = call("distill", "preset", *flags, *STUDENT, "--run-dir", "student")
    assert code == 0, said
    assert "preset has no discriminator: the student's is new, and no features" in printed
    losses = load_model(tmp_path / "student" / "model.keras")
    assert losses.discriminator_feature_weight == 0.0


def test_a_student_does_not_replace_its_teacher(teacher, tmp_path, call):
    teacher.rename(run := tmp_path / "distill-stripes")  # which is where its student would be
    (tmp_path / "runs").symlink_to(tmp_path)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    for flags in ([], ["--run-dir", run]):
        result = call("distill", "runs/distill-stripes", *STUDENT, "--restart", *flags)
        assert_refused(result, "distill-stripes is the teacher's: give the student another")
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_workers_agree_on_the_teachers_weights(teacher, call, monkeypatch):
    cluster = Cluster(("a:1", "b:1"), 0)
    monkeypatch.setattr("train.common.cluster.find_cluster", lambda: cluster)
    others = lambda values: np.array([values, np.add(values, 1)])  # noqa: E731
    monkeypatch.setattr("train.common.workers.gather_from_workers", others)
    result = call("distill", "teacher", *STUDENT)
    assert_refused(result, "worker 1 (b:1) has another teacher than worker 0 (a:1)")


def test_a_loss_without_weight_is_not_trained_with(teacher, tmp_path, call):
    code, _, said = call("distill", "teacher", *STUDENT, "--adversarial-weight", 0)
    assert code == 0, said
    model = RunDirectory(tmp_path / "runs" / "distill-stripes").load_model()
    assert model.discriminator is None and model.step == 2
    assert model.discriminator_feature_weight > 0  # of the teacher's, which it does not need


def test_what_is_no_teacher(teachers, tmp_path, call):
    assert_refused(call("distill"), "which teacher?", "python -m train.distill RUN")
    assert_refused(call("distill", "nothing"), "the teacher nothing is not there")
    assert_refused(call("distill", "mnist_dcgan"), "mnist_dcgan is a dcgan, which translates no")
    pix2pix = teachers / "pix2pix"
    result = call("distill", pix2pix, *STUDENT, "--direction", "b_to_a")
    assert_refused(result, "does not translate b_to_a: give --direction a_to_b")
    result = call("distill", pix2pix, *STUDENT, "--image-size", 64)
    assert_refused(result, "the teacher translates images of 32x32x3, not of 64x64x3")
    assert not (tmp_path / "runs").exists()
