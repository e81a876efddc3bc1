"""Comparisons of stand-ins: the flags of trainings, and which may change."""

import pytest

from tests.train.report_page import read_report, table_rows
from tests.train.stand_ins import calls


def test_the_flags_of_a_training(compare, tmp_path):
    flags = ["--metrics", "fid", "--samples", 9, "--features", "random", "--data-dir", "there"]
    code, _, _ = compare(["good"], "--seeds", 1, *flags, "--evaluations", 3, "--", "--filters", 4)
    (given,) = calls(tmp_path / "compared" / "good-0")
    assert code == 0 and dict(zip(given[::2], given[1::2], strict=True)) == {
        "--run-dir": "compared/good-0",
        "--seed": "0",
        "--cpu-minutes": "0.1",
        "--epochs": "1000000",
        "--steps-per-epoch": "500",
        "--data": "shapes",
        "--data-dir": "there",
        "--evaluate-every": "2s",
        "--metrics": "fid",
        "--samples": "9",
        "--features": "random",
        "--filters": "4",
    }


def test_a_variant_may_have_flags(compare, tmp_path):
    both = ["good", "good --filters 8  --r1 '0.5'"]
    code, stdout, _ = compare(both, "--seeds", 2, "--", "--filters", 4)
    assert code == 0 and "good-filters-8-r1-0.5-1: step 10" in stdout
    folders = [tmp_path / "compared" / f"{name}-1" for name in ("good", "good-filters-8-r1-0.5")]
    ((plain,), (own,)) = map(calls, folders)
    assert "--r1" not in plain and own[own.index("--r1") + 1] == "0.5"
    # The second of two equal flags counts: a variant's own flags override those for all.
    assert [own[i + 1] for i, flag in enumerate(own) if flag == "--filters"] == ["4", "8"]
    assert folders[1].with_name("good-filters-8-r1-0.5-1.log").exists()
    readme, page = read_report(tmp_path / "compared")
    assert [row[:2] for row in table_rows(readme)[1:]] == [
        ["good", "3.5 (3 to 4)"],
        ["good --filters 8 --r1 0.5", "3.5 (3 to 4)"],
    ]
    assert "good --filters 8 --r1 0.5" in page.text
    code, stdout, _ = compare(both, "--seeds", 2, "--", "--filters", 4)
    assert code == 0 and "4 of 4 trainings are done" in stdout


@pytest.mark.parametrize("flag", ["--run-dir", "--seed", "--cpu-minutes", "--patience"])
def test_flags_that_the_comparison_sets_are_refused(compare, tmp_path, flag):
    for kinds, for_all in ((["good"], ["--", flag, 7]), ([f"good {flag}=7"], [])):
        code, _, stderr = compare(kinds, "--seeds", 1, *for_all)
        assert code == 1 and flag in stderr and not (tmp_path / "compared").exists()


@pytest.mark.parametrize(
    "flag",
    ["--samples 9", "--image-size=8", "--image_size=8", "--features random", "--channels 1"],
)
def test_flags_that_metrics_depend_on_must_be_the_same(compare, tmp_path, flag):
    code, _, stderr = compare(["good", f"good {flag}"], "--seeds", 1)
    assert (
        code == 1 and "must be the same for all" in stderr and not (tmp_path / "compared").exists()
    )


def test_flags_in_a_configuration_file_are_checked_too(compare, tmp_path):
    (tmp_path / "seed.yaml").write_text("seed: 7")
    (tmp_path / "size.yaml").write_text("image_size: 8")
    (tmp_path / "good.yaml").write_text("filters: 8")
    for kinds, for_all, flag in (
        (["good"], ["--", "--config", "seed.yaml"], "--seed"),
        (["good --config size.yaml"], [], "--image-size"),
        (["good --config none.yaml"], [], "none.yaml"),
    ):
        code, _, stderr = compare(kinds, "--seeds", 1, *for_all)
        assert code == 1 and flag in stderr and not (tmp_path / "compared").exists()
    # What the file holds counts, also when it changes later.
    assert compare(["good"], "--seeds", 1, "--", "--config", "good.yaml")[0] == 0
    assert "--filters" in calls(tmp_path / "compared" / "good-0")[0]
    (tmp_path / "good.yaml").write_text("filters: 9")
    code, _, stderr = compare(["good"], "--seeds", 1, "--", "--config", "good.yaml")
    assert code == 1 and "flags was ['--filters', '8'], now ['--filters', '9']" in stderr


def test_a_mistake_can_be_corrected(compare, tmp_path):
    assert compare(["broken"], "--seeds", 1, "--metrics", "fdi")[0] == 1
    assert compare(["good"], "--seeds", 1, "--metrics", "fid")[0] == 0
    code, _, stderr = compare(["good"], "--seeds", 1, "--metrics", "kid")
    assert code == 1 and "metrics was fid, now kid" in stderr


def test_a_report_that_no_comparison_wrote_is_kept(compare, tmp_path):
    (tmp_path / "compared").mkdir()
    (tmp_path / "compared" / "README.md").write_text("mine")
    code, _, stderr = compare(["good"], "--seeds", 1)
    assert code == 1 and "choose another --output" in stderr
    assert [path.name for path in (tmp_path / "compared").iterdir()] == ["README.md"]
    assert (tmp_path / "compared" / "README.md").read_text() == "mine"


def test_a_damaged_record_of_the_options_is_named(compare, tmp_path):
    assert compare(["good"], "--seeds", 1)[0] == 0
    (tmp_path / "compared" / "compare.json").write_text("{")
    code, _, stderr = compare(["good"], "--seeds", 1)
    assert code == 1 and "compare.json is damaged: delete it" in stderr


def test_minutes_may_grow_but_not_shrink(compare, tmp_path):
    assert compare(["good"], "--seeds", 1, minutes=0.1)[0] == 0
    assert compare(["good"], "--seeds", 1, minutes=0.2)[0] == 0
    assert len(calls(tmp_path / "compared" / "good-0")) == 2
    code, _, stderr = compare(["good"], "--seeds", 1, minutes=0.1)
    assert code == 1 and "minutes was 0.2, now 0.1" in stderr


@pytest.mark.parametrize("minutes", [0.1, 0.0117, 1.2345])
def test_any_number_of_minutes(compare, minutes):
    assert compare(["good"], "--seeds", 1, minutes=minutes)[0] == 0


def test_seeds_can_be_added(compare, tmp_path):
    compare(["good"], "--seeds", 1)
    _, stdout, _ = compare(["good"], "--seeds", 3)
    assert "1 of 3 trainings are done" in stdout
    readme, _ = read_report(tmp_path / "compared")
    assert table_rows(readme)[1][:3] == ["good", "4 (3 to 5)", "4 (3 to 5)"]


def test_the_hyperparameters_are_written_for_tensorboard_once(compare, tmp_path):
    for _ in range(2):
        assert compare(["good"], "--seeds", 1)[0] == 0
    assert len(list((tmp_path / "compared" / "good-0" / "logs").iterdir())) == 1
