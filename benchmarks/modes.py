"""Mode coverage of mixtures of Gaussians: `python -m benchmarks.modes`.

Trains each model with its command's defaults, but for the learning rate, from several seeds and for
the same number of generator updates. Prints a Markdown table of the modes found and the fraction of
samples within three standard deviations of one, of 2,500 samples: the mean over the seeds, and the
worst.
"""

import dataclasses
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from keras_gans.cli.main import import_tensorflow_quietly, parse_and_run
from keras_gans.validation import Config, PositiveFloat, PositiveInt

SAMPLES = 2500
Variant = Literal["gan", "dcgan", "lsgan", "wgan", "wgan_gp", "r3gan"]  # those that make points


@dataclass(frozen=True)
class Options(Config):
    """Options of the benchmark.

    Args:
        variants: the models to train, by the names of their commands.
        data: the mixtures.
        steps: generator updates.
        learning_rate: learning rate of both optimizers.
        seeds: runs per model, with the seeds 0, 1, ...
    """

    variants: tuple[Variant, ...] = ("gan", "lsgan", "wgan", "wgan_gp", "r3gan")
    data: tuple[Literal["ring", "grid"], ...] = ("ring", "grid")
    steps: PositiveInt = 10_000
    learning_rate: PositiveFloat = 1e-3
    seeds: PositiveInt = 3


def coverage(name: str, dataset, options: Options, seed: int) -> tuple[float, float]:
    """Train a model; return the modes found and the fraction of samples near one."""
    import keras

    from keras_gans.evaluation.metrics import ModeCoverage
    from train.common.trainer import Trainer

    recipe = importlib.import_module(f"train.{name}").RECIPE
    keras.utils.set_random_seed(seed)
    model = recipe.model_class.create(dataset.image_shape, seed=seed)
    training = dataclasses.replace(
        recipe.training,
        learning_rate=options.learning_rate,
        epochs=1,
        steps_per_epoch=options.steps,
        seed=seed,
    )
    trainer = Trainer(model, dataset, training)
    trainer.compile()
    trainer.fit()
    metric = ModeCoverage(dataset.modes, dataset.mode_std)
    with model.averaged():
        inputs = model.sampling_inputs(SAMPLES, seed=seed)
        metric.update_state(model.generator(inputs["latents"], training=False))
    found = metric.result()
    return float(found["modes"]), float(found["high_quality"])


def run(options: Options) -> None:
    """Print the table, each row when it is known."""
    import_tensorflow_quietly()
    from keras_gans import data

    print("| data | model | modes found | samples near a mode |\n|---|---|---|---|", flush=True)
    for data_name in options.data:
        dataset = data.load(data_name, "images")
        for name in options.variants:
            runs = [coverage(name, dataset, options, seed) for seed in range(options.seeds)]
            modes, fractions = zip(*runs, strict=True)
            print(
                f"| {data_name} | {name} | {sum(modes) / len(runs):.1f} ({min(modes):.0f}) "
                f"of {len(dataset.modes)} | {sum(fractions) / len(runs):.0%} "
                f"({min(fractions):.0%}) |",
                flush=True,
            )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark as the command line says, and exit."""
    parse_and_run(Options, run, name="benchmarks.modes", description=__doc__, arguments=arguments)


if __name__ == "__main__":
    main()
