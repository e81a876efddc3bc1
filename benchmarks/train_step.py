"""How fast training goes: `python -m benchmarks.train_step`.

Images per second of the real `fit` of keras_gans against what a user would write instead: the plain
Keras recipe of the tutorials, and PyTorch. All train networks that are the same layer for layer,
which is checked before anything is timed. Each contender lives in a process of its own and waits
there for its turns; turns alternate, so that a machine that slows down slows down all of them. A
turn is some steps of training, timed from the end of a step before them to the end of the last: the
start and the end of a `fit` do not count, for anyone.

An image is an example of the batch; CycleGAN's are pairs. Peaks of memory are those of a whole
process: the framework, the data, tracing, training.
"""

import argparse
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
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from keras_gans.command_line import import_tensorflow_quietly

WARM_UP = 2  # steps, not timed; the first traces
PULLED = 100  # batches that time the data stream alone


@dataclass(frozen=True)
class Case:
    """A game and its sizes.

    Attributes:
        name: "cyclegan" or "dcgan".
        image_shape: (side, side, channels).
        batch_size: examples a step.
        steps: timed steps a turn.
        filters: of the first layers of a translator and of a discriminator, of the last of a DCGAN.
        blocks: residual blocks of a translator.
        latent_dim: length of DCGAN's latent vectors.
    """

    name: str
    image_shape: tuple[int, int, int]
    batch_size: int
    steps: int
    filters: int = 64
    blocks: int = 6
    latent_dim: int = 100


@dataclass(frozen=True, eq=False)
class Contender:
    """One who trains.

    Attributes:
        title: in the table.
        target: "module:class". The class is called with the case and the settings; it has `layers`,
            what each network's layers weigh and give, and `train(steps)`, seconds a step.
        settings: keyword arguments of the class.
        tensorflow: whether the module imports TensorFlow.
    """

    title: str
    target: str
    settings: dict[str, Any] = field(default_factory=dict)
    tensorflow: bool = True


CASES = {
    "cyclegan": Case("cyclegan", (128, 128, 3), batch_size=1, steps=3),
    "dcgan": Case("dcgan", (28, 28, 1), batch_size=128, steps=20),
}
PLAIN_KERAS = Contender("plain Keras float32", "benchmarks.peers_keras:PlainKeras")


def own(precision: str) -> Contender:
    """Return keras_gans itself as a contender."""
    return Contender(
        f"keras_gans {precision}", "benchmarks.train_step:KerasGans", {"precision": precision}
    )


def pytorch() -> list[Contender]:
    """Return PyTorch in both precisions and both memory formats: which is best depends."""
    return [
        Contender(
            f"PyTorch {precision}{', channels last' if channels_last else ''}",
            "benchmarks.peers_torch:PyTorch",
            {"precision": precision, "channels_last": channels_last},
            tensorflow=False,
        )
        for precision in ("float32", "bfloat16")
        for channels_last in (False, True)
    ]


class KerasGans:
    """keras_gans as `python -m train.<variant>` drives it: its model, its data stream, its `fit`.

    Args:
        case: what to train.
        precision: "float32" or "bfloat16".
    """

    def __init__(self, case: Case, precision: str):
        import keras

        from benchmarks.peers_keras import layers_of
        from train.common.precision import set_precision

        keras.utils.set_random_seed(0)
        set_precision(precision)
        self.batch_size = case.batch_size
        self.model, self.dataset = _cyclegan(case) if case.name == "cyclegan" else _dcgan(case)
        make_optimizer = self.model.make_optimizer
        # With an end in sight: the schedule is part of the training.
        self.model.compile(make_optimizer(total_steps=10**6), make_optimizer(total_steps=10**6))
        networks = self.model.generators | self.model.discriminators
        self.layers = {name: layers_of(network) for name, network in networks.items()}

    def train(self, steps: int) -> list[float]:
        """Go on for one step more than `steps`; return the seconds of all but the first."""
        from benchmarks.peers_keras import timed_fit

        return timed_fit(self.model, self._stream(), steps)

    def pull(self, batches: int) -> float:
        """Return the seconds a batch where the data stream has the machine for itself."""
        stream = iter(self._stream())
        next(stream)
        start = time.perf_counter()
        for _ in range(batches):
            next(stream)
        return (time.perf_counter() - start) / batches

    def _stream(self):
        return self.dataset.batches(self.batch_size, seed=0, start=int(self.model.steps))


def _cyclegan(case: Case):
    from keras_gans import data, models

    widths = {"filters": case.filters, "discriminator_filters": case.filters}
    model = models.CycleGAN.create(case.image_shape, **widths, blocks=case.blocks, seed=0)
    return model, data.load("stripes", "unpaired", image_size=case.image_shape[0], jitter=True)


def _dcgan(case: Case):
    from keras_gans import data, models

    side, _, channels = case.image_shape
    model = models.DCGAN.create(
        case.image_shape, latent_dim=case.latent_dim, filters=case.filters, r1=0.0, seed=0
    )
    return model, data.load("shapes", "images", image_size=side, channels=channels)


# In a contender's process -------------------------------------------------------------------------

_game: Any = None


def _prepare(contender: Contender, case: Case) -> dict[str, list[tuple[int, int]]]:
    """Make this process the contender's; return its networks' layers."""
    global _game
    if contender.tensorflow:
        import_tensorflow_quietly()
    _game = pkgutil.resolve_name(contender.target)(case, **contender.settings)
    _game.train(WARM_UP)
    return _game.layers


def _train(steps: int) -> list[float]:
    return _game.train(steps)


def _pull(batches: int) -> float:
    return _game.pull(batches)


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts kilobytes


