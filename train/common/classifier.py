"""Files of networks that evaluations use, and small classifiers among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_gans.validation import Config


@dataclass(frozen=True, kw_only=True)
class NetworkFileOptions(Config):
    """Where a network is written.

    Args:
        output: a file whose name ends in .keras.
    """

    output: Path

    def __post_init__(self):
        super().__post_init__()
        if self.output.suffix != ".keras":
            raise ValueError(f"output must end in .keras, not {str(self.output)!r}")


@dataclass(frozen=True, kw_only=True)
class ClassifierOptions(NetworkFileOptions):
    """Where a classifier is written, and where data are.

    Args:
        data_dir: where TensorFlow Datasets are prepared.
    """

    data_dir: str | None = None


def network(
    image_shape: tuple[int, ...], convolutions: Sequence[tuple[int, int]], classes: int, name: str
) -> Any:
    """Return a model of images (n, *image_shape) in [-1, 1] to [features, logits (n, classes)].

    Args:
        image_shape: (height, width, channels).
        convolutions: channels and stride of each; the last one has a channel per feature.
        classes: number of classes.
        name: of the network.
    """
    import keras
    from keras import layers

    x = images = keras.Input(image_shape, name="images")
    for width, stride in convolutions:
        x = layers.Conv2D(width, 3, stride, "same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    features = layers.GlobalAveragePooling2D(name="features")(x)
    logits = layers.Dense(classes, name="logits")(layers.Dropout(0.4)(features))
    return keras.Model(images, [features, logits], name=name)


def fit(model: Any, stream: Any, *, steps: int, epochs: int, learning_rate: float) -> Any:
    """Train a `network`, and return it as a compiled model of logits alone.

    Args:
        model: from `network`.
        stream: an endless stream of images and labels.
        steps: of each epoch.
        epochs: how many.
        learning_rate: of the first step; it falls to 0 as a cosine does.
    """
    import keras

    classifier = keras.Model(model.inputs, model.outputs[1])
    classifier.compile(
        keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(learning_rate, steps * epochs)
        ),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    classifier.fit(stream, steps_per_epoch=steps, epochs=epochs, shuffle=False, verbose=2)
    return classifier
