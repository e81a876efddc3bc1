"""Servers of the exported SavedModels, each started once, and clients that ask them by socket."""

import base64
import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import grpc
import keras
import numpy as np
import pytest
import requests
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from export import saved_model
from train import cgan
from train.common.command import main

HERE = Path(__file__).parent
SERVING = Path(
    os.environ.get("KERAS_GANS_SERVING_PYTHON", HERE.parents[2] / ".venv-serving/bin/python")
)
LIMIT = 180  # seconds for a server to start, and for an answer
VERSION = 10
KINDS = ("gan", "cgan", "cyclegan", "pix2pix")
VIVID = (
    "--data shapes --image-size 8 --latent-dim 4 --filters 4 --precision bfloat16"
    " --epochs 1 --steps-per-epoch 2 --learning-rate 1"
)


@pytest.fixture(scope="session")
def vivid(runs, tmp_path_factory):
    """Runs by kind. The images of the samplers depend on the latents and on the labels.

    After two steps at a usual rate, CGAN's images are gray, within a level of each other.
    """
    folder = tmp_path_factory.mktemp("vivid") / "cgan"
    with pytest.raises(SystemExit) as stop:
        main(cgan.RECIPE, [*VIVID.split(), "--run-dir", str(folder)])
    assert stop.value.code == 0
    keras.config.set_dtype_policy("float32")
    return {kind: runs / kind for kind in KINDS} | {"cgan": folder}


@pytest.fixture(scope="session")
def exports(vivid, tmp_path_factory):
    """Exported generators by the kind of run: each a folder of versions."""
    root = tmp_path_factory.mktemp("exports")
    folders = {}
    for kind, run in vivid.items():
        where = ["--output", str(root / kind), "--version", str(VERSION)]
        direction = ["--direction", "a_to_b"] if kind == "cyclegan" else []
        with pytest.raises(SystemExit) as stop:
            saved_model.main([str(run), *where, *direction])
        assert stop.value.code == 0
        (folders[kind],) = (root / kind).iterdir()
        (folders[kind] / "9").mkdir()  # a server that sorts by letter would choose it
    return folders


@pytest.fixture(scope="session")
def rest(exports, tmp_path_factory):
    """A client of KServe's model server."""
    if not SERVING.exists():
        pytest.skip(f"KServe's environment is not there: {SERVING} (make serving)")
    log = tmp_path_factory.mktemp("rest") / "log"
    with running(SERVING, "kserve_server.py", exports, log) as port, requests.Session() as session:
        session.trust_env = False  # no proxy between here and here
        yield RestClient(session, port)


@pytest.fixture(scope="session")
def rpc(exports, tmp_path_factory):
    """A client of the gRPC server."""
    log = tmp_path_factory.mktemp("grpc") / "log"
    options = [
        ("grpc.max_receive_message_length", -1),
        ("grpc.max_send_message_length", -1),
        ("grpc.enable_http_proxy", 0),
    ]
    with (
        running(Path(sys.executable), "grpc_server.py", exports, log) as port,
        grpc.insecure_channel(f"127.0.0.1:{port}", options) as channel,
    ):
        yield RpcClient(channel, log)


@contextlib.contextmanager
def running(python: Path, script: str, exports: dict[str, Path], log: Path):
    """Run a server in a process of its own; give its port once it takes connections."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    models = [f"--model={name}={folder}" for name, folder in exports.items()]
    command = [python, HERE / script, *models, "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=log.parent, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_for(process, port, log)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen, port: int, log: Path) -> None:
    """Wait until a server takes connections, which both do once their models are loaded."""
    end = time.monotonic() + LIMIT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            ended = process.poll() is not None
            if ended or time.monotonic() > end:
                said = log.read_text()
                pytest.fail(f"the server {'ended' if ended else 'does not answer'}:\n{said}")
            time.sleep(0.1)


class RestClient:
    """Asks by HTTP, in columns."""

    def __init__(self, session: requests.Session, port: int):
        self.session, self.address = session, f"http://127.0.0.1:{port}/v1/models"

    def post(self, model: str, body, **options) -> requests.Response:
        address = f"{self.address}/{model}:predict"
        return self.session.post(address, **(options or {"json": body}), timeout=LIMIT)

    def ask(self, model: str, signature: str, **inputs):
        """Return the output: an array, or a list of bytes."""
        response = self._ask(model, signature, inputs)
        assert response.status_code == 200, response.text
        return self.decoded(response.json()["outputs"])

    def refused(self, model: str, signature: str, **inputs) -> str:
        """Return why a request is refused."""
        response = self._ask(model, signature, inputs)
        assert response.status_code == 400, response.text
        assert response.json().keys() == {"error"}
        return response.json()["error"]

    def _ask(self, model, signature, inputs):
        columns = {name: _json(values) for name, values in inputs.items()}
        return self.post(model, {"signature_name": signature, "inputs": columns})

    @staticmethod
    def decoded(output):
        if isinstance(output[0], dict):
            return [base64.b64decode(value["b64"]) for value in output]
        assert np.asarray(output).dtype.kind == "i"
        return np.array(output, "uint8")


def _json(values):
    if isinstance(values, list) and values and isinstance(values[0], bytes):
        return [{"b64": base64.b64encode(value).decode()} for value in values]
    return np.asarray(values).tolist()


class RpcClient:
    """Asks by gRPC."""

    types = {"count": "int32", "seed": "int64", "labels": "int32"}

    def __init__(self, channel: grpc.Channel, log: Path):
        self.stub, self.log = prediction_service_pb2_grpc.PredictionServiceStub(channel), log

    def predict(self, model: str, signature: str, inputs) -> predict_pb2.PredictResponse:
        request = predict_pb2.PredictRequest()
        request.model_spec.name, request.model_spec.signature_name = model, signature
        for name, values in inputs.items():
            typed = tf.make_tensor_proto(values, self.types.get(name))
            request.inputs[name].CopyFrom(typed)
        return self.stub.Predict(request, timeout=LIMIT)

    def ask(self, model: str, signature: str, **inputs):
        """Return the output: an array, or a list of bytes."""
        (output,) = self.predict(model, signature, inputs).outputs.values()
        values = tf.make_ndarray(output)
        return values.tolist() if values.dtype == object else values

    def refused(self, model: str, signature: str, **inputs) -> str:
        """Return why a request is refused."""
        with pytest.raises(grpc.RpcError) as error:
            self.predict(model, signature, inputs)
        assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        return error.value.details()
