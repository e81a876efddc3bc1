"""The speed of two workers of one core each, beside one of one core.

`python -m benchmarks.worker_speed` trains in turns by one and by two processes, each with the same
batch of its own, and prints how many times as many images two of them train on. What a step of two
takes longer is what they exchange. Nothing else should run meanwhile.
"""

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.workers import Workers
from keras_gans.cli.main import import_tensorflow_quietly, parse_and_run
from keras_gans.tables import markdown_table
from keras_gans.validation import Config, PositiveInt

DCGAN = "train.dcgan --data shapes --image-size 28 --epochs 1 --steps-per-epoch 250"
CYCLEGAN = (
    "train.cyclegan --data stripes --image-size 64 --filters 16 --discriminator-filters 16 "
    "--epochs 1 --steps-per-epoch 250"
)
# Command, and the batch of each worker.
TRAININGS = {"dcgan": (DCGAN, 128), "dcgan-large": (DCGAN, 512), "cyclegan": (CYCLEGAN, 1)}


@dataclass(frozen=True)
class Options(Config):
    """Options of the benchmark.

    Args:
        rounds: how often each training is run, in turns.
        trainings: which of `TRAININGS`.
    """

    rounds: PositiveInt = 3
    trainings: tuple[Literal["dcgan", "dcgan-large", "cyclegan"], ...] = tuple(TRAININGS)


def step_seconds(name: str, workers: int, folder: Path) -> float:
    """Train with so many workers, and return the seconds of a step, without the first steps.

    Raises:
        OSError: a worker fails.
    """
    flags, batch = TRAININGS[name]
    command = [*flags.split(), "--precision", "float32", "--batch-size"]
    command += [str(batch * workers), "--run-dir", str(folder / "run")]
    started = Workers([command] * workers, folder, pinned=True)
    if any(started.wait()):
        raise OSError(started.errors(0))
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder / "run" / "logs")).Reload()
    first, *rest = (event.tensor_proto for event in events.Tensors("steps_per_second"))
    import tensorflow as tf

    return 1.0 / statistics.median(float(tf.make_ndarray(each)) for each in rest)


def run(options: Options) -> int:
    """Measure in turns, and print a table."""
    import_tensorflow_quietly()
    rows = []
    for name in options.trainings:
        seconds: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(options.rounds):
            for workers, found in seconds.items():
                with tempfile.TemporaryDirectory() as folder:
                    found.append(step_seconds(name, workers, Path(folder)))
                print(f"{name}, {workers}: {1000 * found[-1]:.1f} ms", flush=True)
        ratios = [2 * one / two for one, two in zip(seconds[1], seconds[2], strict=True)]
        one, two = (f"{1000 * statistics.median(found):.1f}" for found in seconds.values())
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        rows.append(
            [name, TRAININGS[name][1], one, two, f"{statistics.median(ratios):.2f}", spread]
        )
    headers = ("", "batch of each", "one worker, ms a step", "two, ms", "images, ratio", "in turns")
    print(f"\n{markdown_table(headers, rows)}")
    return 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark as the command line says, and exit."""
    parse_and_run(
        Options, run, name="benchmarks.worker_speed", description=__doc__, arguments=arguments
    )


if __name__ == "__main__":
    main()
