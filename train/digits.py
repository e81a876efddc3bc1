"""`python -m train.digits`: train the classifier whose features handwritten digits are compared by.

It is trained on MNIST. What this writes is keras_gans/metrics/digits.keras, a part of the library.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from keras_gans.command_line import import_tensorflow_quietly, positive

SEED = 0
BATCH = 128
SHIFT = 2  # pixels, either way


def network():
    """Return a model of images (n, 28, 28, 1) in [-1, 1] to [features (n, 128), logits (n, 10)]."""
    import keras
    from keras import layers

    x = images = keras.Input((28, 28, 1), name="images")
    for width, stride in ((32, 1), (32, 2), (64, 1), (64, 2), (128, 2)):
        x = layers.Conv2D(width, 3, stride, "same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    features = layers.GlobalAveragePooling2D(name="features")(x)
    logits = layers.Dense(10, name="logits")(layers.Dropout(0.4)(features))
    return keras.Model(images, [features, logits], name="digits")


def shifted(stream):
    """Move each picture of a stream of batches by up to two pixels."""
    import keras

    moved = keras.layers.RandomTranslation(
        SHIFT / 28, SHIFT / 28, "constant", "nearest", seed=SEED, fill_value=-1.0
    )
    return stream.map(lambda images, labels: (moved(images, training=True), labels))


def train(data_dir: str | None, epochs: int):
    """Return the trained network, and its accuracy on the test set."""
    import keras

    from keras_gans import data

    digits = data.load("mnist", "labelled", data_dir=data_dir)
    steps = digits.steps_per_epoch(BATCH)
    model = network()
    schedule = keras.optimizers.schedules.CosineDecay(2e-3, steps * epochs)
    classifier = keras.Model(model.inputs, model.outputs[1])
    classifier.compile(
        keras.optimizers.Adam(schedule),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    stream = shifted(digits.batches(BATCH, seed=SEED))
    classifier.fit(stream, steps_per_epoch=steps, epochs=epochs, verbose=2)
    test = data.load("mnist", "labelled", split="test", data_dir=data_dir)
    return model, classifier.evaluate(*test.examples(len(test)), verbose=0)[1]


def keras_file(text: str) -> Path:
    """Return where a model can be saved, for argparse."""
    if not text.endswith(".keras"):
        raise argparse.ArgumentTypeError(f"a name that ends in .keras, not {text!r}")
    return Path(text)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, save, and say how often the classifier is right."""
    parser = argparse.ArgumentParser(prog="python -m train.digits", description=__doc__)
    parser.add_argument("--data-dir", metavar="DIR", help="where TensorFlow Datasets are prepared")
    parser.add_argument("--output", required=True, type=keras_file, metavar="FILE.keras")
    parser.add_argument("--epochs", type=positive, default=8, metavar="N")
    options = parser.parse_args(arguments)
    import_tensorflow_quietly()
    import keras

    from keras_gans.callbacks.checkpoint import save_atomically
    from keras_gans.data import DataError

    keras.utils.set_random_seed(SEED)
    try:
        model, accuracy = train(options.data_dir, options.epochs)
    except DataError as error:
        sys.exit(f"error: {error}")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    save_atomically(model, options.output)
    print(f"{options.output}: {accuracy:.2%} of the test set's digits right")


if __name__ == "__main__":
    main()
