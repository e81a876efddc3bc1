"""RUN/export/report.json: the rows of exported files, and reports that are damaged."""

import dataclasses
import errno
import json
import math
import threading

import pytest

from export.common import report
from export.common.export_format import ExportFormat
from export.common.generator import Generator
from export.common.measurements import Float16Error, Latency, Measurements
from export.common.tflite_operators import Delegation
from keras_gans.cli.run_directory import RunDirectory

MEASUREMENTS = Measurements(
    bytes=2**20,
    max_abs_error=0.001,
    mean_abs_error=0.0001,
    num_inputs=64,
    flat_max_abs_error=0.0002,
    relative_frechet_distance=0.02,
    frechet_distance=0.1,
    num_frechet_images=500,
    batch_size=1,
    latency_ms={"1": Latency(2.0, 3.0), "2": Latency(1.0, 1.5)},
    operators=("ADD", "MUL"),
    delegation=Delegation(2, 3),
    float16=Float16Error(0.05, 0.004, 512.0),
)
ROW = report.ReportRow("export/a", "TFLite", "generator", "run()", MEASUREMENTS)


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "a").touch()
    return RunDirectory(tmp_path)


def write(directory, content):
    report.report_file(directory).write_text(json.dumps(content))


def test_a_row_is_read_as_it_was_written(directory):
    write(directory, [json.loads(json.dumps(ROW.to_json()))])
    assert report.read_rows(directory) == [ROW]
    assert ROW.to_json()["max_abs_error"] == 0.001


def test_other_formats_than_tflite_have_no_delegate(directory):
    measurements = dataclasses.replace(
        MEASUREMENTS, delegation=None, flat_max_abs_error=None, float16=None
    )
    row = dataclasses.replace(ROW, measurements=measurements)
    write(directory, [json.loads(json.dumps(row.to_json()))])
    assert report.read_rows(directory) == [row]
    assert "delegated: 2 of 3 operators" in report.summary(MEASUREMENTS)
    assert "mean abs error 0.004 in float16" in report.summary(MEASUREMENTS)
    assert not {"delegated", "float16"} & set(report.summary(measurements).split())


def test_values_that_float16_cannot_hold_are_named():
    overflow = Float16Error(max_abs_error=math.inf, mean_abs_error=math.inf, max_abs_value=1e5)
    summary = report.summary(dataclasses.replace(MEASUREMENTS, float16=overflow))
    assert "a value of 1e+05, more than float16 holds" in summary


def test_2d_points_have_no_frechet_distance(directory):
    measurements = dataclasses.replace(
        MEASUREMENTS, relative_frechet_distance=None, frechet_distance=None, num_frechet_images=0
    )
    row = dataclasses.replace(ROW, measurements=measurements)
    write(directory, [json.loads(json.dumps(row.to_json()))])
    assert report.read_rows(directory) == [row]
    assert "Frechet" not in report.summary(measurements)


def test_the_table_has_a_column_for_each_measurement():
    header, _, row = report.table([ROW]).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in (header, row)]
    assert dict(zip(*cells, strict=True)) == {
        "file": "export/a",
        "MiB": "1.00",
        "max abs error": "0.001",
        "mean abs error": "0.0001",
        "delegated operators": "2 of 3",
        "mean abs error in float16": "0.004",
        "ms, 1 thread (p90)": "2.00 (3.00)",
        "ms, 2 threads (p90)": "1.00 (1.50)",
        "relative Frechet distance": "0.02",
    }


def add(directory, name):
    (directory.folder / "export" / name).touch()
    export_format = ExportFormat("TFLite", 1.0, None, None, lambda generator, file: "run()")
    generator = Generator("generator", None, {}, {})
    file = directory.folder / "export" / name
    report.add_row(directory, generator, export_format, file, MEASUREMENTS)


def test_exports_at_the_same_time_lose_no_row(directory, monkeypatch):
    read = report.read_rows
    other = threading.Thread(target=add, args=(directory, "b"))

    def read_while_another_export_ends(directory):
        rows = read(directory)
        if threading.current_thread() is not other:
            other.start()
            other.join(0.3)  # it would have added its row by then
        return rows

    monkeypatch.setattr(report, "read_rows", read_while_another_export_ends)
    add(directory, "a")
    other.join()
    assert [row.file for row in read(directory)] == ["export/a", "export/b"]


def test_a_file_system_without_locks_has_a_report_too(directory, monkeypatch):
    def none(descriptor, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", none)
    add(directory, "a")
    assert [row.file for row in report.read_rows(directory)] == ["export/a"]


@pytest.mark.parametrize(
    "content",
    ["", "{", "null", "3", "[3]", "[{}]", '[{"file": "export/a", "max_difference": 0.1}]'],
)
def test_a_damaged_report_counts_as_none_with_a_warning(directory, content, capsys):
    report.report_file(directory).write_text(content)
    assert report.read_rows(directory) == []
    warning = capsys.readouterr().err
    assert warning.startswith("warning: ") and warning.count("\n") == 1
    assert str(report.report_file(directory)) in warning


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_an_export_replaces_a_damaged_report(run, call, capsys):
    (run / "export").mkdir()
    (run / "export" / "report.json").write_bytes(b"\xff{")
    call("export.tflite", run)
    (row,) = report.read_rows(RunDirectory(run))
    assert row.file == "export/tflite/generator.tflite"
    assert "warning" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", ["[" * 100_000, json.dumps([{**ROW.to_json(), "bytes": 1e999}])]
)
def test_a_report_that_no_number_or_parser_can_hold_counts_as_none(directory, content, capsys):
    report.report_file(directory).write_text(content)
    assert report.read_rows(directory) == []
    assert "is damaged" in capsys.readouterr().err
