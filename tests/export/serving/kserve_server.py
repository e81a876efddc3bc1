"""SavedModels over REST, by KServe's model server, in TensorFlow Serving's JSON.

    .venv-serving/bin/python tests/export/serving/kserve_server.py --model NAME=DIR --port 8080

This is not TensorFlow Serving's own binary, which no package registry has. The HTTP server is
KServe's; the JSON, rows (`instances`) and columns (`inputs`), is that of TensorFlow Serving's REST
interface. It runs in an environment of its own, because KServe needs other versions of packages
than this library.
"""

import base64
import binascii
import json
from typing import Any

import kserve
import numpy as np
import tensorflow as tf
from served import BadRequest, Served, command_line

NUMBERS = {"i": "iu", "u": "iu", "f": "iuf"}  # kinds of number that a kind of tensor is made from


class RestModel(kserve.Model):
    """A generator at /v1/models/<name>:predict."""

    def __init__(self, name: str, served: Served):
        super().__init__(name)
        self.served = served
        self.ready = True

    async def preprocess(self, payload: Any, headers: Any = None) -> dict[str, Any]:
        """Read a body as JSON whatever its type is said to be, as TensorFlow Serving does."""
        try:
            payload = json.loads(payload) if isinstance(payload, bytes) else payload
        except ValueError as error:
            raise kserve.errors.InvalidInput(f"the request is not JSON: {error}") from error
        if not isinstance(payload, dict) or ("instances" in payload) == ("inputs" in payload):
            raise kserve.errors.InvalidInput('give "instances" or "inputs"')
        return payload

    def predict(self, payload: dict[str, Any], headers: Any = None) -> dict[str, Any]:
        """Answer a request; KServe makes HTTP 400 of InvalidInput."""
        signature = str(payload.get("signature_name", "serving_default"))
        try:
            specs = self.served.inputs(signature)
            columns = _columns(payload, specs)
            inputs = {name: _array(name, specs[name], columns[name]) for name in specs}
            outputs = self.served.answer(signature, inputs)
        except BadRequest as error:
            raise kserve.errors.InvalidInput(str(error)) from error
        return _body(outputs, rows="instances" in payload)


def _columns(payload: dict[str, Any], specs: dict[str, tf.TensorSpec]) -> dict[str, Any]:
    """Return the inputs by name; where there is only one, its name may be left out."""
    if "instances" not in payload:
        columns = _named(payload["inputs"], specs)
    else:
        rows = [_named(row, specs) for row in payload["instances"]]
        if not rows or any(row.keys() != specs.keys() for row in rows):
            raise BadRequest(f"each of the instances must have {sorted(specs)}")
        columns = {name: [row[name] for row in rows] for name in specs}
    if missing := sorted(specs.keys() - columns.keys()):
        raise BadRequest(f"missing inputs: {missing}")
    return columns


def _named(values: Any, specs: dict[str, tf.TensorSpec]) -> dict[str, Any]:
    if isinstance(values, dict) and values.keys() != {"b64"}:
        return values
    if len(specs) > 1:
        raise BadRequest(f"give the inputs by name: {sorted(specs)}")
    return dict.fromkeys(specs, values)


def _array(name: str, spec: tf.TensorSpec, values: Any) -> np.ndarray:
    """Return JSON's values as an array of an input's type."""
    try:
        if spec.dtype == tf.string:
            return np.array(_strings(values), object)
        dtype = np.dtype(spec.dtype.as_numpy_dtype)
        found = np.asarray(values)
        # numpy would cut a float for an integer, and read a number in a string.
        if found.size and found.dtype.kind not in NUMBERS[dtype.kind]:
            raise ValueError(f"these are {found.dtype}")
        return np.array(values, dtype)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadRequest(f"{name!r} cannot be made {spec.dtype.name}: {error}") from error


def _strings(values: Any) -> Any:
    """Return the bytes that strings and {"b64": ...} stand for."""
    if isinstance(values, list):
        return [_strings(value) for value in values]
    if isinstance(values, str):
        return values.encode()
    if isinstance(values, dict) and values.keys() == {"b64"}:
        try:
            return base64.b64decode(values["b64"], validate=True)
        except binascii.Error as error:
            raise ValueError(f"no base64 ({error})") from error
    raise TypeError('give a string or {"b64": ...}')


def _body(outputs: dict[str, np.ndarray], rows: bool) -> dict[str, Any]:
    # All signatures have one output, and TensorFlow Serving leaves out the name of an only one.
    ((name, output),) = outputs.items()
    return {"predictions" if rows else "outputs": _plain(name, output)}


def _plain(name: str, output: np.ndarray) -> Any:
    if output.dtype != object:
        return output.tolist()
    binary = name.endswith("_bytes")
    return [
        {"b64": base64.b64encode(value).decode()} if binary else value.decode() for value in output
    ]


def main() -> None:
    """Serve until the process is ended."""
    models, port = command_line(__doc__, port=8080)
    server = kserve.ModelServer(http_port=port, enable_grpc=False)
    server.start([RestModel(name, served) for name, served in models.items()])


if __name__ == "__main__":
    main()
