"""A comparison's page, of figures made by hand."""

import json
import math
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from PIL import Image

from train.common import page


@pytest.fixture
def trial(tmp_path):
    """Make a training that has been: its figures, a line each; its pictures, if any."""

    def make(name, *figures, seed=0, grids=()):
        run = tmp_path / f"{name}-{seed}"
        for grid in grids:
            (run / "samples").mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (4, 4)).save(run / "samples" / grid)
        run.mkdir(exist_ok=True)
        (run / "config.json").write_text(json.dumps({"settings": {"filters": 4, "ema": None}}))
        conditions = {"features": "f", "samples": {"generator": 1500}, "split": "test"}
        lines = [
            {"step": 100 * n, "seconds": 20.0 * n, **values, **conditions}
            for n, values in enumerate(figures, 1)
        ]
        return SimpleNamespace(title=name, folder=run, seed=seed, minutes=2.0, lines=lines)

    return make


@pytest.fixture
def write(tmp_path, assert_whole):
    """Write a page and return the cells of its table."""

    def run(trials):
        table = page.write(tmp_path, trials, "python -m train.compare <all> & more")
        readme, html = assert_whole(tmp_path)
        assert table in readme and "python -m train.compare <all> & more" in html.text
        heads, _, *rows = [line[2:-2].split(" | ") for line in table.splitlines()]
        return heads, rows

    return run


def test_means_and_spreads_of_the_last_and_the_best(trial, tmp_path, write):
    trials = [
        trial("dcgan", {"fid": 9.0}, {"fid": 2.0}, {"fid": 4.0}, seed=0),
        trial("dcgan", {"fid": 9.0}, {"fid": 8.0}, {"fid": 5.0}, seed=1),
    ]
    heads, rows = write(trials)
    assert heads == ["variant", "fid, last", "fid, best", "steps", "steps a CPU second"]
    assert rows == [["dcgan", "4.5 (4 to 5)", "3.5 (2 to 5)", "300", "5"]]
    readme = (tmp_path / "README.md").read_text()
    assert readme.startswith("# 2 CPU minutes each, 2 seeds: f, 1,500 samples against test\n")


def test_the_best_variant_comes_first(trial, write):
    worse, better = trial("gan", {"fid": 9.0}), trial("dcgan", {"fid": 2.0})
    _, rows = write([worse, better])
    assert [row[:2] for row in rows] == [["dcgan", "2"], ["gan", "9"]]
    more, less = trial("gan", {"recall": 0.9}), trial("dcgan", {"recall": 0.2})
    _, rows = write([less, more])
    assert [row[:2] for row in rows] == [["gan", "0.9"], ["dcgan", "0.2"]]
    broken, fine = trial("gan", {"fid": math.nan}), trial("dcgan", {"fid": 2000.5})
    _, rows = write([broken, fine])
    assert [row[:2] for row in rows] == [["dcgan", "2,000"], ["gan", "nan"]]


def test_the_best_value_is_the_highest_where_more_is_better(trial, write):
    _, rows = write([trial("gan", {"recall": 0.2}, {"recall": 0.5}, {"recall": 0.4})])
    assert rows[0][1:3] == ["0.4", "0.5"]


def test_of_variants_that_find_all_modes_the_one_that_keeps_to_them_comes_first(trial, write):
    cloud = trial("wgan", {"modes": 25.0, "high_quality": 0.07})
    found = trial("r3gan", {"modes": 25.0, "high_quality": 0.71})
    assert [row[0] for row in write([cloud, found])[1]] == ["r3gan", "wgan"]


def test_variants_that_give_other_figures_have_columns_of_their_own(trial, write):
    plain = trial("gan", {"fid": 3.0, "recall": 0.5})
    told = trial("cgan", {"fid": 2.0, "recall": 0.6, "class_accuracy": 0.9})
    heads, rows = write([plain, told])
    assert heads[3:5] == ["recall", "class_accuracy"]
    assert rows[0][:5] == ["cgan", "2", "2", "0.6", "0.9"]
    assert rows[1][:5] == ["gan", "3", "3", "0.5", ""]


