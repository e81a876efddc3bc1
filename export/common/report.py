"""The report of a run's exported files: RUN/export/report.json, one row per file."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from export.common.export_format import ExportFormat
from export.common.generator import Generator
from export.common.measurements import Measurements
from keras_gans.cli.run_directory import RunDirectory
from keras_gans.files import atomic_write_text, locked
from keras_gans.tables import markdown_table

HEADERS = (
    "file",
    "MiB",
    "max abs error",
    "mean abs error",
    "delegated operators",
    "mean abs error in float16",
    "ms, 1 thread (p90)",
    "ms, 2 threads (p90)",
    "relative Frechet distance",
)


@dataclass(frozen=True)
class ReportRow:
    """An exported file and its measurements.

    Attributes:
        file: its path, relative to the run's directory if it is in there.
        format: name of the format.
        generator: name of the generator.
        load: lines of Python that run the file.
        measurements: of the file.
    """

    file: str
    format: str
    generator: str
    load: str
    measurements: Measurements

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> "ReportRow":
        """Return a row that was written as JSON.

        Raises:
            ValueError, TypeError, KeyError, AttributeError: it was not written by this version.
        """
        return cls(
            file=str(row["file"]),
            format=str(row["format"]),
            generator=str(row["generator"]),
            load=str(row["load"]),
            measurements=Measurements.from_json(row),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the row as JSON."""
        row = asdict(self)
        if self.measurements.float16:
            row["measurements"]["float16"] = self.measurements.float16.to_json()
        return row | row.pop("measurements")


def read_rows(directory: RunDirectory) -> list[ReportRow]:
    """Return the row of each exported file that still exists.

    A report that is damaged, or of another version, counts as none, with a warning on stderr.
    """
    path = report_file(directory)
    if not path.exists():
        return []
    try:
        rows = [ReportRow.from_json(row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError):
        print(
            f"warning: {path} is damaged, or of another version: its rows are ignored",
            file=sys.stderr,
        )
        return []
    return [row for row in rows if (directory.folder / row.file).exists()]


def add_row(
    directory: RunDirectory,
    generator: Generator,
    export_format: ExportFormat,
    file: Path,
    measurements: Measurements,
) -> None:
    """Add an exported file to the run's report, and print its measurements."""
    name = _relative(file, directory.folder)
    load = export_format.load_code(generator, name)
    row = ReportRow(name, export_format.name, generator.name, load, measurements)
    with locked(directory.exports / ".lock"):  # another export may add a row at the same time
        rows = [each for each in read_rows(directory) if each.file != name] + [row]
        content = json.dumps([each.to_json() for each in rows], indent=1) + "\n"
        atomic_write_text(report_file(directory), content)
    mib = measurements.bytes / 2**20
    print(f"{row.format} of {row.generator}: {file} ({mib:.1f} MiB)")
    print(f"  {summary(measurements)}", flush=True)


def report_file(directory: RunDirectory) -> Path:
    """Return the path of a run's report."""
    return directory.exports / "report.json"


def summary(measurements: Measurements) -> str:
    """Return the measurements in one line."""
    latency = ", ".join(
        f"{ms.median:.2f} ms on {threads} thread{'' if threads == '1' else 's'}"
        for threads, ms in measurements.latency_ms.items()
    )
    parts = [
        f"max abs error {measurements.max_abs_error:.2g}, mean {measurements.mean_abs_error:.2g} "
        f"on {measurements.num_inputs} inputs",
        latency,
    ]
    if distance := _distance(measurements):
        parts.append(f"relative Frechet distance {distance}")
    if measurements.delegation:
        parts.append(f"delegated: {measurements.delegation} operators")
    if measurements.float16:
        parts.append(str(measurements.float16))
    return "; ".join(parts)


def table(rows: Sequence[ReportRow]) -> str:
    """Return a report as a Markdown table."""
    return markdown_table(HEADERS, map(_cells, rows))


def _cells(row: ReportRow) -> list[str]:
    measured = row.measurements
    return [
        row.file,
        f"{measured.bytes / 2**20:.2f}",
        f"{measured.max_abs_error:.2g}",
        f"{measured.mean_abs_error:.2g}",
        str(measured.delegation or ""),
        f"{measured.float16.mean_abs_error:.2g}" if measured.float16 else "",
        *(f"{ms.median:.2f} ({ms.p90:.2f})" for ms in measured.latency_ms.values()),
        _distance(measured),
    ]


def _distance(measurements: Measurements) -> str:
    distance = measurements.relative_frechet_distance
    return "" if distance is None else f"{distance:.1g}"


def _relative(file: Path, folder: Path) -> str:
    file, folder = file.absolute(), folder.absolute()
    return str(file.relative_to(folder) if file.is_relative_to(folder) else file)
