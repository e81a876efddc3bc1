"""Training speed: `python -m benchmarks.train_step`.

Images per second of keras_gans, of a plain Keras implementation as in tutorials, and of PyTorch.
All train networks that are equal layer for layer, which is checked first. Each implementation runs
in a process of its own. They take turns, so that a machine that slows down affects all of them. A
turn is some steps of training, timed from the end of a step before them to the end of the last one:
the start and the end of a `fit` are not included.

An image is an example of the batch; for CycleGAN it is a pair. Peak memory is that of the whole
process, including the framework, the data and tracing.
"""

import contextlib
import importlib.metadata
import importlib.util
import multiprocessing
import os
import pkgutil
import re
import resource
import signal
import statistics
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from benchmarks.cases import CASES, PLAIN_KERAS, Case, Implementation, keras_gans, pytorch
from keras_gans.cli.main import import_tensorflow_quietly, parse_and_run
from keras_gans.validation import Config, PositiveInt

WARM_UP = 2  # steps that are not timed; TensorFlow traces the first one
PULLED = 100  # batches to time the data stream with


@dataclass(frozen=True)
class Options(Config):
    """Options of the benchmark.

    Args:
        cases: the models to train.
        rounds: turns of each implementation.
        steps: steps per turn; by default 3 for cyclegan and 20 for dcgan.
        precision: precision of keras_gans; float32 is always included.
        image_size: height and width of the images, for a quick test.
        filters: width of the networks, for a quick test.
    """

    cases: tuple[Literal["cyclegan", "dcgan"], ...] = ("cyclegan", "dcgan")
    rounds: PositiveInt = 5
    steps: PositiveInt | None = None
    precision: Literal["float32", "bfloat16"] = "float32"
    image_size: PositiveInt | None = None
    filters: PositiveInt | None = None


# In the process of an implementation --------------------------------------------------------------

_training: Any = None


def _prepare(implementation: Implementation, case: Case) -> dict[str, list[tuple[int, int]]]:
    """Create an implementation in this process; return its networks' layers."""
    global _training
    if implementation.tensorflow:
        import_tensorflow_quietly()
    _training = pkgutil.resolve_name(implementation.target)(case, **implementation.arguments)
    _training.train(WARM_UP)
    return _training.layers


def _train(steps: int) -> list[float]:
    return _training.train(steps)


def _pull(batches: int) -> float:
    return _training.pull(batches)


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts kilobytes


# In the main process ------------------------------------------------------------------------------


def compare(case: Case, implementations: list[Implementation], rounds: int) -> list[str]:
    """Train with each implementation in turn; return the lines of a report.

    Args:
        case: what to train.
        implementations: the first one is compared with the others.
        rounds: turns of each.

    Raises:
        ValueError: the implementations' networks differ.
    """
    with contextlib.ExitStack() as stack:
        workers = {each: stack.enter_context(_worker()) for each in implementations}
        layers = {
            each: worker.submit(_prepare, each, case).result() for each, worker in workers.items()
        }
        check_equal(layers)
        rates = _alternate(case, workers, rounds)
        peaks = {each: worker.submit(_peak_megabytes).result() for each, worker in workers.items()}
        pulling = workers[implementations[0]].submit(_pull, PULLED).result()
    return [*table(case, rates, peaks), _data_fraction(case, rates, pulling)]


def _worker() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        max_workers=1,
        mp_context=multiprocessing.get_context("spawn"),  # TensorFlow does not survive a fork
        # The main process handles Ctrl-C. The others end after their turn.
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )


def check_equal(layers: dict[Implementation, dict[str, list[tuple[int, int]]]]) -> None:
    """Compare the numbers of weights and outputs of each layer with the first implementation's.

    Raises:
        ValueError: they differ.
    """
    (reference, expected), *others = layers.items()
    for implementation, networks in others:
        for name in expected | networks:
            ours, theirs = expected.get(name), networks.get(name)
            if ours != theirs:
                raise ValueError(
                    f"{name} is not the same network, in (weights, outputs) per layer:\n"
                    f"{reference.title}: {ours}\n{implementation.title}: {theirs}"
                )


