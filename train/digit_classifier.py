"""`python -m train.digit_classifier`: train the classifier of the features "digits".

It is trained on MNIST. The library has its result in keras_gans/evaluation/digits.keras.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_gans.cli.flags import parse
from keras_gans.cli.main import import_tensorflow_quietly, run_command
from keras_gans.validation import Config, PositiveInt

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
    """Shift each image of a stream of batches by up to two pixels."""
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


@dataclass(frozen=True)
class ClassifierOptions(Config):
    """What to train.

    Args:
        output: a file whose name ends in .keras.
        data_dir: where TensorFlow Datasets are prepared.
        epochs: passes over the data.
    """

    output: Path
    data_dir: str | None = None
    epochs: PositiveInt = 8

    def __post_init__(self):
        super().__post_init__()
        if self.output.suffix != ".keras":
            raise ValueError(f"output must end in .keras, not {str(self.output)!r}")


def write(options: ClassifierOptions) -> None:
    """Train, save, and print the classifier's accuracy.

    Raises:
        DataError: MNIST is not to be had.
    """
    import_tensorflow_quietly()
    import keras

    from keras_gans.training.saving import save_atomically

    keras.utils.set_random_seed(SEED)
    model, accuracy = train(options.data_dir, options.epochs)
    save_atomically(model, options.output)
    print(f"{options.output}: {accuracy:.2%} of the test set's digits are classified correctly")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    options = parse(
        ClassifierOptions,
        prog="python -m train.digit_classifier",
        description=__doc__,
        arguments=arguments,
    )
    run_command(lambda: write(options))


if __name__ == "__main__":
    main()
