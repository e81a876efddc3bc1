"""The description and metadata of a .tflite file: what its inputs and outputs are."""

import json

import numpy as np

from export.common.generator import Generator
from export.common.trained_run import TrainedRun


def with_metadata(content: bytes, run: TrainedRun, generator: Generator, quantize: str) -> bytes:
    """Return a .tflite file with a description, and with metadata under "keras_gans".

    Args:
        content: the file.
        run: the run that it was exported from.
        generator: what was exported.
        quantize: how its weights are stored.
    """
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    inputs = {name: _value_range(name, run) for name in generator.examples}
    outputs = {"images": _value_range("images", run)}
    metadata = {
        "variant": run.info.model,
        "data": run.data_name,
        "generator": generator.name,
        "quantize": quantize,
        "inputs": inputs,
        "outputs": outputs,
        "class_names": run.class_names,
    }
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    ranges = "; ".join(f"{name}: {text}" for name, text in inputs.items())
    model.description = (
        f"{run.info.model} on {run.data_name}, {generator.name}. Inputs: {ranges}. "
        f"Outputs: images: {outputs['images']}."
    ).encode()
    buffer, entry = schema.BufferT(), schema.MetadataT()
    buffer.data = np.frombuffer(json.dumps(metadata).encode(), np.uint8)
    entry.name, entry.buffer = b"keras_gans", len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or []), entry]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _value_range(name: str, run: TrainedRun) -> str:
    """Describe the type and the values of an input or output."""
    if name == "labels":
        return f"int32, 0 to {run.model.classes - 1}"
    if name == "latents":
        return "float32, normally distributed, mean 0, standard deviation 1"
    return "float32, -1 to 1"
