"""SavedModels over gRPC: the Predict call of TensorFlow Serving's PredictionService.

    .venv/bin/python tests/export/serving/grpc_server.py --model NAME=DIR --port 8500

This is not TensorFlow Serving's own binary, which no package registry has. The messages and the
stubs are those of the package tensorflow-serving-api; the service itself is a new one. Like
TensorFlow Serving, it answers the warm-up requests of a model before it accepts others.
"""

from concurrent import futures

import grpc
import numpy as np
import tensorflow as tf
from served import BadRequest, Served, command_line
from tensorflow_serving.apis import (
    predict_pb2,
    prediction_log_pb2,
    prediction_service_pb2_grpc,
)

WARM_UP = "assets.extra/tf_serving_warmup_requests"
# Images may be larger than the 4 MiB that gRPC allows a message by default.
OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Answers Predict for models by name."""

    def __init__(self, models: dict[str, Served]):
        self.models = models

    def Predict(self, request, context):  # noqa: N802  the name that the stubs call
        """Answer a request, or abort with NOT_FOUND or INVALID_ARGUMENT."""
        name = request.model_spec.name
        if name not in self.models:
            context.abort(grpc.StatusCode.NOT_FOUND, f"there is no model {name!r}")
        try:
            return predicted(self.models[name], request)
        except BadRequest as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))


def predicted(served: Served, request: predict_pb2.PredictRequest) -> predict_pb2.PredictResponse:
    """Return a model's answer.

    Raises:
        BadRequest: the request cannot be answered.
    """
    signature = request.model_spec.signature_name or "serving_default"
    inputs = {name: _array(name, proto) for name, proto in request.inputs.items()}
    response = predict_pb2.PredictResponse()
    response.model_spec.name = request.model_spec.name
    response.model_spec.signature_name = signature
    response.model_spec.version.value = int(served.path.name)
    for name, output in served.answer(signature, inputs).items():
        response.outputs[name].CopyFrom(tf.make_tensor_proto(output))
    return response


def _array(name: str, proto) -> np.ndarray:
    try:
        return tf.make_ndarray(proto)
    except (ValueError, TypeError) as error:
        raise BadRequest(f"{name!r} is no tensor: {error}") from error


def warm_up(served: Served) -> int:
    """Answer the requests that a model came with; return how many there were."""
    records = tf.data.TFRecordDataset(str(served.path / WARM_UP)).as_numpy_iterator()
    logs = map(prediction_log_pb2.PredictionLog.FromString, records)
    return len([predicted(served, log.predict_log.request) for log in logs])


def main() -> None:
    """Serve until the process is ended."""
    models, port = command_line(__doc__, port=8500)
    for name, served in models.items():
        print(
            f"{name}: version {served.path.name}, warm-up requests answered: {warm_up(served)}",
            flush=True,
        )
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2), options=OPTIONS)
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        PredictionService(models), server
    )
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
