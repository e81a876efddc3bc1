"""What an exported file costs and how true it is: measured whenever one is made.

RUN/export/report.json holds a row a file.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from export.common.files import ExportError, Place
from export.common.runs import BATCH, Generator, Inputs, Run, rows, share
from keras_gans.command_line import hidden_stderr

Maker = Callable[[Inputs], np.ndarray]  # from inputs to images in [-1, 1]
THREADS = (1, 2)
HEADER = (
    *("file", "MiB", "off Keras at most", "on average"),
    *("ms on one thread (p90)", "on two (p90)", "drift, of a blur's"),
)
CALLS, SECONDS = 30, 3.0  # of a latency: as many calls, or as much time


@dataclass(frozen=True)
class Form:
    """A kind of file that a generator is exported as.

    Attributes:
        name: for people.
        tolerance: how far its pictures may be off Keras's, in units of the images' [-1, 1]; a file
            that is further off is not kept.
        opened: from a file and a number of threads to what makes images of inputs.
        operators: from a file to the names of its operators.
        load: from a generator to three lines of Python that make pictures with a "{file}".
        batch_size: examples that it takes at once; None takes any number.
    """

    name: str
    tolerance: float
    opened: Callable[[Path, int], Maker]
    operators: Callable[[Path], Sequence[str]]
    load: Callable[[Generator], str]
    batch_size: int | None = None

    def made(self, make: Maker, inputs: Inputs) -> np.ndarray:
        """Return the images of inputs, made in the batches that the file takes."""
        return np.concatenate([make(batch) for batch in self.batches(inputs)])[: rows(inputs)]

    def batches(self, inputs: Inputs) -> Iterator[Inputs]:
        """Divide inputs; a last batch that is not full begins anew with the first."""
        count, size = rows(inputs), self.batch_size or BATCH
        for start in range(0, count, size):
            which = np.arange(start, start + size)
            yield share(inputs, which % count if self.batch_size else which[which < count])


def keep(
    run: Run, generator: Generator, form: Form, file: Path, write: Callable[[Path], None]
) -> None:
    """Write a file, prove and measure it, and put that into the run's report.

    Args:
        run: whose generator it is.
        generator: what the file is made from.
        form: the file's.
        file: where it will be.
        write: called with a path to write it to.

    Raises:
        ExportError: its pictures differ from Keras's by more than the form's tolerance.
    """
    with Place(file) as part:
        row = proven(generator, form, part, write)
    record(run, row, file)


def proven(
    generator: Generator, form: Form, part: Path, write: Callable[[Path], None]
) -> dict[str, Any]:
    """Write a file that is not yet where it will be, and return its measures.

    Raises:
        ExportError: its pictures differ from Keras's by more than the form's tolerance.
    """
    with hidden_stderr():
        write(part)
        row = measured(generator, form, part)
    if not row["max_difference"] <= form.tolerance:
        raise ExportError(
            f"the {form.name} of {row['generator']} is {row['max_difference']:.2g} off Keras, more "
            f"than {form.tolerance:.2g}: that file is not kept"
        )
    return row


def record(run: Run, row: dict[str, Any], file: Path) -> None:
    """Put a file's measures into the run's report, and print them."""
    name = _within(run.folder, file)
    row = {"file": name, **row, "load": row["load"].format(file=name)}
    others = [each for each in rows_of(run.folder) if each["file"] != name]
    with Place(run.folder / "export" / "report.json") as part:
        part.write_text(json.dumps([*others, row], indent=1) + "\n")
    print(f"{row['form']} of {row['generator']}: {file} ({row['bytes'] / 2**20:.1f} MiB)")
    print(f"  {summary(row)}", flush=True)


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """Return a run's report: a row for each file that was exported and is still there."""
    path = folder / "export" / "report.json"
    known = json.loads(path.read_text()) if path.exists() else []
    return [row for row in known if (folder / row["file"]).exists()]


def arguments(generator: Generator, batch_size: int) -> str:
    """Return Python's arguments for a call with inputs of the right shapes."""
    random = {"int32": "np.zeros({}, 'int32')", "float32": "np.random.normal(size={}).astype('f')"}
    return ", ".join(
        f"{name}={random[str(x.dtype)].format((batch_size, *x.shape[1:]))}"
        for name, x in generator.examples.items()
    )


