"""Floating-point operations of a training step, counted in the graph that TensorFlow traces."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import tensorflow as tf

# How many multiply-adds an operation has for each value that it reads or writes at the large end.
_CONVOLUTIONS = {
    "Conv2D": lambda op: (_shape(op.outputs[0]), _shape(op.inputs[1])),
    "Conv2DBackpropInput": lambda op: (_shape(op.inputs[2]), _shape(op.inputs[1])),
    "Conv2DBackpropFilter": lambda op: (_shape(op.inputs[2]), _shape(op.outputs[0])),
}
_DEPTHWISE = {
    "DepthwiseConv2dNative": lambda op: (_shape(op.outputs[0]), _shape(op.inputs[1])),
    "DepthwiseConv2dNativeBackpropInput": lambda op: (_shape(op.inputs[2]), _shape(op.inputs[1])),
    "DepthwiseConv2dNativeBackpropFilter": lambda op: (_shape(op.inputs[2]), _shape(op.outputs[0])),
}
_PRODUCTS = ("MatMul", "BatchMatMul", "BatchMatMulV2")


@dataclass(frozen=True)
class Work:
    """What a function computes.

    Attributes:
        flops: two for each multiply-add of convolutions and matrix products; nothing else counts.
        operations: how many convolutions and products there are.
    """

    flops: int
    operations: int


def count(function: Callable, *inputs: Any) -> Work:
    """Trace a function, backward passes and all, and count what it computes.

    Args:
        function: of tensors; what it does to variables is traced and not done.
        *inputs: tensors, or `tf.TensorSpec` of known shapes.

    Raises:
        ValueError: a shape is not known, or a loop or a branch has convolutions or products.
    """
    graph = tf.function(function).get_concrete_function(*inputs).graph
    counted = {*_CONVOLUTIONS, *_DEPTHWISE, *_PRODUCTS}
    for inner in graph.as_graph_def().library.function:
        if counted & {node.op for node in inner.node_def}:
            raise ValueError(f"{inner.signature.name} is called an unknown number of times")
    flops = [_flops(op) for op in graph.get_operations() if op.type in counted]
    return Work(sum(flops), len(flops))


def _flops(op: tf.Operation) -> int:
    if op.type in _CONVOLUTIONS:
        outputs, (height, width, channels, _) = _CONVOLUTIONS[op.type](op)
        return 2 * prod(outputs) * height * width * channels
    if op.type in _DEPTHWISE:
        outputs, (height, width, *_) = _DEPTHWISE[op.type](op)
        return 2 * prod(outputs) * height * width
    transposed = op.get_attr("transpose_a" if op.type == "MatMul" else "adj_x")
    summed = _shape(op.inputs[0])[-2 if transposed else -1]
    return 2 * prod(_shape(op.outputs[0])) * summed


def _shape(tensor: tf.Tensor) -> list[int]:
    if not tensor.shape.is_fully_defined():
        raise ValueError(f"the shape of {tensor.name} is not known: {tensor.shape}")
    return tensor.shape.as_list()
