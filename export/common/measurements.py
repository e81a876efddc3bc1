"""The size, error and latency of an exported file."""

import math
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from export.common.errors import NotComputedError
from export.common.export_format import ExportFormat, RunFn
from export.common.generator import BATCH_SIZE, Generator, Inputs, num_rows, take
from export.common.tflite_operators import Delegation

THREADS = (1, 2)
LARGEST_FLOAT16 = float(np.finfo(np.float16).max)
MAX_CALLS, MAX_SECONDS = 30, 3.0  # calls of which the latency is measured


@dataclass(frozen=True)
class Latency:
    """Milliseconds of a call.

    Attributes:
        median: the median.
        p90: the 90th percentile.
    """

    median: float
    p90: float


@dataclass(frozen=True)
class Float16Error:
    """What becomes of an image if everything is computed in float16, as GPUs of phones do.

    Attributes:
        max_abs_error: largest absolute difference from Keras's image in float32; infinite if
            float16 could not hold a value.
        mean_abs_error: mean absolute difference.
        max_abs_value: the largest value on the way; float16 holds 65,504.
    """

    max_abs_error: float
    mean_abs_error: float
    max_abs_value: float

    def __str__(self) -> str:
        if self.max_abs_value > LARGEST_FLOAT16:
            return f"a value of {self.max_abs_value:.2g}, more than float16 holds"
        return f"mean abs error {self.mean_abs_error:.2g} in float16"

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> "Float16Error":
        """Return what was written as JSON.

        Raises:
            ValueError, TypeError, KeyError: it was not written by this version.
        """
        values = {field.name: row[field.name] for field in fields(cls)}
        return cls(**{name: math.inf if x is None else float(x) for name, x in values.items()})

    def to_json(self) -> dict[str, float | None]:
        """Return JSON, which has no infinity: None stands for it."""
        return {name: x if math.isfinite(x) else None for name, x in asdict(self).items()}


@dataclass(frozen=True)
class Measurements:
    """The size, error and latency of an exported file.

    Attributes:
        bytes: size of the file, or of all files of the folder.
        max_abs_error: largest absolute difference from Keras's images, which are in [-1, 1].
        mean_abs_error: mean absolute difference.
        num_inputs: inputs on which these errors were measured.
        flat_max_abs_error: largest absolute difference of the images of a black and of a white one
            from those computed in float64; None if the generator makes images from noise.
        relative_frechet_distance: Frechet distance from Keras's images, in features of a random
            convolutional network, divided by that of Keras's images from themselves after a 3x3
            blur. None for 2-D points.
        frechet_distance: the same, not divided.
        num_frechet_images: images whose statistics it compares.
        batch_size: rows of the call whose latency was measured.
        latency_ms: by the number of threads.
        operators: names of the file's operators.
        delegation: how many operators XNNPACK computes; None for other formats than TFLite.
        float16: how far off a GPU may be; None for files that are not for GPUs.
    """

    bytes: int
    max_abs_error: float
    mean_abs_error: float
    num_inputs: int
    flat_max_abs_error: float | None
    relative_frechet_distance: float | None
    frechet_distance: float | None
    num_frechet_images: int
    batch_size: int
    latency_ms: dict[str, Latency]
    operators: tuple[str, ...]
    delegation: Delegation | None
    float16: Float16Error | None

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> "Measurements":
        """Return measurements that were written as JSON.

        Raises:
            ValueError, TypeError, KeyError, AttributeError: they were not written by this version.
        """
        delegation, float16 = row["delegation"], row["float16"]
        return cls(
            bytes=int(row["bytes"]),
            max_abs_error=float(row["max_abs_error"]),
            mean_abs_error=float(row["mean_abs_error"]),
            num_inputs=int(row["num_inputs"]),
            flat_max_abs_error=_float_or_none(row["flat_max_abs_error"]),
            relative_frechet_distance=_float_or_none(row["relative_frechet_distance"]),
            frechet_distance=_float_or_none(row["frechet_distance"]),
            num_frechet_images=int(row["num_frechet_images"]),
            batch_size=int(row["batch_size"]),
            latency_ms={
                str(threads): Latency(
                    float(row["latency_ms"][str(threads)]["median"]),
                    float(row["latency_ms"][str(threads)]["p90"]),
                )
                for threads in THREADS
            },
            operators=tuple(map(str, row["operators"])),
            delegation=None if delegation is None else Delegation.from_json(delegation),
            float16=None if float16 is None else Float16Error.from_json(float16),
        )