def _alternate(case: Case, workers: dict, rounds: int) -> dict[Implementation, list[float]]:
    """Return the images per second of each implementation in each round."""
    rates: dict[Implementation, list[float]] = {each: [] for each in workers}
    order = list(workers)
    for _ in range(rounds):
        for each in order:
            seconds = workers[each].submit(_train, case.steps).result()
            rates[each].append(case.batch_size * len(seconds) / sum(seconds))
        order.reverse()  # so that none always runs after the same other one
    return rates


def table(
    case: Case, rates: dict[Implementation, list[float]], peaks: dict[Implementation, float]
) -> list[str]:
    """Return a line per implementation: medians over the rounds, and of the ratios in a round."""
    reference = next(iter(rates))
    lines = [
        f"{'':32}{'images/s':>9} {'(min-max)':>17}{'ms per step':>12}{'peak MB':>9}{'ratio':>8}"
    ]
    for implementation, own_rates in rates.items():
        median = statistics.median(own_rates)
        span = f"({min(own_rates):.2f}-{max(own_rates):.2f})"
        ratio = statistics.median(
            ours / theirs for ours, theirs in zip(rates[reference], own_rates, strict=True)
        )
        step = 1000 * case.batch_size / median
        lines.append(
            f"{implementation.title:32}{median:9.2f} {span:>17}{step:12.1f}"
            f"{peaks[implementation]:9.0f}{ratio:8.2f}"
        )
    return [*lines, f"ratio: how much faster {reference.title} is, the median over the rounds"]


def _data_fraction(case: Case, rates: dict[Implementation, list[float]], pulling: float) -> str:
    reference = next(iter(rates))
    step = case.batch_size / statistics.median(rates[reference])
    return (
        f"{reference.title}: without training, the data stream takes {1000 * pulling:.2f} ms per "
        f"batch, {pulling / step:.2%} of a step"
    )


def machine() -> str:
    """Return what the numbers depend on: the processor and the versions of the packages."""
    try:
        info = Path("/proc/cpuinfo").read_text()
    except OSError:  # not Linux
        info = ""
    model = re.search(r"model name\s*:\s*(.*)", info)
    flags = [f"{f} {'yes' if f in info.split() else 'no'}" for f in ("amx_bf16", "avx512_bf16")]
    processor = [model[1] if model else "unknown CPU", f"{os.cpu_count()} cores", *flags]
    installed = [
        f"{package} {importlib.metadata.version(package)}"
        for package in ("tensorflow", "keras", "torch")
        if importlib.util.find_spec(package)
    ]
    return f"{', '.join(processor)}\n{', '.join(installed)}"


def run(options: Options) -> None:
    """Run the chosen cases and print a table of each."""
    implementations = [keras_gans("float32"), PLAIN_KERAS]
    if options.precision != "float32":
        implementations.insert(0, keras_gans(options.precision))
    print(machine(), flush=True)
    if importlib.util.find_spec("torch"):
        implementations += pytorch()
    else:
        print("PyTorch is skipped: it is not installed")
    for case in _cases(options):
        shape = "x".join(map(str, case.image_shape))
        print(
            f"\n{case.name}: images {shape}, batch {case.batch_size}, {case.filters} filters; "
            f"{options.rounds} rounds of {case.steps} steps",
            flush=True,
        )
        print("\n".join(compare(case, implementations, options.rounds)), flush=True)


def _cases(options: Options) -> list[Case]:
    changes = {name: getattr(options, name) for name in ("steps", "filters")}
    changes = {name: value for name, value in changes.items() if value}
    cases = [replace(CASES[name], **changes) for name in options.cases]
    if not options.image_size:
        return cases
    side = options.image_size
    return [replace(case, image_shape=(side, side, case.image_shape[-1])) for case in cases]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark as the command line says, and exit."""
    parse_and_run(
        Options, run, name="benchmarks.train_step", description=__doc__, arguments=arguments
    )


if __name__ == "__main__":
    main()
