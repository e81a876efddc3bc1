"""The page for phones says the names and shapes that exported files have."""

import re
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from export import tflite
from export.common.generator import Generator
from keras_gans.networks import resnet_translator

PAGE = (Path(__file__).parents[2] / "docs" / "phones.md").read_text(encoding="utf-8")


def code_of(language):
    (code,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)
    return code


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory):
    """A translator's file of the page's size."""
    side = int(re.search(r"SIZE = (\d+)", code_of("kotlin"))[1])
    network = resnet_translator.translator((side, side, 3), filters=2, blocks=1)
    images = np.zeros((1, side, side, 3), "float32")
    made = Generator("a_to_b", network, {"images": images}, {})
    file = tmp_path_factory.mktemp("phone") / "a_to_b-float16.tflite"
    file.write_bytes(tflite.convert(made.network_for_tflite, made, 1, "float16"))
    return Interpreter(model_path=str(file))


def test_kotlin_names_the_signature_its_input_and_its_output(interpreter):
    ((signature, tensors),) = interpreter.get_signature_list().items()
    code = code_of("kotlin")
    assert re.findall(r'createInputBuffer\("(\w+)", "(\w+)"\)', code) == [
        (tensors["inputs"][0], signature)
    ]
    assert re.findall(r'createOutputBuffer\("(\w+)", "(\w+)"\)', code) == [
        (tensors["outputs"][0], signature)
    ]
    run = re.search(r'run\(mapOf\("(\w+)" to input\), mapOf\("(\w+)" to output\), "(\w+)"\)', code)
    assert run.groups() == (tensors["inputs"][0], tensors["outputs"][0], signature)
    assert "FloatArray(SIZE * SIZE * 3)" in code


def test_swift_takes_the_only_input_and_output_of_the_pages_shape(interpreter):
    (given,), (made,) = interpreter.get_input_details(), interpreter.get_output_details()
    code = code_of("swift")
    shape = re.search(r"toInputAt: 0\)  // images: \[([\d, ]+)\], float32", code)[1]
    assert [int(side) for side in shape.split(",")] == given["shape"].tolist()
    assert given["shape"].tolist() == made["shape"].tolist()
    assert given["dtype"] == made["dtype"] == np.float32
    assert re.search(r"SIZE = (\d+)", code)[1] == str(given["shape"][1])


def test_pixels_become_values_and_back_as_everywhere():
    for language in ("kotlin", "swift"):
        assert re.search(r"/ 127\.5f? - 1", code_of(language))
        assert re.search(r"\+ 1f?\) \* 127\.5", code_of(language))
    files = set(re.findall(r"`a_to_b-(\w+)\.tflite`", PAGE))
    assert files == set(tflite.QUANTIZATIONS) - {"none"}
