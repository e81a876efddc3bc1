"""TFLite files for phones and browsers: `python -m export.tflite RUN`.

Writes RUN/export/tflite/<generator>.tflite: a static batch, TFLite's built-in operators only. The
signature takes latents, and labels and codes where the generator is told them, or images, and
returns images. Labels are int32, all else is float32; images are in [-1, 1].
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
    rows,
    share,
    signature,
)
from keras_gans.command_line import hidden_stderr, positive

TOLERANCE = 1e-3  # in units of [-1, 1]: other kernels, summed in another order


def export(options) -> None:
    """Export the generators of `options.run`."""
    run = open_run(options.run)
    output = options.output or Path(run.folder, "export", "tflite")
    for generator in run.generators(options.direction):
        destination = output / f"{generator.name}.tflite"
        with Place(destination) as part:
            with hidden_stderr():
                write(generator, part, options.batch_size)
                outputs = make(part, generator.examples, options.batch_size)
            prove("TFLite", generator, outputs, TOLERANCE)
        print(f"  {destination} ({destination.stat().st_size / 2**20:.1f} MiB)")


def write(generator: Generator, file: Path, batch_size: int) -> None:
    """Write a .tflite file for batches of `batch_size` examples of the run's size."""
    import keras
    import tensorflow as tf

    network = generator.network
    shapes = {name: (batch_size, *x.shape[1:]) for name, x in generator.examples.items()}
    named = keras.Model(network.input, {"images": network.output})
    named.export(
        file,
        format="litert",
        verbose=False,
        input_signature=signature(network, shapes),
        target_spec={"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]},
    )


def make(file: Path, inputs: Inputs, batch_size: int) -> np.ndarray:
    """Load a .tflite file and return the images it makes, for as many full batches as there are."""
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_path=str(file)).get_signature_runner()
    count = rows(inputs)
    outputs = []
    for start in range(0, max(count - batch_size, 0) + 1, batch_size):
        batch = share(inputs, np.arange(start, start + batch_size) % count)
        outputs.append(runner(**batch)["images"])
    return np.concatenate(outputs)[:count]


def _add_flags(parser) -> None:
    add_output(parser, "tflite")
    add_direction(parser, ("both", "a_to_b", "b_to_a"))
    parser.add_argument("--batch-size", type=positive, default=1, metavar="N", help="default 1")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    command("tflite", __doc__, export, _add_flags, arguments)


if __name__ == "__main__":
    main()
