"""The trainings that `benchmarks.distillation` compares."""

from dataclasses import replace

import pytest

from benchmarks.distillation import LOSSES, Options, refuse_others, students, table, trainings
from keras_gans.cli.run_directory import RunDirectory
from keras_gans.cli.run_info import RunInfo
from keras_gans.data.config import DataConfig
from keras_gans.errors import UserError
from tests.train.small_runs import SMALL
from train.common.command import main, parse_options
from train.common.training_job import TrainingJob
from train.cyclegan import RECIPE as CYCLEGAN
from train.distill import RECIPE as DISTILL
from train.distill import open_teacher
from train.pix2pix import RECIPE as PIX2PIX


def weights(flags):
    model = parse_options(DISTILL, flags).model
    return [getattr(model, f"{name.replace('-', '_')}_weight") for name in LOSSES]


def test_each_student_lacks_one_loss_or_all_but_one():
    found = {name: weights(flags) for name, flags in students().items()}
    every = found.pop("all losses")
    assert all(every) and weights([]) == every
    assert found.pop("l1 alone") == [every[0], 0, 0, 0]
    for index, name in enumerate(LOSSES):
        expected = [0 if other == index else x for other, x in enumerate(every)]
        assert found.pop(f"without {name}") == expected
    assert not found


def test_what_is_trained_by_itself_has_the_students_network_and_the_teachers_data(tmp_path):
    options = Options(teacher="teacher", filters=8, output=tmp_path)
    data = DataConfig(
        "stripes",
        "unpaired",
        image_size=(32, 64),
        channels=1,
        fit="pad",
        value_range=(0.0, 4095.0),
        max_pixels=5000,
        direction="b_to_a",
    )
    info = RunInfo("cyclegan", {}, data, "", None, {})
    jobs = trainings(options, info)
    assert len({job.folder for job, _ in jobs.values()}) == len(jobs) == 7
    job, flags = jobs["by itself"]
    found = parse_options(CYCLEGAN, [*flags, *job.variant.split()[1:]])
    assert found.model.network == "subpixel" and found.model.filters == 8
    assert found.data.image_size.sides == (32, 64) and found.data.channels == 1
    assert (found.data.data, found.data.fit) == ("stripes", "pad")
    assert (found.data.value_range, found.data.max_pixels) == ((0.0, 4095.0), 5000)
    assert replace(DISTILL, info=info).defaults.data.data_config("unpaired") == data
    job, flags = jobs["all losses"]
    found = parse_options(DISTILL, flags)
    assert found.training.teacher == "teacher" and found.model.filters == 8
    assert found.data.direction == "b_to_a"  # the teacher's
    assert list(tmp_path.iterdir()) == []


def test_students_of_other_settings_are_kept_elsewhere():
    info = RunInfo("cyclegan", {}, DataConfig("stripes", "unpaired"), "", None, {})
    settings = ({}, {"filters": 8}, {"direction": "b_to_a"}, {"teacher": "other"})
    every = [trainings(Options(**{"teacher": "teacher", **given}), info) for given in settings]
    assert len({job.folder for jobs in every for job, _ in jobs.values()}) == 4 * 7


def test_pairs_have_no_training_by_itself(tmp_path):
    info = RunInfo("pix2pix", {}, DataConfig("outlines", "paired"), "", None, {})
    assert "by itself" not in trainings(Options(teacher="teacher", output=tmp_path), info)


def train(recipe, flags, run):
    steps = ["--epochs", "1", "--steps-per-epoch", "2", "--precision", "float32"]
    with pytest.raises(SystemExit) as stop:
        main(recipe, [*flags, *steps, "--run-dir", str(run)])
    assert stop.value.code == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of two teachers, and of a student of the first one."""
    folder = tmp_path_factory.mktemp("distillation")
    for name, seed in (("teacher", "0"), ("other", "1")):
        train(PIX2PIX, [*SMALL["pix2pix"].split(), "--seed", seed], folder / name)
    flags = ["--teacher", str(folder / "teacher"), "--filters", "2"]
    train(DISTILL, flags, folder / "distill-0")
    return folder


def options_of(folder, **given):
    teacher = str(folder / "teacher")
    return Options(teacher=teacher, output=folder, metrics="ssim", **{"filters": 2, **given})


def test_the_table_compares_with_the_teacher_and_with_the_data(folder):
    runs = {"teacher": RunDirectory(folder / "teacher"), "s": RunDirectory(folder / "distill-0")}
    teacher = open_teacher(str(folder / "teacher"), "a_to_b")
    text = table(options_of(folder), runs["teacher"].read(), runs, teacher)
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in text.splitlines()]
    assert rows[0] == ["", "steps", "ssim", "l1_to_teacher", "ssim_to_teacher"]
    found = {name: [float(x) for x in values] for name, *values in rows[2:]}
    steps, of_data, l1, to_teacher = found["teacher"]
    assert (steps, l1, to_teacher) == (2, 0, pytest.approx(1)) and of_data < 0.99
    steps, of_data, l1, to_teacher = found["s"]
    assert steps == 2 and l1 > 0 and to_teacher < 0.99 and of_data != to_teacher


@pytest.mark.parametrize(
    ("given", "teacher", "said"),
    [
        ({}, "teacher", None),
        ({"filters": 3}, "teacher", "has 2 filters: give another --output"),
        ({"direction": "b_to_a"}, "teacher", "has the direction a_to_b: give"),
        ({}, "other", "has a teacher of other weights: give"),
    ],
)
def test_students_of_other_settings_are_not_taken_for_these(given, teacher, said, folder):
    info = RunDirectory(folder / "teacher").read()
    jobs = [TrainingJob("distill", 0, folder, 1.0), TrainingJob("distill later", 0, folder, 1.0)]
    opened = open_teacher(str(folder / teacher), "a_to_b")
    if said is None:
        refuse_others(options_of(folder, **given), info, jobs, opened)
        return
    with pytest.raises(UserError, match=said):
        refuse_others(options_of(folder, **given), info, jobs, opened)
