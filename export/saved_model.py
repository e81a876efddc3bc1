"""SavedModels in TensorFlow Serving's layout: `python -m export.saved_model RUN`.

Writes RUN/export/saved_model/<generator>/<version>/. Pictures are uint8, latents and codes float32,
labels int32.

A sampler's signatures: `serving_default` takes latents (n, d), and labels (n,) and codes (n, k)
where the generator is told them, and returns images; `sample` takes count and seed, and labels to
go round (none: all), and returns images; `sample_png` returns PNG files, `png_bytes`, instead.
The pictures of a seed are those of `export.images --seed`.

A translator's: `serving_default` takes images (n, h, w, c) of any size and returns images;
`translate_png` takes `encoded` JPEG or PNG files of any sizes and returns PNG files, `png_bytes`.
It takes pixels as they are: not how a camera was held (EXIF), nor what is transparent.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from export.common.commands import add_direction, add_output, command, each_generator
from export.common.files import ExportError
from export.common.report import Form, keep
from export.common.runs import Generator, Inputs, Run, share
from keras_gans.command_line import positive
from keras_gans.pixels import from_pixels, to_pixels

WARM_UP = Path("assets.extra", "tf_serving_warmup_requests")


def deliver(run: Run, generator: Generator, options: Any) -> None:
    """Export a generator."""
    output = run.output(options, "saved_model") / generator.name
    destination = output / str(options.version or _next_version(output))
    if destination.exists():
        raise ExportError(f"{destination} is there already: give another --version, or none")
    keep(run, generator, FORM, destination, lambda part: write(run.model, generator, part))


def write(model, generator: Generator, folder: Path) -> None:
    """Write a SavedModel of a game's generator, with requests that warm a server up."""
    import keras

    from export.common import signatures

    network = generator.network
    if generator.translates:
        endpoints = signatures.translator(network, generator.multiple)
    else:
        endpoints = signatures.sampler(model, network)
    archive = keras.export.ExportArchive()
    for name, (function, takes) in endpoints.items():
        archive.add_endpoint(name, function, input_signature=takes)
    archive.write_out(folder, verbose=False)
    requests = {name: _request(generator, name, takes) for name, (_, takes) in endpoints.items()}
    _write_warm_up(generator, folder, requests)


def _request(generator: Generator, signature: str, takes: list) -> Inputs:
    """Return what a signature can be asked for."""
    import tensorflow as tf

    first = _served(share(generator.examples, slice(1)))
    if signature == "serving_default":
        return first
    if signature == "translate_png":
        (picture,) = first["images"]
        return {"encoded": np.array([tf.io.encode_png(picture).numpy()])}
    asked = first | {"count": np.array(1, "int32"), "seed": np.array(0, "int64")}
    return {spec.name: asked[spec.name] for spec in takes}


def _write_warm_up(generator: Generator, folder: Path, requests: dict[str, Inputs]) -> None:
    """Write the requests that TensorFlow Serving makes of itself before it takes others."""
    import tensorflow as tf
    from tensorflow_serving.apis import prediction_log_pb2

    (folder / WARM_UP).parent.mkdir()
    with tf.io.TFRecordWriter(str(folder / WARM_UP)) as writer:
        for signature, inputs in requests.items():
            log = prediction_log_pb2.PredictionLog()
            request = log.predict_log.request
            request.model_spec.name = generator.name
            request.model_spec.signature_name = signature
            for name, values in inputs.items():
                request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
            writer.write(log.SerializeToString())


def _served(inputs: Inputs) -> Inputs:
    """Return inputs as a request has them: pictures as uint8."""
    return {name: to_pixels(x) if x.ndim == 4 else x for name, x in inputs.items()}


def opened(folder: Path, threads: int):
    """Load a SavedModel; return a function from inputs to images in [-1, 1]."""
    import tensorflow as tf

    v1 = tf.compat.v1
    # A session as TensorFlow Serving has one, and the only way to a number of threads of its own.
    config = v1.ConfigProto(
        intra_op_parallelism_threads=threads,
        inter_op_parallelism_threads=1,
        use_per_session_threads=True,
    )
    graph = tf.Graph()
    with graph.as_default():
        session = v1.Session(graph=graph, config=config)
        loaded = v1.saved_model.load(session, ["serve"], str(folder))
    signature = loaded.signature_def["serving_default"]
    entrances = {name: tensor.name for name, tensor in signature.inputs.items()}
    exit_ = signature.outputs["images"].name

    def make(inputs: Inputs) -> np.ndarray:
        feed = {entrances[name]: values for name, values in _served(inputs).items()}
        made = session.run(exit_, feed)
        return from_pixels(made) if made.dtype == np.uint8 else made

    return make


def operators(folder: Path) -> list[str]:
    """Return the operators of all signatures' graphs."""
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    saved = SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    functions = saved.meta_graphs[0].graph_def.library.function
    return sorted({node.op for function in functions for node in function.node_def})


def load(generator: Generator) -> str:
    """Return lines of Python that make pictures."""
    if generator.translates:
        call = (
            '"translate_png"](encoded=tf.constant([open("photo.jpg", "rb").read()]))["png_bytes"]'
        )
    else:
        labels = ", labels=tf.constant([0])" if "labels" in generator.examples else ""
        call = f'"sample"](count=tf.constant(4), seed=tf.constant(0, "int64"){labels})["images"]'
    return f"""\
import tensorflow as tf
model = tf.saved_model.load("{{file}}")
made = model.signatures[{call}"""


FORM = Form("SavedModel", 1.01 / 127.5, opened, operators, load)


def _next_version(folder: Path) -> int:
    versions = [int(path.name) for path in folder.glob("*") if path.name.isdigit()]
    return max(versions, default=0) + 1


def _add_flags(parser) -> None:
    add_output(parser, "saved_model")
    add_direction(parser, ("both", "a_to_b", "b_to_a"))
    parser.add_argument(
        "--version", type=positive, metavar="N", help="default one more than the highest there"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    command("saved_model", __doc__, each_generator(deliver), _add_flags, arguments)


if __name__ == "__main__":
    main()
