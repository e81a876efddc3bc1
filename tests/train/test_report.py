"""The report of a comparison, of evaluations made by hand."""

import json
import math

import pytest
from PIL import Image

from tests.train.report_page import read_report, table_rows, write_run
from train.common.curves import draw_curves, mean_curve
from train.common.report import write_report
from train.common.training_job import TrainingJob


@pytest.fixture
def job(tmp_path):
    """Make a training from the metrics of its evaluations and the names of its sample grids."""

    def make(variant, *evaluations, seed=0, grids=(), seconds=20.0, features="f", changed=()):
        job = TrainingJob(variant, seed, tmp_path, 2.0)
        write_run(job.folder, filters=4)
        for grid in grids:
            (job.folder / "samples").mkdir(exist_ok=True)
            Image.new("RGB", (4, 4)).save(job.folder / "samples" / grid)
        conditions = {"features": features, "samples": {"generator": 1500}, "split": "test"}
        if features is None:
            del conditions["features"]
        lines = [
            {"step": 100 * n, "seconds": seconds * n, **metrics, **conditions}
            for n, metrics in enumerate(evaluations, 1)
        ]
        for line, other in zip(lines, changed, strict=False):
            line["features"] = other
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (job.folder / "metrics.jsonl").write_text(text)
        return job

    return make


@pytest.fixture
def write(tmp_path):
    """Write a report and return the headers and rows of its table."""

    def run(jobs):
        table = write_report(tmp_path, jobs, "python -m train.compare <all> & more")
        readme, page = read_report(tmp_path)
        assert table in readme and "python -m train.compare <all> & more" in readme
        assert "python -m train.compare <all> & more" in page.text
        headers, *rows = table_rows(table)
        assert all(cell in page.text for row in (headers, *rows) for cell in row)
        return headers, rows

    return run


def test_mean_and_range_of_the_last_and_the_best(job, tmp_path, write):
    jobs = [
        job("dcgan", {"fid": 9.0}, {"fid": 2.0}, {"fid": 4.0}, seed=0),
        job("dcgan", {"fid": 9.0}, {"fid": 8.0}, {"fid": 5.0}, seed=1),
    ]
    headers, rows = write(jobs)
    assert headers == ["variant", "fid, last", "fid, best", "steps", "steps per CPU second"]
    assert rows == [["dcgan", "4.5 (4 to 5)", "3.5 (2 to 5)", "300", "5"]]
    readme = (tmp_path / "README.md").read_text()
    assert readme.startswith("# 2 CPU minutes each, 2 seeds: f, 1,500 samples against test\n")


def test_the_best_variant_comes_first(job, write):
    worse, better = job("gan", {"fid": 9.0}), job("dcgan", {"fid": 2.0})
    _, rows = write([worse, better])
    assert [row[:2] for row in rows] == [["dcgan", "2"], ["gan", "9"]]
    more, less = job("gan", {"recall": 0.9}), job("dcgan", {"recall": 0.2})
    _, rows = write([less, more])
    assert [row[:2] for row in rows] == [["gan", "0.9"], ["dcgan", "0.2"]]
    broken, fine = job("gan", {"fid": math.nan}), job("dcgan", {"fid": 2000.5})
    _, rows = write([broken, fine])
    assert [row[:2] for row in rows] == [["dcgan", "2,000"], ["gan", "nan"]]


def test_the_best_value_is_the_highest_if_higher_is_better(job, write):
    _, rows = write([job("gan", {"recall": 0.2}, {"recall": 0.5}, {"recall": 0.4})])
    assert rows[0][1:3] == ["0.4", "0.5"]


def test_of_variants_with_all_modes_the_one_with_more_samples_near_them_comes_first(job, write):
    few = job("wgan", {"modes": 25.0, "high_quality": 0.07})
    many = job("r3gan", {"modes": 25.0, "high_quality": 0.71})
    assert [row[0] for row in write([few, many])[1]] == ["r3gan", "wgan"]


def test_variants_with_other_metrics_have_columns_of_their_own(job, write):
    plain = job("gan", {"fid": 3.0, "recall": 0.5})
    conditional = job("cgan", {"fid": 2.0, "recall": 0.6, "class_accuracy": 0.9})
    headers, rows = write([plain, conditional])
    assert headers[3:5] == ["recall", "class_accuracy"]
    assert rows[0][:5] == ["cgan", "2", "2", "0.6", "0.9"]
    assert rows[1][:5] == ["gan", "3", "3", "0.5", ""]


def test_variants_are_sorted_by_the_mean_of_two_generators_and_each_is_shown(job, write):
    one = job("mobile", {"a_to_b/fid": 1.0, "b_to_a/fid": 9.0})
    other = job("resnet", {"a_to_b/fid": 3.0, "b_to_a/fid": 3.0})
    headers, rows = write([one, other])
    assert headers[1:4] == ["a_to_b/fid, last", "a_to_b/fid, best", "b_to_a/fid"]
    assert [row[0] for row in rows] == ["resnet", "mobile"]


