"""Evaluations that are refused, before anything is written or loaded."""

import pytest

from keras_gans.evaluation.metric_specs import METRICS
from tests.train.evaluations import SHAPES, refused


@pytest.mark.parametrize(
    "flags, words",
    [
        (
            "--evaluate-every 0",
            ["--evaluate-every must be a number of steps", "not 0"],
        ),
        ("--evaluate-every -1", ["--evaluate-every", "not -1"]),
        ("--evaluate-every xs", ["--evaluate-every", "not xs"]),
        ("--evaluate-every 0s", ["--evaluate-every", "not 0s"]),
        ("--evaluate-every 5m", ["--evaluate-every", "not 5m"]),
        ("--evaluate-every 2 --patience 0", ["--patience", "1 or more"]),
        ("--evaluate-every 2 --samples 0", ["--samples", "1 or more"]),
        ("--cpu-minutes 0", ["--cpu-minutes", "over 0"]),
        ("--patience 1", ["--patience: give --evaluate-every N too"]),
        ("--metrics fid --monitor fid", ["--metrics, --monitor: give --evaluate-every N too"]),
        ("--domain-classifier f", ["--domain-classifier: give --evaluate-every N too"]),
        ("--evaluate-every 2 --features nothing", ["no features 'nothing'", "digits"]),
        ("--evaluate-every 2 --features random --metrics fdi", ["fdi is unknown", "fid, kid"]),
        ("--evaluate-every 2 --features random --metrics fid,", [" is unknown"]),
        ("--evaluate-every 2 --features random --metrics modes", ["not for these data"]),
        ("--evaluate-every 2 --features random --monitor fdi", ["fdi cannot be monitored"]),
        (
            "--evaluate-every 2 --features random --monitor kid_standard_error",
            ["kid_standard_error cannot be"],
        ),
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_is_written(
    flags, words, tmp_path, call
):
    refused(call("gan", *SHAPES, *flags.split()), *words)
    assert not (tmp_path / "runs").exists()


def test_the_help_names_every_metric(call):
    for command in ("gan", "evaluate"):
        code, stdout, _ = call(command, "--help")
        unwrapped = "".join(stdout.split())
        assert code == 0 and all(name in unwrapped for name in METRICS), stdout


def test_what_is_no_run_is_said_in_a_line(tmp_path, call):
    refused(call("evaluate", "nothing"), "nothing is no run", "python -m train")
    (tmp_path / "file").write_text("")
    refused(call("evaluate", "file"), "file is no run")


@pytest.mark.parametrize(
    "name, text, words",
    [
        ("config.json", "{", ["config.json is damaged"]),
        ("config.json", "[]", ["config.json is damaged"]),
        ("config.json", "{}", ["holds no run"]),
        (
            "config.json",
            '{"variant": "gan", "settings": {}, "data": {}}',
            ["config.json is damaged"],
        ),
        ("config.json", '{"variant": "gan", "settings": 1, "data": {"name": "x"}}', ["is damaged"]),
        ("config.yaml", "model: [", ["config.yaml is damaged"]),
        ("config.yaml", "epochs: 1", ["holds no run"]),
        ("config.yaml", "{model: gan, epochs: 1, seed: 0, precision: float32}", ["metadata.json"]),
        ("config.yaml", "{model: 3}", ["metadata.json"]),
    ],
)
def test_a_damaged_config(name, text, words, tmp_path, call):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / name).write_text(text)
    refused(call("evaluate", "run"), *words)
