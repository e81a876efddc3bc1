"""The trainings that `benchmarks.distillation` compares."""

from benchmarks.distillation import LOSSES, Options, students, trainings
from keras_gans.cli.run_info import RunInfo
from keras_gans.data.config import DataConfig
from train.common.command import parse_options
from train.cyclegan import RECIPE as CYCLEGAN
from train.distill import RECIPE as DISTILL


def weights(flags):
    model = parse_options(DISTILL, flags).model
    return [getattr(model, f"{name.replace('-', '_')}_weight") for name in LOSSES]


def test_each_student_lacks_one_loss_or_all_but_one():
    defaults = weights([])
    assert all(defaults)
    found = {name: weights(flags) for name, flags in students().items()}
    assert found.pop("all losses") == defaults
    assert found.pop("l1 alone") == [defaults[0], 0, 0, 0, 0]
    for index, name in enumerate(LOSSES):
        expected = [0 if other == index else x for other, x in enumerate(defaults)]
        assert found.pop(f"without {name}") == expected
    assert not found


def test_what_is_trained_by_itself_has_the_students_network_and_the_teachers_data(tmp_path):
    options = Options(teacher="teacher", filters=8, output=tmp_path)
    data = DataConfig("stripes", "unpaired", image_size=(32, 64), channels=1, fit="pad")
    info = RunInfo("cyclegan", {}, data, "", None, {})
    jobs = trainings(options, info)
    assert len({job.folder for job, _ in jobs.values()}) == len(jobs) == 8
    job, flags = jobs["by itself"]
    found = parse_options(CYCLEGAN, [*flags, *job.variant.split()[1:]])
    assert found.model.network == "subpixel" and found.model.filters == 8
    assert found.data.image_size.sides == (32, 64) and found.data.channels == 1
    assert (found.data.data, found.data.fit) == ("stripes", "pad")
    job, flags = jobs["all losses"]
    found = parse_options(DISTILL, flags)
    assert found.training.teacher == "teacher" and found.model.filters == 8


def test_pairs_have_no_training_by_itself(tmp_path):
    info = RunInfo("pix2pix", {}, DataConfig("outlines", "paired"), "", None, {})
    assert "by itself" not in trainings(Options(teacher="teacher", output=tmp_path), info)
