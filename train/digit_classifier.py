"""`python -m train.digit_classifier`: train the classifier of the features "digits".

It is trained on MNIST. The library has its result in keras_gans/evaluation/digits.keras.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from keras_gans.cli.main import import_tensorflow_quietly, parse_and_run
from keras_gans.validation import PositiveInt
from train.common.classifier import ClassifierOptions, fit, network

SEED = 0
BATCH = 128
SHIFT = 2  # pixels, either way
CONVOLUTIONS = ((32, 1), (32, 2), (64, 1), (64, 2), (128, 2))  # channels and strides


def shifted(stream):
    """Shift each image of a stream of batches by up to two pixels."""
    import keras

    moved = keras.layers.RandomTranslation(
        SHIFT / 28, SHIFT / 28, "constant", "nearest", seed=SEED, fill_value=-1.0
    )
    return stream.map(lambda images, labels: (moved(images, training=True), labels))


def train(data_dir: str | None, epochs: int):
    """Return the trained network, and its accuracy on the test set."""
    from keras_gans import data

    digits = data.load("mnist", "labelled", data_dir=data_dir)
    model = network((28, 28, 1), CONVOLUTIONS, 10, "digits")
    stream = shifted(digits.batches(BATCH, seed=SEED))
    steps = digits.steps_per_epoch(BATCH)
    classifier = fit(model, stream, steps=steps, epochs=epochs, learning_rate=2e-3)
    test = data.load("mnist", "labelled", split="test", data_dir=data_dir)
    return model, classifier.evaluate(*test.examples(len(test)), verbose=0)[1]


@dataclass(frozen=True, kw_only=True)
class DigitOptions(ClassifierOptions):
    """What to train.

    Args:
        epochs: passes over the data.
    """

    epochs: PositiveInt = 8


def write(options: DigitOptions) -> None:
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
    parse_and_run(
        DigitOptions, write, name="train.digit_classifier", description=__doc__, arguments=arguments
    )


if __name__ == "__main__":
    main()
