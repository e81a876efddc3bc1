"""`python -m train.domain_classifier`: train a classifier of the two domains of a data set.

`python -m train.evaluate RUN --domain-classifier FILE` counts with it how many translations are
taken for the target domain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keras_gans.cli.main import import_tensorflow_quietly, parse_and_run
from keras_gans.validation import PositiveInt, SeedInt
from train.common.classifier import ClassifierOptions, fit, network

if TYPE_CHECKING:
    from keras_gans.data import Dataset

BATCH = 32  # of each domain
CONVOLUTIONS = ((32, 2), (64, 2), (128, 2), (128, 2))  # channels and strides


@dataclass(frozen=True, kw_only=True)
class DomainOptions(ClassifierOptions):
    """What to train.

    Args:
        data: a built-in data set, a TensorFlow Datasets name, or a folder with trainA/ and trainB/.
        image_size: side of the images that the classifier looks at; others are resized.
        epochs: passes over the larger domain.
        seed: random seed.
    """

    data: str
    image_size: PositiveInt = 64
    epochs: PositiveInt = 60
    seed: SeedInt = 0

    def __post_init__(self):
        super().__post_init__()
        if self.image_size < 16:
            raise ValueError(f"image_size must be 16 or more, not {self.image_size}")


def load(options: DomainOptions, **kwargs: Any) -> "Dataset":
    """Load the data set.

    Raises:
        DataError: it is not to be had, or does not have two domains.
    """
    from keras_gans import data

    size, data_dir = options.image_size, options.data_dir
    return data.load(options.data, "unpaired", image_size=size, data_dir=data_dir, **kwargs)


def train(options: DomainOptions) -> Any:
    """Return the trained network."""
    import numpy as np
    from keras import ops

    real, size = load(options, jitter=True), options.image_size
    model = network((size, size, real.image_shape[-1]), CONVOLUTIONS, 2, "domains")
    labels = np.repeat([0, 1], BATCH)
    stream = real.batches(BATCH, seed=options.seed)
    stream = stream.map(lambda a, b: (ops.concatenate([a, b]), labels))
    steps = real.steps_per_epoch(BATCH)
    fit(model, stream, steps=steps, epochs=options.epochs, learning_rate=1e-3)
    return model


def measure_errors(model: Any, test: "Dataset") -> list[float]:
    """Return the share of each domain's images that a network takes for the other domain."""
    import numpy as np

    from keras_gans.evaluation.domain_classifier import DomainClassifier
    from keras_gans.evaluation.features import FeatureExtractor

    trained = DomainClassifier(FeatureExtractor("domains", model))
    return [
        1.0 - trained.takes_for(test.images_at(domain, np.arange(len(images))), domain).mean()
        for domain, images in enumerate(test.domains)
    ]


def write(options: DomainOptions) -> None:
    """Train, save, and print the classifier's errors.

    Raises:
        DataError: the data set is not to be had, or does not have two domains.
    """
    import_tensorflow_quietly()
    import keras

    from keras_gans.training.saving import save_atomically

    keras.utils.set_random_seed(options.seed)
    model = train(options)
    save_atomically(model, options.output)
    test = load(options, split="test")
    a, b = measure_errors(model, test)
    print(
        f"{options.output}: of {test.split}, {a:.1%} of domain a and {b:.1%} of domain b "
        "are mistaken"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parse_and_run(
        DomainOptions,
        write,
        name="train.domain_classifier",
        description=__doc__,
        arguments=arguments,
    )


if __name__ == "__main__":
    main()
