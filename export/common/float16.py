"""A network computed in float16, as LiteRT does on the GPUs of phones.

By default LiteRT's GPU backends compute in float16, whatever the file's type. Here every value is
rounded to float16, and every sum at each of its steps: means add one value after the other;
convolutions and matrix products add partial sums of 16 products, one position of the kernel after
the other. That is the pessimistic case: what a GPU does lies between it and float32. LiteRT's
kernels for OpenCL add means in float32, others may not.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from export.common.errors import NotComputedError
from keras_gans.errors import first_line

PRODUCTS = 16  # whose sum is rounded: four of the slices of four channels that GPUs read
# Attributes that have one name in Python and another in graphs.
RENAMED = {("Squeeze", "axis"): "squeeze_dims"}


@dataclass(frozen=True)
class Float16Result:
    """What a network computes in float16.

    Attributes:
        outputs: NaN or infinity where float16 could not hold a value.
        max_abs_value: the largest value that was rounded; more than 65,504 are infinity in float16.
    """

    outputs: np.ndarray
    max_abs_value: float


def compute_in_float16(network: Any, inputs: dict[str, np.ndarray]) -> Float16Result:
    """Compute a network in float16.

    Args:
        network: a float32 `keras.Model`.
        inputs: of the network, by name.

    Raises:
        NotComputedError: an operation of the network is not known here.
    """
    names = [tensor.name for tensor in network.inputs]
    specs = [tf.TensorSpec(inputs[name].shape, inputs[name].dtype, name) for name in names]

    @tf.function
    def run(*tensors):
        from keras import tree

        values = dict(zip(names, tensors, strict=True))
        structure = tree.map_structure(lambda tensor: values[tensor.name], network.input)
        return network(structure, training=False)

    function = run.get_concrete_function(*specs)
    computation = _Computation()
    given = [*(inputs[name] for name in names), *function.captured_inputs]
    for tensor, value in zip(function.inputs, given, strict=True):
        computation.set(tensor, value)
    with np.errstate(over="ignore", invalid="ignore"):  # the caller looks for infinity and NaN
        for operation in function.graph.get_operations():
            if operation.type != "Placeholder":
                computation.compute(operation)
    (output,) = function.outputs
    return Float16Result(np.asarray(computation.values[output.ref()]), computation.max_abs_value)


class _Computation:
    """The values of a graph's tensors, in float16."""

    def __init__(self):
        self.values: dict[Any, Any] = {}  # by the reference to the tensor
        self.max_abs_value = 0.0

    def set(self, tensor: Any, value: Any) -> None:
        """Set a tensor to a value, rounded to float16 if it is of float32."""
        if tensor.dtype == tf.float32:
            value = np.asarray(value)
            if value.size:
                self.max_abs_value = max(self.max_abs_value, float(np.max(np.abs(value))))
            value = rounded(value)
        self.values[tensor.ref()] = value

    def compute(self, operation: Any) -> None:
        """Compute the outputs of an operation whose inputs are set."""
        inputs = [self.values[tensor.ref()] for tensor in operation.inputs]
        add = SUMS.get(operation.type)
        if add is not None:
            outputs = [add(operation, *inputs)]
        else:
            result = _eager(operation, inputs)
            outputs = list(result) if isinstance(result, list | tuple) else [result]
        for tensor, value in zip(operation.outputs, outputs, strict=False):
            self.set(tensor, value)


def _eager(operation: Any, inputs: list[Any]) -> Any:
    """Compute an operation of a graph as TensorFlow does."""
    if operation.type == "Const":
        return tf.make_ndarray(operation.get_attr("value"))
    try:
        function = getattr(tf.raw_ops, operation.type)
        in_python = _python_names(operation, list(inspect.signature(function).parameters))
        arguments: dict[str, Any] = {}
        rest = iter(inputs)
        for argument in operation.op_def.input_arg:
            name = in_python[argument.name]
            if argument.number_attr:
                count = operation.get_attr(argument.number_attr)
                arguments[name] = [next(rest) for _ in range(count)]
            elif argument.type_list_attr:
                count = len(operation.get_attr(argument.type_list_attr))
                arguments[name] = [next(rest) for _ in range(count)]
            else:
                arguments[name] = next(rest)
        for name in set(inspect.signature(function).parameters) - set(arguments) - {"name"}:
            arguments[name] = operation.get_attr(RENAMED.get((operation.type, name), name))
        return function(**arguments)
    except (AttributeError, TypeError, ValueError, tf.errors.OpError) as error:
        raise NotComputedError(f"{operation.type}: {first_line(error)}") from error


def _python_names(operation: Any, parameters: list[str]) -> dict[str, str]:
    """Return the names of an operation's inputs in Python, by those that they have in graphs.

    Inputs of other names, such as the `split_dim` of Split, come in the order of the parameters
    that are neither inputs nor attributes.
    """
    inputs = [argument.name for argument in operation.op_def.input_arg]
    attributes = {attribute.name for attribute in operation.op_def.attr}
    others = [
        name
        for name in parameters
        if name not in {*inputs, *attributes, "name"} and (operation.type, name) not in RENAMED
    ]
    renamed = [name for name in inputs if name not in parameters]
    return {name: name for name in inputs} | dict(zip(renamed, others, strict=True))


