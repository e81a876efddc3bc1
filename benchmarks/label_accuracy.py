"""How often a generator makes what it is asked for: `python -m benchmarks.label_accuracy RUN...`.

Trains a small classifier on the real pictures of the first run's data set, says how good that is on
the test split, and lets it name pictures that each run's generator made by label.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from keras_gans.command_line import import_tensorflow_quietly, positive

BATCH = 100


def classifier(image_shape: tuple[int, ...], classes: int):
    """Return an untrained classifier: images in [-1, 1] to class logits."""
    import keras
    from keras import layers

    model = keras.Sequential([keras.Input(image_shape)])
    for filters in (32, 64):
        model.add(layers.Conv2D(filters, 3, activation="relu"))
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(classes))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), loss=loss, metrics=["accuracy"])
    return model


def trained_classifier(request: dict, epochs: int):
    """Train on the data set that a run's config names; print the accuracy on its test split."""
    import keras

    from keras_gans import data

    keras.utils.set_random_seed(0)
    real = data.load(**request)
    model = classifier(real.image_shape, len(real.class_names))
    batches = real.batches(BATCH, seed=0)
    steps = epochs * real.steps_per_epoch(BATCH)
    model.fit(batches, steps_per_epoch=steps, shuffle=False, verbose=0)
    test = data.load(**request, split="test")
    _, accuracy = model.evaluate(*test.examples(len(test)), batch_size=BATCH, verbose=0)
    print(f"classifier: {accuracy:.2%} of {len(test):,} real test pictures", flush=True)
    return model


def accuracy_of(run: Path, model, samples: int) -> np.ndarray:
    """Return the share of samples of each label that the classifier names so."""
    import keras

    import keras_gans.models  # noqa: F401  the classes that the checkpoint names
    from keras_gans.callbacks import newest_checkpoint

    game = keras.saving.load_model(newest_checkpoint(run / "checkpoints"))
    inputs = game.sampling_inputs(samples, seed=0)
    right = np.zeros(samples, bool)
    with game.averaged():
        for start in range(0, samples, BATCH):
            batch = [keras.ops.convert_to_tensor(x[start : start + BATCH]) for x in inputs.values()]
            named = model(game.generator(batch, training=False), training=False)
            labels = inputs["labels"][start : start + BATCH]
            right[start : start + BATCH] = np.argmax(named, axis=-1) == labels
    return np.array([right[inputs["labels"] == label].mean() for label in range(game.classes)])


def main() -> None:
    """Print a line a run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.label_accuracy")
    parser.description = __doc__
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--samples", type=positive, default=10_000, help="a run (default 10,000)")
    parser.add_argument("--epochs", type=positive, default=3, help="of the classifier (default 3)")
    options = parser.parse_args()
    import_tensorflow_quietly()
    config = json.loads((options.runs[0] / "config.json").read_text())["data"]
    names = ("name", "form", "image_size", "data_dir")
    model = trained_classifier({name: config[name] for name in names}, options.epochs)
    for run in options.runs:
        shares = accuracy_of(run, model, options.samples)
        each = " ".join(f"{share:.1%}" for share in shares)
        print(f"{run}: {shares.mean():.2%} of {options.samples:,} are as asked; by label {each}")


if __name__ == "__main__":
    main()
