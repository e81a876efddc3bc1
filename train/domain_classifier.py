"""`python -m train.domain_classifier`: train a classifier of the two domains of a data set.

`python -m train.evaluate RUN --domain-classifier FILE` counts with it how many translations are
taken for the target domain.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_gans.cli.flags import parse
from keras_gans.cli.main import import_tensorflow_quietly, run_command
from keras_gans.validation import Config, PositiveInt, SeedInt

BATCH = 32  # of each domain
WIDTHS = (32, 64, 128, 128)


@dataclass(frozen=True)
class ClassifierOptions(Config):
    """What to train.

    Args:
        data: a built-in data set, a TensorFlow Datasets name, or a folder with trainA/ and trainB/.
        output: a file whose name ends in .keras.
        data_dir: where TensorFlow Datasets are prepared.
        image_size: side of the images that the classifier looks at; others are resized.
        epochs: passes over the larger domain.
        seed: random seed.
    """

    data: str
    output: Path
    data_dir: str | None = None
    image_size: PositiveInt = 64
    epochs: PositiveInt = 60
    seed: SeedInt = 0

    def __post_init__(self):
        super().__post_init__()
        if self.output.suffix != ".keras":
            raise ValueError(f"output must end in .keras, not {str(self.output)!r}")
        if self.image_size < 16:
            raise ValueError(f"image_size must be 16 or more, not {self.image_size}")


def network(side: int, channels: int):
    """Return a model of images (n, side, side, channels) to [features (n, 128), logits (n, 2)]."""
    import keras
    from keras import layers

    x = images = keras.Input((side, side, channels), name="images")
    for width in WIDTHS:
        x = layers.Conv2D(width, 3, 2, "same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    features = layers.GlobalAveragePooling2D(name="features")(x)
    logits = layers.Dense(2, name="logits")(layers.Dropout(0.4)(features))
    return keras.Model(images, [features, logits], name="domains")


def train(options: ClassifierOptions) -> tuple[Any, list[float], str]:
    """Return the trained network, its error in each domain, and the split it is of."""
    import keras
    import numpy as np
    from keras import ops

    from keras_gans import data
    from keras_gans.evaluation.domain_classifier import DomainClassifier
    from keras_gans.evaluation.features import FeatureExtractor

    size, data_dir = options.image_size, options.data_dir
    load = functools.partial(
        data.load, options.data, "unpaired", image_size=size, data_dir=data_dir
    )
    real = load(jitter=True)
    model = network(options.image_size, real.image_shape[-1])
    steps = real.steps_per_epoch(BATCH)
    classifier = keras.Model(model.inputs, model.outputs[1])
    schedule = keras.optimizers.schedules.CosineDecay(1e-3, steps * options.epochs)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile(keras.optimizers.Adam(schedule), loss, metrics=["accuracy"])
    labels = np.repeat([0, 1], BATCH)
    stream = real.batches(BATCH, seed=options.seed)
    stream = stream.map(lambda a, b: (ops.concatenate([a, b]), labels))
    classifier.fit(stream, steps_per_epoch=steps, epochs=options.epochs, shuffle=False, verbose=2)
    test = load(split="test")
    trained = DomainClassifier(FeatureExtractor("domains", model))
    errors = [
        1.0 - trained.takes_for(test.images_at(domain, np.arange(len(images))), domain).mean()
        for domain, images in enumerate(test.domains)
    ]
    return model, errors, test.split


def write(options: ClassifierOptions) -> None:
    """Train, save, and print the classifier's errors.

    Raises:
        DataError: the data set is not to be had, or does not have two domains.
    """
    import_tensorflow_quietly()
    import keras

    from keras_gans.training.saving import save_atomically

    keras.utils.set_random_seed(options.seed)
    model, (a, b), split = train(options)
    save_atomically(model, options.output)
    print(f"{options.output}: of {split}, {a:.1%} of domain a and {b:.1%} of domain b are mistaken")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    options = parse(
        ClassifierOptions,
        prog="python -m train.domain_classifier",
        description=__doc__,
        arguments=arguments,
    )
    run_command(lambda: write(options))


if __name__ == "__main__":
    main()
