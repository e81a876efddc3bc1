"""`python -m train.inception_features`: make the features that papers compute FID and KID of.

It converts the Inception network of 2015-12-05 from the file of its weights that torch-fidelity and
pytorch-fid download, and needs no PyTorch for this. `--features FILE` of evaluations takes the
result: 2048 features of images of any size, which are resized to 299x299 as TensorFlow 1 did.
"""

import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_gans.cli.main import import_tensorflow_quietly, parse_and_run
from keras_gans.errors import UserError
from train.common.classifier import NetworkFileOptions
from train.common.torch_file import read_weights

SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
# Of the classifier, which features do not need. It tells this network from torchvision's
# Inception-v3, whose weights have the same names and other values.
CLASSIFIER = {"fc.weight": (1008, 2048), "fc.bias": (1008,)}
COUNT = ".num_batches_tracked"  # of no use, and not in every file


@dataclass(frozen=True, kw_only=True)
class InceptionFeaturesOptions(NetworkFileOptions):
    """What to convert.

    Args:
        weights: the file of weights: pt_inception-2015-12-05-6726825d.pth, or
            weights-inception-2015-12-05-6726825d.pth, which is the same.
    """

    weights: Path


def set_weights(network: Any, weights: dict[str, np.ndarray]) -> None:
    """Give `inception_2015()` the weights that PyTorch saved of it.

    Raises:
        UserError: they are those of another network.
    """
    variables = dict(_variables(network))
    expected = {name: _torch_shape(variable) for name, variable in variables.items()} | CLASSIFIER
    found = {name: array.shape for name, array in weights.items() if not name.endswith(COUNT)}
    if found != expected:
        other = sorted(dict(found.items() ^ expected.items()))
        raise UserError(
            "the weights are not those of the Inception network of 2015-12-05: "
            f"{len(other)} differ in name or shape, such as {other[0]}"
        )
    for name, variable in variables.items():
        array = weights[name]
        variable.assign(array.transpose(2, 3, 1, 0) if array.ndim == 4 else array)


def _variables(network: Any) -> Iterator[tuple[str, Any]]:
    """Yield the variables by the names that PyTorch saves them under."""
    for layer in network.layers:
        if layer.name.endswith(".conv"):
            yield f"{layer.name}.weight", layer.kernel
        elif layer.name.endswith(".bn"):
            yield f"{layer.name}.weight", layer.gamma
            yield f"{layer.name}.bias", layer.beta
            yield f"{layer.name}.running_mean", layer.moving_mean
            yield f"{layer.name}.running_var", layer.moving_variance


def _torch_shape(variable: Any) -> tuple[int, ...]:
    """Return the shape that PyTorch has: of a kernel (out, in, h, w)."""
    shape = tuple(variable.shape)
    return (*shape[:1:-1], *shape[:2]) if len(shape) == 4 else shape


def write(options: InceptionFeaturesOptions) -> None:
    """Convert the weights, and save the network.

    Raises:
        UserError: the file cannot be read, or holds weights of another network.
    """
    weights = read_weights(options.weights)
    import_tensorflow_quietly()

    from keras_gans.evaluation.inception_2015 import inception_2015
    from keras_gans.training.saving import save_atomically

    network = inception_2015()
    set_weights(network, weights)
    save_atomically(network, options.output)
    print(f"{options.output}: Inception of 2015-12-05, for --features {options.output}")
    if hashlib.sha256(options.weights.read_bytes()).hexdigest() != SHA256:
        print(
            f"{options.weights} is not the published file, whose SHA-256 is {SHA256[:8]}...: "
            "do not set figures beside those of papers unless you know that its weights are equal",
            file=sys.stderr,
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parse_and_run(
        InceptionFeaturesOptions,
        write,
        name="train.inception_features",
        description=__doc__,
        arguments=arguments,
    )


if __name__ == "__main__":
    main()
