"""SavedModels in TensorFlow Serving's layout: `python -m export.saved_model RUN`.

Writes RUN/export/saved_model/<generator>/<version>/. Images are uint8, latents and codes float32,
labels int32.

Signatures of noise-to-image generators: `serving_default` takes latents (n, d), labels (n,) if the
model is class-conditional and codes (n, k) if it has them, and returns images. `sample` takes count
and seed, and labels, which are cycled (none: all classes), and returns images; `sample_png` returns
PNG files, `png_bytes`, instead. The images of a seed are those of `export.images --seed`. If the
model is class-conditional, `classes` returns the `class_names` of labels (none: all), and
`sample_by_name` and `sample_png_by_name` take `classes`, names or numbers as text, for labels.

Signatures of image-to-image generators: `serving_default` takes images (n, h, w, c) of any size and
returns images; `translate_png` takes `encoded` JPEG or PNG files of any sizes and returns PNG
files, `png_bytes`. It shows transparency on white and ignores EXIF rotation.

A request for more than 1024 samples, or with images of more than `--max-pixels`, is refused. What
the model is stands in assets.extra/metadata.json: `model`, `data` and `class_names`.

With `pip install -e '.[serving]'`, requests to warm up a server are written too.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import numpy as np

from export.common.errors import ExportError
from export.common.export_format import ExportFormat, RunFn
from export.common.generator import Generator, Inputs, take
from export.common.options import MAX_REQUEST_PIXELS, FormatOptions
from export.common.trained_run import TrainedRun, for_each_generator
from export.common.verify import save_and_verify
from keras_gans.cli.main import parse_and_run
from keras_gans.pixels import from_pixels, to_pixels
from keras_gans.validation import PositiveInt

METADATA = Path("assets.extra", "metadata.json")
WARM_UP = Path("assets.extra", "tf_serving_warmup_requests")


@dataclass(frozen=True)
class SavedModelOptions(FormatOptions):
    """Options of `python -m export.saved_model`.

    Args:
        version: number of the version; None for one more than the highest that exists
        max_pixels: of the images in a request to a translator; memory grows with them
    """

    version: PositiveInt | None = None
    max_pixels: PositiveInt = MAX_REQUEST_PIXELS


def export(run: TrainedRun, generator: Generator, options: SavedModelOptions) -> None:
    """Export a generator as a new version.

    Raises:
        ExportError: the version exists already, or its images differ from Keras's.
    """
    folder = (options.output or run.directory.exports / "saved_model") / generator.name
    path = folder / str(options.version or _next_version(folder))
    if path.exists():
        raise ExportError(f"{path} exists already: give another --version, or none")
    warm_up = find_spec("tensorflow_serving") is not None
    save_and_verify(
        run,
        generator,
        FORMAT,
        path,
        lambda part: write(run, generator, part, options.max_pixels, warm_up),
    )
    if not warm_up:
        print("  without warm-up requests for a server: they need pip install -e '.[serving]'")


def write(
    run: TrainedRun,
    generator: Generator,
    folder: Path,
    max_pixels: int = MAX_REQUEST_PIXELS,
    warm_up: bool = False,
) -> None:
    """Write the SavedModel of a run's generator.

    Args:
        run: the run.
        generator: to export.
        folder: to write to.
        max_pixels: of the images in a request to a translator.
        warm_up: write requests for a server to warm up with; this needs tensorflow-serving-api.
    """
    import keras

    from export.common import signatures

    network = generator.network
    if generator.is_translator:
        (examples,) = generator.examples.values()
        most = max(max_pixels, math.prod(examples.shape[:3]))  # with these the file is verified
        endpoints = signatures.translator(
            network, generator.size_multiple, most, run.info.data.value_range
        )
    else:
        endpoints = signatures.sampler(run.model, network, run.class_names)
    archive = keras.export.ExportArchive()
    for name, (function, input_signature) in endpoints.items():
        archive.add_endpoint(name, function, input_signature=input_signature)
    archive.write_out(folder, verbose=False)
    metadata = {"model": run.info.model, "data": run.data_name, "class_names": run.class_names}
    (folder / METADATA).parent.mkdir()
    (folder / METADATA).write_text(json.dumps(metadata), encoding="utf-8")
    if warm_up:
        requests = {
            name: _request(run, generator, name, specs) for name, (_, specs) in endpoints.items()
        }
        _write_warm_up(generator, folder, requests)


def _request(run: TrainedRun, generator: Generator, signature: str, specs: list) -> Inputs:
    """Return the inputs of a request to a signature."""
    import tensorflow as tf

    first = _as_request(take(generator.examples, slice(1)))
    if signature == "serving_default":
        return first
    if signature == "translate_png":
        (image,) = first["images"]
        return {"encoded": np.array([tf.io.encode_png(image).numpy()])}
    if run.class_names is not None:
        first["classes"] = np.array([run.class_names[0].encode()])
    inputs = first | {"count": np.array(1, "int32"), "seed": np.array(0, "int64")}
    return {spec.name: inputs[spec.name] for spec in specs}


def _write_warm_up(generator: Generator, folder: Path, requests: dict[str, Inputs]) -> None:
    """Write the requests that TensorFlow Serving answers before it accepts others."""
    import tensorflow as tf
    from tensorflow_serving.apis import prediction_log_pb2

    with tf.io.TFRecordWriter(str(folder / WARM_UP)) as writer:
        for signature, inputs in requests.items():
            log = prediction_log_pb2.PredictionLog()
            request = log.predict_log.request
            request.model_spec.name = generator.name
            request.model_spec.signature_name = signature
            for name, values in inputs.items():
                request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
            writer.write(log.SerializeToString())


def _as_request(inputs: Inputs) -> Inputs:
    """Return inputs as a request has them: images as uint8."""
    return {name: to_pixels(x) if x.ndim == 4 else x for name, x in inputs.items()}


def load_runner(folder: Path, threads: int) -> RunFn:
    """Load a SavedModel; return a function from inputs to images in [-1, 1]."""
    import tensorflow as tf

    v1 = tf.compat.v1
    # TensorFlow Serving has a session too, and no other way sets its number of threads.
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
    input_names = {name: tensor.name for name, tensor in signature.inputs.items()}
    output_name = signature.outputs["images"].name

    def run(inputs: Inputs) -> np.ndarray:
        feed = {input_names[name]: values for name, values in _as_request(inputs).items()}
        output = session.run(output_name, feed)
        return from_pixels(output) if output.dtype == np.uint8 else output

    return run


def operators(folder: Path) -> list[str]:
    """Return the operators in the graphs of all signatures."""
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    saved = SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    functions = saved.meta_graphs[0].graph_def.library.function
    return sorted({node.op for function in functions for node in function.node_def})


def load_code(generator: Generator, file: str) -> str:
    """Return lines of Python that load the SavedModel and make images."""
    if generator.is_translator:
        call = (
            '"translate_png"](encoded=tf.constant([open("photo.jpg", "rb").read()]))["png_bytes"]'
        )
    else:
        labels = ", labels=tf.constant([0])" if "labels" in generator.examples else ""
        call = f'"sample"](count=tf.constant(4), seed=tf.constant(0, "int64"){labels})["images"]'
    return f"""\
import tensorflow as tf
model = tf.saved_model.load({file!r})
images = model.signatures[{call}"""


FORMAT = ExportFormat("SavedModel", 1.01 / 127.5, load_runner, operators, load_code)


def _next_version(folder: Path) -> int:
    versions = [int(path.name) for path in folder.glob("*") if path.name.isdigit()]
    return max(versions, default=0) + 1


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command."""
    parse_and_run(
        SavedModelOptions,
        for_each_generator(export),
        name="export.saved_model",
        description=__doc__,
        arguments=arguments,
    )


if __name__ == "__main__":
    main()
