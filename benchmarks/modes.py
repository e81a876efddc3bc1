"""Which variants find all modes of a mixture: `python -m benchmarks.modes`.

Trains each variant with its command's defaults, but for the learning rate, from several seeds, for
as many generator updates, and prints a Markdown table: modes found and the share of samples within
three standard deviations of one, over 2,500 samples; mean (least) over the seeds.
"""

import argparse
import importlib

from keras_gans.command_line import import_tensorflow_quietly, positive, positive_number

SAMPLES = 2500


def coverage(variant: str, dataset, steps: int, rate: float, seed: int) -> tuple[float, float]:
    """Train a variant; return the modes found and the share of samples of high quality."""
    import keras

    from keras_gans.metrics import ModeCoverage
    from train.common.plan import Plan

    entry = importlib.import_module(f"train.{variant}").ENTRY
    keras.utils.set_random_seed(seed)
    model = entry.model_class.create(dataset.image_shape, seed=seed)
    settings = {"batch_size": entry.batch_size, "learning_rate": rate, "ema": entry.ema}
    plan = Plan(model, dataset, settings | {"epochs": 1, "steps_per_epoch": steps, "seed": seed})
    plan.compile()
    plan.fit()
    metric = ModeCoverage(dataset.modes, dataset.mode_std)
    with model.averaged():
        inputs = model.sampling_inputs(SAMPLES, seed=seed)
        metric.update_state(model.generator(inputs["latents"], training=False))
    found = metric.result()
    return float(found["modes"]), float(found["high_quality"])


def main() -> None:
    """Print the table, a row as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.modes", description=__doc__)
    names = ["gan", "lsgan", "wgan", "wgan_gp", "r3gan"]
    parser.add_argument("--variants", nargs="+", default=names, metavar="NAME")
    parser.add_argument("--data", nargs="+", default=["ring", "grid"], choices=("ring", "grid"))
    parser.add_argument("--steps", type=positive, default=10_000, help="generator updates")
    parser.add_argument("--learning-rate", type=positive_number, default=1e-3, metavar="R")
    parser.add_argument("--seeds", type=positive, default=3, help="runs a variant")
    options = parser.parse_args()
    import_tensorflow_quietly()
    from keras_gans import data

    print("| data | variant | modes found | samples near a mode |\n|---|---|---|---|", flush=True)
    for name in options.data:
        dataset = data.load(name, "images")
        for variant in options.variants:
            settings = variant, dataset, options.steps, options.learning_rate
            runs = [coverage(*settings, seed) for seed in range(options.seeds)]
            modes, shares = zip(*runs, strict=True)
            print(
                f"| {name} | {variant} | {sum(modes) / len(runs):.1f} ({min(modes):.0f}) "
                f"of {len(dataset.modes)} | {sum(shares) / len(runs):.0%} ({min(shares):.0%}) |",
                flush=True,
            )


if __name__ == "__main__":
    main()