def measure(generator: Generator, export_format: ExportFormat, path: Path) -> Measurements:
    """Measure a file that a generator was exported to."""
    runners = {threads: export_format.load_runner(path, threads) for threads in THREADS}
    run_fn, examples = runners[THREADS[-1]], generator.examples
    images = samples = export_format.run(run_fn, examples)
    if generator.statistics_inputs is not examples:
        samples = export_format.run(run_fn, generator.statistics_inputs)
    error = np.abs(images - generator.expected)
    batch = next(export_format.batches(take(examples, slice(export_format.batch_size or 1))))
    relative, distance = (None, None) if generator.makes_points else frechet(generator, samples)
    return Measurements(
        bytes=size_of(path),
        max_abs_error=float(np.max(error)),
        mean_abs_error=float(np.mean(error)),
        num_inputs=num_rows(examples),
        flat_max_abs_error=_flat_max_abs_error(generator, export_format, run_fn),
        relative_frechet_distance=relative,
        frechet_distance=distance,
        num_frechet_images=0 if generator.makes_points else len(samples),
        batch_size=num_rows(batch),
        latency_ms={str(n): measure_latency(runner, batch) for n, runner in runners.items()},
        operators=tuple(export_format.operators(path)),
        delegation=export_format.delegation(path) if export_format.delegation else None,
        float16=float16_error(generator) if export_format.for_gpus else None,
    )


def float16_error(generator: Generator) -> Float16Error | None:
    """Return how far off a GPU may be that computes the first example in float16.

    None if an operation of the network is not known to the simulation.
    """
    try:
        result = generator.first_in_float16
    except NotComputedError:
        return None
    error = np.abs(result.outputs - generator.expected[:1])
    return Float16Error(
        max_abs_error=float(np.nan_to_num(np.max(error), nan=np.inf)),
        mean_abs_error=float(np.nan_to_num(np.mean(error), nan=np.inf)),
        max_abs_value=result.max_abs_value,
    )


def _flat_max_abs_error(
    generator: Generator, export_format: ExportFormat, run_fn: RunFn
) -> float | None:
    if generator.flat_images is None:
        return None
    images = export_format.run(run_fn, generator.flat_images)
    return float(np.max(np.abs(images - generator.expected_flat)))


def _float_or_none(value: Any) -> float | None:
    return None if value is None else float(value)


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files of a folder."""
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sum(file.stat().st_size for file in files)


def measure_latency(run_fn: RunFn, inputs: Inputs) -> Latency:
    """Return the latency of a call."""
    run_fn(inputs)  # the first call prepares what later ones use
    times: list[float] = []
    while len(times) < MAX_CALLS and (sum(times) < MAX_SECONDS or len(times) < 3):
        start = time.perf_counter()
        run_fn(inputs)
        times.append(time.perf_counter() - start)
    median, p90 = np.percentile(times, [50, 90]) * 1e3
    return Latency(float(median), float(p90))


def frechet(generator: Generator, images: np.ndarray) -> tuple[float | None, float]:
    """Return the relative and the absolute Frechet distance of a file's images from Keras's.

    The relative one is divided by that of Keras's images from themselves after a 3x3 blur. It is
    None if a blur changes nothing.
    """
    import keras

    expected = generator.expected_statistics
    blurred = np.asarray(keras.ops.average_pool(expected, 3, 1, "same"))
    distance, scale = _frechet_distance(expected, images), _frechet_distance(expected, blurred)
    return (distance / scale if scale else None), distance


def _frechet_distance(expected: np.ndarray, images: np.ndarray) -> float:
    from keras_gans.evaluation.features import random_conv_features
    from keras_gans.evaluation.metrics import FrechetDistance

    network = random_conv_features(expected.shape[-1])
    metric = FrechetDistance(network.output_shape[-1])
    for start in range(0, len(expected), BATCH_SIZE):
        both = (each[start : start + BATCH_SIZE] for each in (expected, images))
        metric.update_state(*(np.reshape(network(x), (-1, metric.dim)) for x in both))
    return float(metric.result())
