"""Speed of exported generators: `python -m benchmarks.tflite_speed [NETWORK...]`.

Each network is converted as Keras has it, which gives the files of commit 62a0105, and with the
layers of `export.common.fast_layers`. All files of a network make an image in turns, so that a busy
machine slows all of them; weights are random, with gammas and betas as after a training. `--files`
keeps the converted files and uses those that are there, so that a second call only measures.

Prints a Markdown table per network with a row per kind of file: as Keras has it, and with fast
layers. Milliseconds are medians. Delegated operators are those that XNNPACK computes; errors are
mean absolute ones, compared with Keras in float32; "in float16" is that of the file for GPUs if
everything is rounded to float16.
"""

import contextlib
import io
import itertools
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import numpy as np
from tyro.conf import Positional, arg

from export import onnx, tflite
from export.common.export_format import ExportFormat, RunFn
from export.common.generator import Generator, Inputs, clone_with_dtype, take
from export.common.measurements import float16_error
from keras_gans.cli.main import hidden_stderr, import_tensorflow_quietly, parse_and_run
from keras_gans.tables import markdown_table
from keras_gans.validation import Config, PositiveInt

Name = Literal["resnet64", "resnet32", "mobile64", "mobile16", "subpixel16", "unet", "dcgan"]
NAMES: tuple[Name, ...] = get_args(Name)
THREADS = (1, 2)
EXAMPLES = 4
HEADERS = (
    "network",
    "file",
    "ms, 1 thread",
    "ratio",
    "ms, 2 threads",
    "ratio",
    "MiB",
    "delegated operators",
    "mean abs error",
    "in float16",
)
Kind = Literal["float32", "float16", "dynamic", "int8", "ONNX"]
KINDS: dict[Kind, tflite.Quantization | None] = {
    "float32": "none",
    "float16": "float16",
    "dynamic": "dynamic",
    "int8": "int8",
    "ONNX": None,
}
FORMS = ("keras", "fast")


@dataclass(frozen=True)
class Options(Config):
    """Options of the benchmark.

    Args:
        networks: to measure; all by default
        seconds: that the files of a network take turns for, per number of threads
        files: folder of converted files; None for a temporary one
        kinds: of files
    """

    networks: Positional[tuple[Name, ...]] = NAMES
    seconds: Annotated[PositiveInt, arg(metavar="N")] = 20
    files: Annotated[Path | None, arg(metavar="DIR")] = None
    kinds: tuple[Kind, ...] = get_args(Kind)


def network(name: Name) -> Any:
    """Return a generator with its paper's number of layers."""
    from keras_gans.networks import dcgan, resnet_translator, subpixel_translator, unet

    build: dict[Name, Callable[[], Any]] = {
        "resnet64": lambda: resnet_translator.translator((256, 256, 3), filters=64, blocks=9),
        "resnet32": lambda: resnet_translator.translator((128, 128, 3), filters=32, blocks=6),
        "mobile64": lambda: resnet_translator.mobile((256, 256, 3), filters=64, blocks=9),
        "mobile16": lambda: resnet_translator.mobile((256, 256, 3), filters=16, blocks=9),
        "subpixel16": lambda: subpixel_translator.translator((256, 256, 3), filters=16),
        "unet": lambda: unet.translator((256, 256, 3)),
        "dcgan": lambda: dcgan.generator((28, 28, 1)),
    }
    return build[name]()


def generator(name: Name) -> Generator:
    """Return a generator with random weights, and examples of its inputs."""
    import keras

    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    model = network(name)
    model.set_weights(
        [
            np.abs(rng.normal(weights, 0.2)).astype("float32") if weights.ndim == 1 else weights
            for weights in model.get_weights()
        ]
    )
    (tensor,) = model.inputs
    shape = (EXAMPLES, *tensor.shape[1:])
    if len(shape) == 2:
        values = rng.normal(size=shape)
    else:  # colored areas of 8x8 pixels, with noise
        coarse = rng.uniform(-1, 1, (EXAMPLES, shape[1] // 8, shape[2] // 8, 3))
        values = coarse.repeat(8, axis=1).repeat(8, axis=2) + rng.normal(0, 0.1, shape)
    inputs = {tensor.name: np.clip(values, -1, 1).astype("float32")}
    return Generator(name, clone_with_dtype(model, "float32"), inputs, inputs)


def format_of(kind: Kind) -> ExportFormat:
    """Return the format of a kind of file."""
    quantize = KINDS[kind]
    return onnx.FORMAT if quantize is None else tflite.export_format(quantize, batch_size=1)


def convert(made: Generator, kind: Kind, form: str, file: Path) -> None:
    """Convert a generator to a file, as Keras has it or with fast layers."""
    from export.common.fast_layers import for_onnx

    quantize = KINDS[kind]
    with hidden_stderr(), contextlib.redirect_stdout(io.StringIO()):
        if quantize is None:
            onnx.convert(for_onnx(made.network) if form == "fast" else made.network, made, file)
        else:
            fast = form == "fast"
            converted = tflite.network_for(made, quantize) if fast else made.network
            file.write_bytes(tflite.convert(converted, made, 1, quantize, made.examples))


def milliseconds(runners: Sequence[RunFn], inputs: Inputs, seconds: int) -> list[float]:
    """Return the median milliseconds of each, run in turns."""
    for run in runners:
        run(inputs)
    times: list[list[float]] = [[] for _ in runners]
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(times[0]) < 3:
        for run, measured in zip(runners, times, strict=True):
            start = time.perf_counter()
            run(inputs)
            measured.append(time.perf_counter() - start)
    return [float(np.median(each)) * 1e3 for each in times]


def rows(made: Generator, folder: Path, options: Options) -> Iterator[list[str]]:
    """Measure the files of a generator; yield a row per kind."""
    pairs = itertools.product(options.kinds, FORMS)
    files = {(kind, form): folder / f"{made.name}-{kind}-{form}" for kind, form in pairs}
    for (kind, form), file in files.items():
        if not file.exists():
            convert(made, kind, form, file)
    one = take(made.examples, slice(1))
    times = []
    for threads in THREADS:
        runners = [format_of(kind).load_runner(file, threads) for (kind, _), file in files.items()]
        times.append(dict(zip(files, milliseconds(runners, one, options.seconds), strict=True)))
    for kind in options.kinds:
        before, after = ((kind, form) for form in FORMS)
        paths, export_format = (files[before], files[after]), format_of(kind)
        cells = [made.name, kind]
        for measured in times:
            cells.append(" -> ".join(map(_digits, (measured[before], measured[after]))))
            cells.append(f"{measured[after] / measured[before]:.2f}")
        cells.append(" -> ".join(f"{path.stat().st_size / 2**20:.2f}" for path in paths))
        delegated = export_format.delegation
        cells.append(" -> ".join(str(delegated(path)) for path in paths) if delegated else "")
        runners = [export_format.load_runner(path, THREADS[-1]) for path in paths]
        images = [export_format.run(run, made.examples) for run in runners]
        cells.append(" -> ".join(f"{np.mean(np.abs(x - made.expected)):.1e}" for x in images))
        float16 = float16_error(made) if export_format.for_gpus else None
        yield [*cells, f"{float16.mean_abs_error:.1e}" if float16 else ""]


def _digits(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _run(options: Options) -> None:
    import_tensorflow_quietly()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.files or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name in options.networks:
            print(markdown_table(HEADERS, list(rows(generator(name), folder, options))))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark as the command line says, and exit."""
    parse_and_run(
        Options, _run, name="benchmarks.tflite_speed", description=__doc__, arguments=arguments
    )


if __name__ == "__main__":
    main()
