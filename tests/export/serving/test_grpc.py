"""TensorFlow Serving's Predict: names, types, versions, states, and the warm-up requests."""

import grpc
import numpy as np
import pytest
import tensorflow as tf

LATENTS = np.zeros((2, 4), "float32")


def test_the_highest_version_of_each_model_was_warmed_up_before_the_first_request(rpc):
    log = rpc.log.read_text()
    for model, signatures in {"gan": 3, "cgan": 6, "cyclegan": 2, "pix2pix": 2}.items():
        assert f"{model}: version 10, warm-up requests answered: {signatures}\n" in log


def test_an_answer_names_its_model_and_types(rpc):
    response = rpc.predict("gan", "", {"latents": LATENTS})
    assert response.model_spec.signature_name == "serving_default"
    assert response.model_spec.version.value == 10
    assert response.outputs["images"].dtype == tf.uint8.as_datatype_enum
    assert [dim.size for dim in response.outputs["images"].tensor_shape.dim] == [2, 8, 8, 3]
    response = rpc.predict("gan", "sample_png", {"count": 1, "seed": 0})
    assert response.outputs["png_bytes"].dtype == tf.string.as_datatype_enum


def test_images_may_be_larger_than_grpcs_default_message(rpc):
    images = np.zeros((1, 1200, 1200, 3), "uint8")
    assert images.nbytes > 2**22
    assert rpc.ask("cyclegan", "serving_default", images=images).shape == images.shape


def test_inputs_of_another_type_or_name_are_refused(rpc):
    said = rpc.refused("gan", "serving_default", latents=LATENTS.astype("float64"))
    assert said == "'latents' is float32, not float64"
    said = rpc.refused("gan", "serving_default", latents=LATENTS, labels=[0, 1])
    assert said == "'serving_default' takes ['latents'], not ['labels', 'latents']"


def test_a_tensor_without_its_values_is_refused(rpc):
    proto = tf.make_tensor_proto(LATENTS)
    proto.tensor_content = proto.tensor_content[:-4]
    assert "'latents' is no tensor" in rpc.refused("gan", "serving_default", latents=proto)


def test_an_unknown_model_is_not_found(rpc):
    with pytest.raises(grpc.RpcError) as error:
        rpc.predict("nothing", "serving_default", {"latents": LATENTS})
    assert error.value.code() == grpc.StatusCode.NOT_FOUND
    assert error.value.details() == "there is no model 'nothing'"
    assert rpc.ask("gan", "serving_default", latents=LATENTS).shape == (2, 8, 8, 3)
