"""The operators of .tflite files, and which of them XNNPACK computes."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Delegation:
    """How many of a file's operators a delegate computes. The others are slow, and so is each cut.

    Attributes:
        delegated: operators that XNNPACK, LiteRT's delegate for CPUs, computes.
        total: operators of the file.
    """

    delegated: int
    total: int

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> "Delegation":
        """Return what was written as JSON.

        Raises:
            ValueError, TypeError, KeyError: it was not written by this version.
        """
        return cls(int(row["delegated"]), int(row["total"]))

    def __str__(self) -> str:
        return f"{self.delegated} of {self.total}"


def operators(file: Path) -> list[str]:
    """Return the names of a file's operators."""
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model(file)
    names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
    codes = [max(each.builtinCode, each.deprecatedBuiltinCode) for each in model.operatorCodes]
    return sorted({names[code] for code in codes})


def delegation(file: Path) -> Delegation:
    """Return how many of a file's operators XNNPACK computes here."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    without = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    plain = Interpreter(model_path=str(file), experimental_op_resolver_type=without)
    total = len(_nodes(plain))
    delegating = Interpreter(model_path=str(file))
    delegating.allocate_tensors()
    nodes = _nodes(delegating)  # those of the file, and behind them the delegate's
    return Delegation(len(_replaced(nodes[:total], nodes[total:])), total)


def _nodes(interpreter: Any) -> list[dict[str, Any]]:
    # There is no public method; LiteRT's own profiler has one row per delegate.
    return interpreter._get_ops_details()


def _replaced(nodes: Iterable[dict[str, Any]], delegates: Iterable[dict[str, Any]]) -> set[int]:
    """Return the nodes between the inputs and the outputs of any delegate."""
    makers = {int(tensor): node for node in nodes for tensor in node["outputs"]}
    found: set[int] = set()
    for delegate in delegates:
        inputs = set(map(int, delegate["inputs"]))
        tensors = list(map(int, delegate["outputs"]))
        while tensors:
            tensor = tensors.pop()
            node = makers.get(tensor)
            if node is not None and tensor not in inputs and node["index"] not in found:
                found.add(node["index"])
                tensors += map(int, node["inputs"])
    return found
