"""What verification and reports need to know of a file format."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from export.common.generator import BATCH_SIZE, Generator, Inputs, num_rows, take
from export.common.tflite_operators import Delegation

RunFn = Callable[[Inputs], np.ndarray]  # runs a file: from inputs to images in [-1, 1]


@dataclass(frozen=True)
class ExportFormat:
    """A file format that generators are exported in.

    Attributes:
        name: for people.
        tolerance: the largest absolute error, compared with Keras, of images in [-1, 1]. A file
            with a larger one is not kept.
        load_runner: from a file and a number of threads to the function that runs it.
        operators: from a file to the names of its operators.
        load_code: from a generator and a file's name to three lines of Python that run the file.
        batch_size: rows that a file takes at once; None for any number.
        delegation: from a file to how many of its operators are delegated, if that is known.
        flat_tolerance: the largest absolute error of a black and of a white image, compared with
            exact ones. By default it refuses NaN only: a float32 network may be as far off itself.
        for_gpus: whether GPUs of phones run the file, and in float16.
    """

    name: str
    tolerance: float
    load_runner: Callable[[Path, int], RunFn]
    operators: Callable[[Path], Sequence[str]]
    load_code: Callable[[Generator, str], str]
    batch_size: int | None = None
    delegation: Callable[[Path], Delegation] | None = None
    flat_tolerance: float = 2.0
    for_gpus: bool = False

    def run(self, run_fn: RunFn, inputs: Inputs) -> np.ndarray:
        """Return the images of inputs, made in batches that the file takes."""
        batches = [run_fn(batch) for batch in self.batches(inputs)]
        return np.concatenate(batches)[: num_rows(inputs)]

    def batches(self, inputs: Inputs) -> Iterator[Inputs]:
        """Divide inputs into batches. The last one is filled up with the first rows if need be."""
        count, size = num_rows(inputs), self.batch_size or BATCH_SIZE
        for start in range(0, count, size):
            rows = np.arange(start, start + size)
            yield take(inputs, rows % count if self.batch_size else rows[rows < count])


def example_arguments(generator: Generator, batch_size: int) -> str:
    """Return Python source of keyword arguments of the right shapes, for `load_code`."""
    random = {"int32": "np.zeros({}, 'int32')", "float32": "np.random.normal(size={}).astype('f')"}
    return ", ".join(
        f"{name}={random[str(x.dtype)].format((batch_size, *x.shape[1:]))}"
        for name, x in generator.examples.items()
    )
