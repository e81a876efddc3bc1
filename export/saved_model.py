"""SavedModels in TensorFlow Serving's layout: `python -m export.saved_model RUN`.

Writes RUN/export/saved_model/<generator>/<version>/, with the next free version. The signature
`serving_default` takes latents (n, d), or images (n, h, w, c) of any size that the network allows,
and returns images; images are float32 in [-1, 1].
"""

from pathlib import Path

import numpy as np

from export.common import (
    Generator,
    Place,
    add_direction,
    add_output,
    main,
    open_generators,
    prove,
)
from keras_gans.command_line import hidden_stderr

TOLERANCE = 1e-4  # in units of [-1, 1]: the same graph, optimized differently


def export(options) -> None:
    """Export the generators of `options.run`."""
    output = options.output or Path(options.run, "export", "saved_model")
    for generator in open_generators(options.run, options.direction):
        destination = output / generator.name / str(_next_version(output / generator.name))
        with Place(destination) as part:
            with hidden_stderr():
                write(generator, part)
                outputs = run(part, generator.examples)
            prove("SavedModel", generator, outputs, TOLERANCE)
        print(f"  {destination}")


def write(generator: Generator, folder: Path) -> None:
    """Write a SavedModel."""
    import keras

    network = generator.network
    archive = keras.export.ExportArchive()
    archive.track(network)
    signature = keras.InputSpec(
        shape=network.input_shape, dtype="float32", name=network.inputs[0].name
    )
    archive.add_endpoint(
        "serving_default",
        lambda inputs: {"images": network(inputs, training=False)},
        input_signature=[signature],
    )
    archive.write_out(folder, verbose=False)


def run(folder: Path, examples: np.ndarray) -> np.ndarray:
    """Load a SavedModel and return the images it makes."""
    import tensorflow as tf

    signature = tf.saved_model.load(folder).signatures["serving_default"]
    (name,) = signature.structured_input_signature[1]
    return signature(**{name: tf.constant(examples)})["images"].numpy()


def _next_version(folder: Path) -> int:
    versions = [int(path.name) for path in folder.glob("*") if path.name.isdigit()]
    return max(versions, default=0) + 1


def _add_flags(parser) -> None:
    add_output(parser, "saved_model")
    add_direction(parser, ("both", "a_to_b", "b_to_a"))


if __name__ == "__main__":
    main(__doc__, export, _add_flags)
