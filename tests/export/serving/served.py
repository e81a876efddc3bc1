"""A SavedModel in TensorFlow Serving's layout, which both servers of these tests serve.

It needs numpy and TensorFlow alone, so that it runs where this library is not installed.
"""

import argparse
from pathlib import Path

import numpy as np
import tensorflow as tf


class BadRequest(ValueError):
    """The request cannot be answered. The message says why, in a line."""


class Served:
    """The highest version of an exported generator.

    Args:
        folder: holds a folder a version, each named by its number.
    """

    def __init__(self, folder: Path):
        self.path = max(
            (path for path in folder.iterdir() if path.name.isdigit()),
            key=lambda path: int(path.name),
        )
        self._model = tf.saved_model.load(str(self.path))

    def inputs(self, signature: str) -> dict[str, tf.TensorSpec]:
        """Return what a signature takes, by name.

        Raises:
            BadRequest: there is no such signature.
        """
        if signature not in self._model.signatures:
            known = ", ".join(self._model.signatures)
            raise BadRequest(f"there is no signature {signature!r}: ask for one of {known}")
        return self._model.signatures[signature].structured_input_signature[1]

    def answer(self, signature: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return a signature's outputs by name.

        Raises:
            BadRequest: the signature takes other inputs, or its graph refuses these.
        """
        specs = self.inputs(signature)
        if inputs.keys() != specs.keys():
            raise BadRequest(f"{signature!r} takes {sorted(specs)}, not {sorted(inputs)}")
        for name, spec in specs.items():
            _check(name, spec, inputs[name])
        values = {name: tf.constant(inputs[name], spec.dtype) for name, spec in specs.items()}
        try:
            outputs = self._model.signatures[signature](**values)
        except tf.errors.InvalidArgumentError as error:
            raise BadRequest(_reason(error.message)) from error
        return {name: output.numpy() for name, output in outputs.items()}


def _check(name: str, spec: tf.TensorSpec, values: np.ndarray) -> None:
    # A signature that is called with another rank or type fails far from the cause, or not at all.
    if values.dtype != spec.dtype.as_numpy_dtype:
        raise BadRequest(f"{name!r} is {spec.dtype.name}, not {values.dtype}")
    if not spec.shape.is_compatible_with(values.shape):
        raise BadRequest(f"{name!r} has the shape {spec.shape}, not {values.shape}")


def _reason(message: str) -> str:
    """Return the line that says why; TensorFlow puts the place in the graph around it."""
    return message.split("\n\t [[")[0].strip().splitlines()[-1]


def command_line(description: str | None, port: int) -> tuple[dict[str, Served], int]:
    """Return the models that the command line asks for, loaded, by name; and the port."""
    parser = argparse.ArgumentParser(description=description, allow_abbrev=False)
    parser.add_argument(
        "--model",
        action="append",
        required=True,
        metavar="NAME=DIR",
        help="DIR has a folder a version; may be given several times",
    )
    parser.add_argument("--port", type=int, default=port, help=f"default {port}")
    options = parser.parse_args()
    named = (model.partition("=") for model in options.model)
    return {name: Served(Path(folder)) for name, _, folder in named}, options.port
