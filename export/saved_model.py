"""SavedModels in TensorFlow Serving's layout: `python -m export.saved_model RUN`.

Writes RUN/export/saved_model/<generator>/<version>/, with the next free version. The signature
`serving_default` takes latents (n, d), and labels (n,) and codes (n, k) where the generator is told
them, or images (n, h, w, c) of any size that the network allows, and returns images. Labels are
int32, all else is float32; images are in [-1, 1].
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from export.common import (
    Generator,
    Inputs,
    Place,
    add_direction,
    add_output,
    command,
    open_run,
    prove,
    signature,
)
from keras_gans.command_line import hidden_stderr

TOLERANCE = 1e-4  # in units of [-1, 1]: the same graph, optimized differently


def export(options) -> None:
    """Export the generators of `options.run`."""
    run = open_run(options.run)
    output = options.output or Path(run.folder, "export", "saved_model")
    for generator in run.generators(options.direction):
        destination = output / generator.name / str(_next_version(output / generator.name))
        with Place(destination) as part:
            with hidden_stderr():
                write(generator, part)
                outputs = make(part, generator.examples)
            prove("SavedModel", generator, outputs, TOLERANCE)
        print(f"  {destination}")


def write(generator: Generator, folder: Path) -> None:
    """Write a SavedModel."""
    import keras

    network = generator.network
    archive = keras.export.ExportArchive()
    archive.track(network)
    archive.add_endpoint(
        "serving_default",
        lambda inputs: {"images": network(inputs, training=False)},
        input_signature=signature(network, {i.name: i.shape for i in network.inputs}),
    )
    archive.write_out(folder, verbose=False)


def make(folder: Path, inputs: Inputs) -> np.ndarray:
    """Load a SavedModel and return the images it makes."""
    import tensorflow as tf

    serve = tf.saved_model.load(folder).signatures["serving_default"]
    tensors = {name: tf.constant(values) for name, values in inputs.items()}
    return serve(**tensors)["images"].numpy()


def _next_version(folder: Path) -> int:
    versions = [int(path.name) for path in folder.glob("*") if path.name.isdigit()]
    return max(versions, default=0) + 1


def _add_flags(parser) -> None:
    add_output(parser, "saved_model")
    add_direction(parser, ("both", "a_to_b", "b_to_a"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    command("saved_model", __doc__, export, _add_flags, arguments)


if __name__ == "__main__":
    main()