def test_the_newest_grid_is_shown_if_there_is_one(job, tmp_path, write):
    grids = ["step-00000002.png", "step-00000010.png"]
    write([job("gan", {"fid": 1.0}, grids=grids), job("lsgan", {"fid": 2.0})])
    readme = (tmp_path / "README.md").read_text()
    assert "![gan](gan-0/samples/step-00000010.png)" in readme and "![lsgan]" not in readme
    assert "step-00000002.png" not in readme


def test_metrics_that_may_not_be_compared(job, write):
    went_online = job("gan", {"fid": 0.1}, {"fid": 90.0}, {"fid": 95.0}, changed=["random"])
    offline = job("dcgan", {"fid": 0.2}, features="random")
    headers, rows = write([went_online, offline])
    assert headers[-1] == "evaluated with" and [row[:3] + row[-1:] for row in rows] == [
        ["dcgan", "0.2", "0.2", "random, 1,500 samples against test"],
        ["gan", "95", "90", "f, 1,500 samples against test"],
    ]
    assert [value for _, value in mean_curve([went_online], "fid")] == [90.0, 95.0]


def test_titles_are_escaped(job, tmp_path, write):
    write([job("gan", {"fid": 1.0}, grids=["step-1.png"])])
    write([job("gan --data '<b> & $x_$'", {"fid": 1.0}, grids=["step-1.png"])])
    assert "<b>" not in (tmp_path / "index.html").read_text()


def test_no_time_at_all(job, write):
    _, rows = write([job("gan", {"fid": 3.0}, seconds=0.0)])
    assert rows[0][-2:] == ["100", ""]


def test_2d_points_have_no_features(job, tmp_path, write):
    points = job("gan", {"modes": 8.0, "high_quality": 0.5}, features=None)
    _, rows = write([points])
    assert rows[0][:4] == ["gan", "8", "8", "0.5"]
    readme = (tmp_path / "README.md").read_text()
    assert readme.startswith("# 2 CPU minutes each, 1 seed: 1,500 samples against test\n")


# Curves ------------------------------------------------------------------------------------------


def drawn(curves):
    """Return the figure's axes, each line's points, and the names in the legend."""
    (axes,) = draw_curves(curves, "fid").axes
    points = [list(map(tuple, line.get_xydata().tolist())) for line in axes.lines]
    return axes, points, [text.get_text() for text in axes.get_legend().get_texts()]


def test_a_curve_is_the_mean_over_seeds(job, tmp_path, write):
    jobs = [
        job("gan", {"fid": 100.0}, {"fid": 10.0}, seed=0),
        job("gan", {"fid": 300.0}, {"fid": 30.0}, {"fid": 1.0}, seed=1),
    ]
    curve = mean_curve(jobs, "fid")
    assert curve == [(20.0, 200.0), (40.0, 20.0)]  # up to the time that all seeds have reached
    axes, points, names = drawn({"gan": curve})
    assert points == [[(1 / 3, 200.0), (2 / 3, 20.0)]] and names == ["gan"]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == (
        "CPU minutes",
        "fid",
        "log",
    )
    write(jobs)
    before = (tmp_path / "curves.svg").read_bytes()
    write(jobs)
    assert (tmp_path / "curves.svg").read_bytes() == before


def test_seeds_that_were_evaluated_at_other_times(job):
    often = job("gan", {"fid": 8.0}, {"fid": 4.0}, {"fid": 4.0}, {"fid": 2.0}, seed=0)
    seldom = job("gan", {"fid": 6.0}, {"fid": 1.0}, seed=1, seconds=40.0)
    found = mean_curve([often, seldom], "fid")
    assert found == [(20.0, 7.0), (40.0, 5.0), (60.0, 3.75), (80.0, 1.5)]


def test_curves_of_values_that_are_not_finite(job, write):
    some = job("gan", {"fid": math.nan}, {"fid": 3.0}, {"fid": math.inf})
    curve = mean_curve([some], "fid")
    assert curve == [(40.0, 3.0)]
    write([some])
    none = job("gan", {"fid": math.nan})
    assert mean_curve([none], "fid") == []
    write([none])
    axes, points, names = drawn({"gan": []})
    assert points == [[]] and names == ["gan"] and axes.get_yscale() == "linear"


@pytest.mark.parametrize("values, scale", [((0.5, 3.0), "log"), ((0.0, 3.0), "linear")])
def test_the_scale_is_logarithmic_if_all_values_are_positive(values, scale):
    axes, _, _ = drawn({"gan": [(20.0, values[0])], "dcgan": [(20.0, values[1])]})
    assert axes.get_yscale() == scale


def test_ticks_of_a_logarithmic_scale_are_plain_numbers():
    axes, _, _ = drawn({"gan": [(20.0, 0.3), (40.0, 1.1)]})
    axes.figure.draw_without_rendering()
    labels = {text.get_text() for text in axes.get_yticklabels(which="both")}
    assert {"0.3", "0.4", "1"} <= labels and not any("e" in label for label in labels)


def test_many_curves_can_be_told_apart():
    curves = {f"variant {n}": [(0.0, 1.0 + n), (60.0, 2.0 + n)] for n in range(40)}
    axes, points, names = drawn(curves)
    assert names == list(curves) and len(points) == 40
    assert len({(line.get_color(), line.get_linestyle()) for line in axes.lines}) == 40