def measured(generator: Generator, form: Form, path: Path) -> dict[str, Any]:
    """Measure a file."""
    makers = {threads: form.opened(path, threads) for threads in THREADS}
    examples, make = generator.examples, makers[THREADS[-1]]
    made = form.made(make, examples)
    tried = made if generator.trials is examples else form.made(make, generator.trials)
    apart = np.abs(made - generator.expected)
    one = next(form.batches(share(examples, slice(form.batch_size or 1))))
    return {
        "form": form.name,
        "generator": generator.name,
        "bytes": size(path),
        "max_difference": float(np.max(apart)),
        "mean_difference": float(np.mean(apart)),
        "inputs": rows(examples),
        "batch_size": rows(one),
        "latency_ms": {str(n): latency(make, one) for n, make in makers.items()},
        "operators": list(form.operators(path)),
        "drift": drift(generator, tried),
        "load": form.load(generator),
    }


def size(path: Path) -> int:
    """Return the bytes of a file or of all files of a folder."""
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sum(file.stat().st_size for file in files)


def latency(make: Maker, inputs: Inputs) -> dict[str, float]:
    """Return the median and the 90th percentile of a call's milliseconds."""
    make(inputs)  # the first call prepares what later ones use
    times: list[float] = []
    while len(times) < CALLS and (sum(times) < SECONDS or len(times) < 3):
        start = time.perf_counter()
        make(inputs)
        times.append(time.perf_counter() - start)
    median, late = np.percentile(times, [50, 90]) * 1e3
    return {"median": float(median), "p90": float(late)}


def drift(generator: Generator, pictures: np.ndarray) -> dict[str, Any] | None:
    """Return how far a file's pictures of the trials, as a whole, are from Keras's in float32.

    Returns:
        "frechet", the distance in the "features" of as many "pictures"; and for a scale "blur", the
        distance of Keras's pictures from themselves, blurred over 3x3 pixels. None for points.
    """
    if generator.makes_points:
        return None
    import keras

    blurred = np.asarray(keras.ops.average_pool(generator.wanted, 3, 1, "same"))
    return {
        "frechet": _distance(generator.wanted, pictures),
        "blur": _distance(generator.wanted, blurred),
        "features": "random patches",
        "pictures": len(pictures),
    }


def _distance(pictures: np.ndarray, others: np.ndarray) -> float:
    from keras_gans.metrics import FrechetDistance, random_patches

    network = random_patches(pictures.shape[-1])
    metric = FrechetDistance(network.output_shape[-1])
    for start in range(0, len(pictures), BATCH):
        both = (each[start : start + BATCH] for each in (pictures, others))
        metric.update_state(*(np.reshape(network(x), (-1, metric.dim)) for x in both))
    return float(metric.result())


def summary(row: dict[str, Any]) -> str:
    """Say in a line what a row says."""
    times = row["latency_ms"]
    text = (
        f"within {row['max_difference']:.2g} of Keras, {row['mean_difference']:.2g} on average, on "
        f"{row['inputs']} real inputs; {times['1']['median']:.2f} ms on one thread, "
        f"{times['2']['median']:.2f} on two"
    )
    return text + (f"; drift {_share(row['drift'])} of a blur's" if row["drift"] else "")


def table(report: Sequence[dict[str, Any]]) -> str:
    """Return a report as a Markdown table."""
    lines = [
        f"| {' | '.join(HEADER)} |",
        "|---" * len(HEADER) + "|",
    ]
    for row in report:
        times = [
            f"{x['median']:.2f} ({x['p90']:.2f})" for x in (row["latency_ms"][n] for n in "12")
        ]
        cells = [
            row["file"],
            f"{row['bytes'] / 2**20:.2f}",
            f"{row['max_difference']:.2g}",
            f"{row['mean_difference']:.2g}",
            *times,
            _share(row["drift"]) if row["drift"] else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _share(drifted: dict[str, Any]) -> str:
    """Return a drift as a share of the blur's."""
    return f"{drifted['frechet'] / drifted['blur']:.1g}" if drifted["blur"] else ""


def _within(folder: Path, file: Path) -> str:
    """Return a path as it is within a folder, or whole where it is elsewhere."""
    whole = file.absolute()
    inside = whole.is_relative_to(folder.absolute())
    return str(whole.relative_to(folder.absolute()) if inside else whole)