# In the process that leads ------------------------------------------------------------------------


def compare(case: Case, contenders: list[Contender], rounds: int) -> list[str]:
    """Let the contenders alternate; return the lines of a report.

    Args:
        case: what to train.
        contenders: the one that the others are compared with comes first.
        rounds: turns of each.

    Raises:
        ValueError: the contenders' networks differ.
    """
    with contextlib.ExitStack() as stack:
        workers = {contender: stack.enter_context(_worker()) for contender in contenders}
        layers = {
            contender: worker.submit(_prepare, contender, case).result()
            for contender, worker in workers.items()
        }
        refuse_different(layers)
        rates = _alternate(case, workers, rounds)
        peaks = {c: worker.submit(_peak_megabytes).result() for c, worker in workers.items()}
        pulling = workers[contenders[0]].submit(_pull, PULLED).result()
    return [*table(case, rates, peaks), _data_share(case, rates, pulling)]


def _worker() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        max_workers=1,
        mp_context=multiprocessing.get_context("spawn"),  # TensorFlow does not survive a fork
        # Ctrl-C is for the one who leads: the others end with the turn they are at.
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )


def refuse_different(layers: dict[Contender, dict[str, list[tuple[int, int]]]]) -> None:
    """Compare each layer's number of weights and of outputs with the first contender's.

    Raises:
        ValueError: they differ.
    """
    (reference, expected), *others = layers.items()
    for contender, networks in others:
        for name in expected | networks:
            ours, theirs = expected.get(name), networks.get(name)
            if ours != theirs:
                raise ValueError(
                    f"{name} is not the same network, in (weights, outputs) a layer:\n"
                    f"{reference.title}: {ours}\n{contender.title}: {theirs}"
                )


def _alternate(case: Case, workers: dict, rounds: int) -> dict[Contender, list[float]]:
    """Images per second of each contender in each round."""
    rates: dict[Contender, list[float]] = {contender: [] for contender in workers}
    order = list(workers)
    for _ in range(rounds):
        for contender in order:
            seconds = workers[contender].submit(_train, case.steps).result()
            rates[contender].append(case.batch_size * len(seconds) / sum(seconds))
        order.reverse()  # nobody always comes after the same one
    return rates


def table(
    case: Case, rates: dict[Contender, list[float]], peaks: dict[Contender, float]
) -> list[str]:
    """Return a line a contender: medians over the rounds, and of the ratios within a round."""
    reference = next(iter(rates))
    lines = [f"{'':32}{'images/s':>9} {'(min-max)':>17}{'ms a step':>11}{'peak MB':>9}{'ratio':>8}"]
    for contender, own_rates in rates.items():
        median = statistics.median(own_rates)
        span = f"({min(own_rates):.2f}-{max(own_rates):.2f})"
        ratio = statistics.median(
            ours / theirs for ours, theirs in zip(rates[reference], own_rates, strict=True)
        )
        lines.append(
            f"{contender.title:32}{median:9.2f} {span:>17}{1000 * case.batch_size / median:11.1f}"
            f"{peaks[contender]:9.0f}{ratio:8.2f}"
        )
    return [*lines, f"ratio: images/s of {reference.title} to the contender's, median of rounds"]


def _data_share(case: Case, rates: dict[Contender, list[float]], pulling: float) -> str:
    reference = next(iter(rates))
    step = case.batch_size / statistics.median(rates[reference])
    return (
        f"{reference.title}: its data stream alone takes {1000 * pulling:.2f} ms a batch, "
        f"{pulling / step:.2%} of a step"
    )


def machine() -> str:
    """Return what the numbers depend on: the processor, and what is installed."""
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


def main(arguments: list[str] | None = None) -> None:
    """Run the cases that the command line asks for."""
    options = _parser().parse_args(arguments)
    contenders = [own("float32"), PLAIN_KERAS]
    if options.precision != "float32":
        contenders.insert(0, own(options.precision))
    print(machine(), flush=True)
    if importlib.util.find_spec("torch"):
        contenders += pytorch()
    else:
        print("PyTorch is left out: it is not installed")
    for case in _cases(options):
        shape = "x".join(map(str, case.image_shape))
        print(
            f"\n{case.name}: images {shape}, batch {case.batch_size}, {case.filters} filters; "
            f"{options.rounds} rounds of {case.steps} steps",
            flush=True,
        )
        print("\n".join(compare(case, contenders, options.rounds)), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train_step", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--cases", type=_case_names, default=list(CASES), help=",".join(CASES))
    parser.add_argument("--rounds", type=_positive, default=5, help="turns of each (5)")
    parser.add_argument("--steps", type=_positive, help="steps a turn (cyclegan 3, dcgan 20)")
    parser.add_argument(
        "--precision",
        choices=("float32", "bfloat16"),
        default="float32",
        help="of the keras_gans that all are compared with; float32 runs in any case",
    )
    parser.add_argument("--image-size", type=_positive, help="for a quick try, with --filters")
    parser.add_argument("--filters", type=_positive)
    return parser


def _case_names(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in CASES:
            raise argparse.ArgumentTypeError(f"no case {name!r}; there are {', '.join(CASES)}")
    return names


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def _cases(options: argparse.Namespace) -> list[Case]:
    changes = {name: getattr(options, name) for name in ("steps", "filters")}
    changes = {name: value for name, value in changes.items() if value}
    cases = [replace(CASES[name], **changes) for name in options.cases]
    if not options.image_size:
        return cases
    side = options.image_size
    return [replace(case, image_shape=(side, side, case.image_shape[-1])) for case in cases]


if __name__ == "__main__":
    main()
