"""TensorFlow Serving's JSON: rows and columns, and invalid requests."""

import base64
import json

import numpy as np
import pytest

LATENTS = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")


def test_rows_are_columns_turned(rest):
    expected = rest.ask("cgan", "serving_default", latents=LATENTS, labels=[0, 1, 2])
    rows = [{"latents": x.tolist(), "labels": label} for label, x in enumerate(LATENTS)]
    response = rest.post("cgan", {"instances": rows})
    np.testing.assert_array_equal(rest.decoded(response.json()["predictions"]), expected)


@pytest.mark.parametrize("key, answer", [("instances", "predictions"), ("inputs", "outputs")])
def test_a_single_input_needs_no_name(key, answer, rest):
    expected = rest.ask("gan", "serving_default", latents=LATENTS)
    response = rest.post("gan", {key: LATENTS.tolist()})
    np.testing.assert_array_equal(rest.decoded(response.json()[answer]), expected)


def test_bytes_go_in_and_out_as_base64_in_rows_as_well(rest):
    (file,) = rest.ask("gan", "sample_png", count=1, seed=0)
    row = {"b64": base64.b64encode(file).decode()}
    body = {"signature_name": "translate_png", "instances": [row, {"encoded": row}]}
    predictions = rest.post("cyclegan", body).json()["predictions"]
    first, second = rest.decoded(predictions)
    assert first == second and first.startswith(b"\x89PNG")


def test_the_content_type_does_not_matter(rest):
    body = json.dumps({"signature_name": "sample_png", "inputs": {"count": 1, "seed": 7}})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = rest.post("gan", None, data=body, headers=headers)
    assert rest.decoded(response.json()["outputs"]) == rest.ask(
        "gan", "sample_png", count=1, seed=7
    )


@pytest.mark.parametrize(
    "body, why",
    [
        ([], '"instances" or "inputs"'),
        ({}, '"instances" or "inputs"'),
        ({"instances": []}, "each of the instances must have"),
        ({"instances": 3}, "to be a list"),
        ({"instances": [[0.0] * 4, [0.0] * 3]}, "cannot be made float32"),
        ({"inputs": "text"}, "cannot be made float32"),
        ({"inputs": None}, "cannot be made float32"),
        ({"signature_name": "sample", "inputs": {"count": 1.5, "seed": 1}}, "made int32"),
        ({"signature_name": "sample", "inputs": {"count": 2**40, "seed": 1}}, "made int32"),
        ({"signature_name": "sample", "inputs": 3}, "give the inputs by name"),
    ],
)
def test_invalid_requests_are_refused(body, why, rest):
    response = rest.post("gan", body)
    assert response.status_code == 400, response.text
    assert why in response.json()["error"] and "\n" not in response.json()["error"]


@pytest.mark.parametrize("encoded", [{"b64": "?"}, {"b64": 3}, 3])
def test_invalid_base64_is_refused(encoded, rest):
    body = {"signature_name": "translate_png", "inputs": {"encoded": [encoded]}}
    response = rest.post("cyclegan", body)
    assert (response.status_code, response.json().keys()) == (400, {"error"})


def test_invalid_json_and_unknown_models_are_refused(rest):
    assert (
        rest.post("gan", None, data="{", headers={"Content-Type": "text/plain"}).status_code == 400
    )
    assert rest.post("gan", None, data="{").status_code == 400
    assert rest.post("nothing", {"inputs": {}}).status_code == 404
