"""Depthwise filters of dynamically quantized .tflite files, in float32."""

from collections.abc import Callable, Iterator
from typing import Any


def with_float_depthwise_filters(content: bytes, convert_exactly: Callable[[], bytes]) -> bytes:
    """Return a dynamically quantized file with the depthwise filters of the float32 file.

    XNNPACK has no depthwise convolution of float32 by int8: the file would be cut at each. Filters
    of 3x3 weights a channel make it hardly larger, and errors smaller.

    Args:
        content: the quantized file.
        convert_exactly: converts the same network without quantization, if that is needed.
    """
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    quantized = list(_depthwise(model))
    if not quantized:
        return content
    exact = flatbuffer_utils.read_model_from_bytearray(bytearray(convert_exactly()))
    for (op, graph), (exact_op, exact_graph) in zip(quantized, _depthwise(exact), strict=True):
        filters, source = graph.tensors[op.inputs[1]], exact_graph.tensors[exact_op.inputs[1]]
        filters.type, filters.quantization = source.type, source.quantization
        model.buffers[filters.buffer] = exact.buffers[source.buffer]
        code, exact_code = (each.opcodeIndex for each in (op, exact_op))
        model.operatorCodes[code].version = exact.operatorCodes[exact_code].version
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _depthwise(model: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each depthwise convolution, and the graph that it is in."""
    from ai_edge_litert.schema_py_generated import BuiltinOperator

    for graph in model.subgraphs:
        for op in graph.operators:
            if model.operatorCodes[op.opcodeIndex].builtinCode == BuiltinOperator.DEPTHWISE_CONV_2D:
                yield op, graph
