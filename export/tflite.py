"""TFLite files for phones and browsers: `python -m export.tflite RUN`.

Writes RUN/export/tflite/<generator>.tflite: a static batch, TFLite's built-in operators only. Input
and output are float32, images in [-1, 1].
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
from keras_gans.command_line import hidden_stderr, positive

TOLERANCE = 1e-3  # in units of [-1, 1]: other kernels, summed in another order


def export(options) -> None:
    """Export the generators of `options.run`."""
    output = options.output or Path(options.run, "export", "tflite")
    for generator in open_generators(options.run, options.direction):
        destination = output / f"{generator.name}.tflite"
        with Place(destination) as part:
            with hidden_stderr():
                write(generator, part, options.batch_size)
                outputs = run(part, generator.examples, options.batch_size)
            prove("TFLite", generator, outputs, TOLERANCE)
        print(f"  {destination} ({destination.stat().st_size / 2**20:.1f} MiB)")


def write(generator: Generator, file: Path, batch_size: int) -> None:
    """Write a .tflite file for batches of `batch_size` examples of the run's size."""
    import keras
    import tensorflow as tf

    shape = (batch_size, *generator.examples.shape[1:])
    name = generator.network.inputs[0].name
    generator.network.export(
        file,
        format="litert",
        verbose=False,
        input_signature=[keras.InputSpec(shape=shape, dtype="float32", name=name)],
        target_spec={"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]},
    )


def run(file: Path, examples: np.ndarray, batch_size: int) -> np.ndarray:
    """Load a .tflite file and return the images it makes, for as many full batches as there are."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(file))
    interpreter.allocate_tensors()
    way_in = interpreter.get_input_details()[0]["index"]
    way_out = interpreter.get_output_details()[0]["index"]
    outputs = []
    for start in range(0, max(len(examples) - batch_size, 0) + 1, batch_size):
        batch = np.resize(examples[start : start + batch_size], (batch_size, *examples.shape[1:]))
        interpreter.set_tensor(way_in, batch)
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(way_out))
    return np.concatenate(outputs)[: len(examples)]


def _add_flags(parser) -> None:
    add_output(parser, "tflite")
    add_direction(parser, ("both", "a_to_b", "b_to_a"))
    parser.add_argument("--batch-size", type=positive, default=1, metavar="N", help="default 1")


if __name__ == "__main__":
    main(__doc__, export, _add_flags)