def test_the_mean_of_two_directions_decides_and_each_is_shown(trial, write):
    one = trial("mobile", {"a_to_b/fid": 1.0, "b_to_a/fid": 9.0})
    other = trial("resnet", {"a_to_b/fid": 3.0, "b_to_a/fid": 3.0})
    heads, rows = write([one, other])
    assert heads[1:4] == ["a_to_b/fid, last", "a_to_b/fid, best", "b_to_a/fid"]
    assert [row[0] for row in rows] == ["resnet", "mobile"]


def test_the_newest_grid_is_shown_where_there_is_one(trial, tmp_path, write):
    grids = ["step-00000002.png", "step-00000010.png"]
    write([trial("gan", {"fid": 1.0}, grids=grids), trial("lsgan", {"fid": 2.0})])
    readme = (tmp_path / "README.md").read_text()
    assert "![gan](gan-0/samples/step-00000010.png)" in readme and "![lsgan]" not in readme


def curves(tmp_path):
    svg = ElementTree.parse(tmp_path / "curves.svg")
    lines = svg.findall("{*}polyline")
    texts = [text.text for text in svg.findall("{*}text")]
    return [line.get("points").split() for line in lines], texts


def test_the_curves_are_means_over_seeds(trial, tmp_path, write):
    trials = [
        trial("gan", {"fid": 100.0}, {"fid": 10.0}, seed=0),
        trial("gan", {"fid": 300.0}, {"fid": 30.0}, {"fid": 1.0}, seed=1),
    ]
    write(trials)
    (line,), texts = curves(tmp_path)
    assert len(line) == 2  # as long as there are figures of every seed
    top, bottom = (float(point.split(",")[1]) for point in line)
    assert top < bottom and {"gan", "200", "20"} <= set(texts)
    assert any("logarithmic" in text and "CPU minutes 0 to 0.667" in text for text in texts)


def test_seeds_that_were_evaluated_at_other_times(trial, tmp_path):
    often = trial("gan", {"fid": 8.0}, {"fid": 4.0}, {"fid": 4.0}, {"fid": 2.0}, seed=0)
    seldom = trial("gan", {"fid": 6.0}, {"fid": 1.0}, seed=1)
    for line in seldom.lines:
        line["seconds"] *= 2
    found = page._mean_curve([often, seldom], "fid")
    assert found == [(20.0, 7.0), (40.0, 5.0), (60.0, 3.75), (80.0, 1.5)]


def test_figures_that_may_not_be_compared(trial, write):
    went_online = trial("gan", {"fid": 0.1}, {"fid": 90.0}, {"fid": 95.0})
    offline = trial("dcgan", {"fid": 0.2})
    for line in (went_online.lines[0], offline.lines[0]):
        line["features"] = "random features"
    heads, rows = write([went_online, offline])
    assert heads[-1] == "by" and [row[:3] + row[-1:] for row in rows] == [
        ["dcgan", "0.2", "0.2", "random features, 1,500 samples against test"],
        ["gan", "95", "90", "f, 1,500 samples against test"],
    ]
    assert [value for _, value in page._mean_curve([went_online], "fid")] == [90.0, 95.0]


def test_titles_are_text(trial, tmp_path, write):
    write([trial("gan", {"fid": 1.0}, grids=["step-1.png"])])
    odd = trial("gan", {"fid": 1.0})
    odd.title = "gan --data <b>"
    write([odd])
    assert "<b>" not in (tmp_path / "index.html").read_text()


def test_curves_of_figures_that_are_no_numbers(trial, tmp_path, write):
    write([trial("gan", {"fid": math.nan}, {"fid": 3.0}, {"fid": math.inf})])
    (line,), _ = curves(tmp_path)
    assert len(line) == 1 and "nan" not in line[0]
    write([trial("gan", {"fid": math.nan})])
    assert curves(tmp_path)[0] == [[]]


def test_no_time_at_all(trial, write):
    fast = trial("gan", {"fid": 3.0})
    fast.lines[0]["seconds"] = 0.0
    _, rows = write([fast])
    assert rows[0][-2:] == ["100", ""]


def test_points_have_no_features(trial, tmp_path, write):
    of_points = trial("gan", {"modes": 8.0, "high_quality": 0.5})
    del of_points.lines[0]["features"]
    heads, rows = write([of_points])
    assert rows[0][:4] == ["gan", "8", "8", "0.5"]
    readme = (tmp_path / "README.md").read_text()
    assert readme.startswith("# 2 CPU minutes each, 1 seed: 1,500 samples against test\n")