def rounded(values: np.ndarray) -> np.ndarray:
    """Return float32 values rounded to those that float16 has."""
    # Seven times as fast as numpy.
    return tf.cast(tf.cast(values, tf.float16), tf.float32).numpy()


# Sums ---------------------------------------------------------------------------------------------


def running_sum(partial_sums: Iterable[np.ndarray]) -> Any:
    """Add one after the other, and round each step to float16."""
    total: Any = np.float32(0)
    for partial_sum in partial_sums:
        total = rounded(total + rounded(partial_sum))
    return total


def _products(x: np.ndarray, matrix: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the partial sums of x (..., c) times a matrix (c, filters)."""
    for start in range(0, x.shape[-1], PRODUCTS):
        part = slice(start, start + PRODUCTS)
        yield x[..., part] @ matrix[part]


def _mat_mul(operation: Any, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a = np.swapaxes(a, -1, -2) if _attribute(operation, "transpose_a", "adj_x") else a
    b = np.swapaxes(b, -1, -2) if _attribute(operation, "transpose_b", "adj_y") else b
    starts = range(0, a.shape[-1], PRODUCTS)
    return running_sum(a[..., i : i + PRODUCTS] @ b[..., i : i + PRODUCTS, :] for i in starts)


def _attribute(operation: Any, *names: str) -> Any:
    (name,) = set(names) & {each.name for each in operation.op_def.attr}
    return operation.get_attr(name)


def _mean(operation: Any, x: np.ndarray, axes: np.ndarray) -> np.ndarray:
    where = tuple(int(axis) % x.ndim for axis in np.ravel(axes))
    moved = np.moveaxis(x, where, range(len(where)))
    moved = moved.reshape(-1, *moved.shape[len(where) :])
    total = running_sum(moved) / (len(moved) if operation.type == "Mean" else 1)
    return total.reshape(operation.outputs[0].shape)


def _average_pool(operation: Any, x: np.ndarray) -> np.ndarray:
    kernel = operation.get_attr("ksize")[1:3]
    total = running_sum(window for _, window in _windows(operation, x, kernel))
    # Padding, if any, is not averaged.
    pixels = _windows(operation, np.ones_like(x[:1, :, :, :1]), kernel)
    return total / sum(window for _, window in pixels)


def _conv2d(operation: Any, x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return running_sum(
        partial_sum
        for tap, window in _windows(operation, x, kernel.shape[:2])
        for partial_sum in _products(window, kernel[tap])
    )


def _depthwise(operation: Any, x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    shape = operation.outputs[0].shape
    return running_sum(
        np.reshape(window[..., None] * kernel[tap], shape)
        for tap, window in _windows(operation, x, kernel.shape[:2])
    )


def _transposed(operation: Any, _: Any, kernel: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Each pixel adds the kernel, times its value, to the outputs around it."""
    n, *sides, filters = operation.outputs[0].shape
    strides, taps = operation.get_attr("strides")[1:3], kernel.shape[:2]
    whole = [(i - 1) * s + k for i, s, k in zip(x.shape[1:3], strides, taps, strict=True)]
    total = np.zeros((n, *map(max, whole, sides), filters), "float32")
    for row, column in np.ndindex(*taps):
        rows = slice(row, row + whole[0] - taps[0] + 1, strides[0])
        columns = slice(column, column + whole[1] - taps[1] + 1, strides[1])
        for partial_sum in _products(x, kernel[row, column].T):
            part = total[:, rows, columns]
            total[:, rows, columns] = rounded(part + rounded(partial_sum))
    same = operation.get_attr("padding") == b"SAME"
    first = [max(i - side, 0) // 2 if same else 0 for i, side in zip(whole, sides, strict=True)]
    return total[:, first[0] : first[0] + sides[0], first[1] : first[1] + sides[1]]


def _windows(
    operation: Any, x: np.ndarray, kernel: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    """Yield each position of a kernel, and the pixels (n, h, w, c) that are under it."""
    sides, strides = operation.outputs[0].shape[1:3], operation.get_attr("strides")[1:3]
    has_dilations = "dilations" in {each.name for each in operation.op_def.attr}
    dilations = operation.get_attr("dilations")[1:3] if has_dilations else (1, 1)
    spans = [(side - 1) * stride + 1 for side, stride in zip(sides, strides, strict=True)]
    pads = [(0, 0)]
    for span, k, dilation, side in zip(spans, kernel, dilations, x.shape[1:3], strict=True):
        missing = max(span + (k - 1) * dilation - side, 0)
        pads.append((missing // 2, missing - missing // 2))
    x = np.pad(x, [*pads, (0, 0)])
    for tap in np.ndindex(*kernel):
        first = [at * dilation for at, dilation in zip(tap, dilations, strict=True)]
        rows, columns = (
            slice(start, start + span, stride)
            for start, span, stride in zip(first, spans, strides, strict=True)
        )
        yield tap, x[:, rows, columns]


SUMS: dict[str, Callable[..., np.ndarray]] = {
    "AvgPool": _average_pool,
    "BatchMatMulV2": _mat_mul,
    "Conv2D": _conv2d,
    "Conv2DBackpropInput": _transposed,
    "DepthwiseConv2dNative": _depthwise,
    "MatMul": _mat_mul,
    "Mean": _mean,
    "Sum": _mean,
}
