"""`python -m export RUN`: all formats, a report of their measurements, and a model card."""

import json
import re
import shutil

import numpy as np
import onnx
import pytest

from export.common import litert_js, report, tflite_int8
from export.common.errors import MissingDependencyError
from export.common.measurements import size_of
from keras_gans.cli.run_directory import RunDirectory
from keras_gans.data.synthetic.drawing import SHAPES

FILES = [
    "saved_model/generator/1",
    "tflite/generator.tflite",
    "tflite/generator-float16.tflite",
    "tflite/generator-dynamic.tflite",
    "tflite/generator-int8.tflite",
    "onnx/generator.onnx",
]


@pytest.fixture(scope="module")
def exported(runs, tmp_path_factory):
    """A class-conditional run, exported in all formats that need no network."""
    from export.__main__ import main

    run = tmp_path_factory.mktemp("all") / "cgan"
    shutil.copytree(runs / "cgan", run, ignore=shutil.ignore_patterns("export"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(litert_js, "tarball", _no_network)
        with pytest.raises(SystemExit) as stop:
            main([str(run)])
    assert stop.value.code == 0
    return run


def rows_of(run):
    return report.read_rows(RunDirectory(run))


def _no_network(file):
    raise MissingDependencyError("no network")


def test_a_row_for_every_file(exported):
    rows = {row.file: row.measurements for row in rows_of(exported)}
    assert list(rows) == [f"export/{name}" for name in FILES]
    for name, row in rows.items():
        assert row.bytes == size_of(exported / name) > 0
        assert 0 <= row.mean_abs_error <= row.max_abs_error <= 2.0
        assert row.num_inputs == 64
        assert list(row.latency_ms) == ["1", "2"]
        for latency in row.latency_ms.values():
            assert 0 < latency.median <= latency.p90
        assert list(row.operators) == sorted(set(row.operators)) != []
        assert row.frechet_distance >= 0 and row.relative_frechet_distance >= 0
        assert row.num_frechet_images == 500
    errors = [row.max_abs_error for row in rows.values()]
    assert errors[1] < 1e-3 and errors[5] < 1e-3 and errors[0] < 0.01
    lite = [row for name, row in rows.items() if name.endswith(".tflite")]
    assert not any(name.startswith("Flex") for row in lite for name in row.operators)


@pytest.mark.parametrize("quantize, stored", [("float16", "FLOAT16"), ("int8", "INT8")])
def test_weights_are_stored_as_quantize_says(exported, quantize, stored):
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    def types(name):
        model = flatbuffer_utils.read_model(exported / "export" / "tflite" / name)
        return {tensor.type for tensor in model.subgraphs[0].tensors}

    smaller = getattr(schema.TensorType, stored)
    assert smaller in types(f"generator-{quantize}.tflite")
    assert smaller not in types("generator.tflite")


def test_the_model_card_describes_the_model_and_how_to_load_each_file(
    exported, without_the_library
):
    card = (exported / "export" / "MODEL_CARD.md").read_text()
    assert card.startswith("# CGAN on shapes\n") and "https://arxiv.org/abs/1411.1784" in card
    assert RunDirectory(exported).read().fingerprint in card
    assert re.search(r"\| steps +\| 2 +\|", card) and re.search(r"\| batch_size +\| \d", card)
    assert re.search(r"\| discriminator/adversarial +\| \d", card)
    grids = re.findall(r"!\[.*\]\((.*)\)", card)
    assert grids == ["samples-generator.png"]
    assert all((exported / "export" / grid).exists() for grid in grids)
    programs = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    assert len(programs) == len(FILES)
    for program in programs:
        assert program.count("\n") == 3
    joined = "import os, sys\nos.chdir(sys.argv[1])\n" + "\n".join(programs)
    without_the_library(joined, exported)


def test_skipped_formats_and_deleted_files_have_no_row(exported, tmp_path):
    assert not (exported / "export" / "web").exists()
    run = tmp_path / "run"
    shutil.copytree(exported, run)
    (run / "export" / "onnx" / "generator.onnx").unlink()
    assert len(rows_of(run)) == len(FILES) - 1


@pytest.mark.parametrize("run", ["pix2pix"], indirect=True)
def test_failures_are_printed_and_the_other_formats_are_made(run, call, change_data, monkeypatch):
    monkeypatch.setattr(litert_js, "tarball", _no_network)
    change_data(run, run / "gone")
    shutil.rmtree(run / "logs")
    message = call("export.__main__", run, code=1)
    assert "skipped: no network" in message and "there is no folder" in message
    assert "not all formats could be exported" in message
    files = {row.file for row in rows_of(run)}
    assert files == {f"export/{name}" for name in FILES if "int8" not in name}
    assert (run / "export" / "MODEL_CARD.md").exists()


def test_a_tflite_file_describes_its_inputs_and_outputs(exported):
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model(exported / "export/tflite/generator-float16.tflite")
    assert b"labels: int32, 0 to 7" in model.description
    (entry,) = [each for each in model.metadata if each.name == b"keras_gans"]
    metadata = json.loads(bytes(model.buffers[entry.buffer].data))
    assert metadata["quantize"] == "float16" and metadata["outputs"] == {
        "images": "float32, -1 to 1"
    }
    assert list(metadata["inputs"]) == ["latents", "labels"]
    assert metadata["class_names"] == list(SHAPES)


def test_an_onnx_file_names_its_classes(exported):
    model = onnx.load(exported / "export/onnx/generator.onnx")
    properties = {each.key: each.value for each in model.metadata_props}
    assert json.loads(properties["class_names"]) == list(SHAPES)
    assert (properties["model"], properties["data"]) == ("cgan", "shapes")


def test_samples_of_a_seed_are_those_of_export_images(exported, call, tmp_path):
    import tensorflow as tf

    call("export.images", exported, "--count", 5, "--seed", 9, "--output", tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as arrays:
        expected = arrays["images"]
    sample = tf.saved_model.load(exported / "export/saved_model/generator/1").signatures["sample"]
    request = {"count": tf.constant(5), "seed": tf.constant(9, "int64")}
    images = sample(**request, labels=tf.constant([], "int32"))["images"]
    assert np.abs(images.numpy().astype(int) - expected).max() <= 1
    for bad in ({"labels": [77]}, {"labels": [-1]}):
        with pytest.raises(tf.errors.InvalidArgumentError, match="labels are from 0 to"):
            sample(**request, labels=tf.constant(bad["labels"]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="count is from 1 to 1024"):
        sample(**request | {"count": tf.constant(0)}, labels=tf.constant([0]))


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_int8_is_calibrated_with_the_runs_data_and_prints_its_choice(run, call, change_data):
    stdout = call("export.tflite", run, "--quantize", "int8", "--direction", "a_to_b")
    found = re.search(
        r"int8 of a_to_b: mean abs error (\S+) in int8 throughout, "
        r"(\S+) with float32 normalization: takes (.*)",
        stdout,
    )
    throughout, mixed = float(found[1]), float(found[2])
    use_mixed = throughout > tflite_int8.MAX_ERROR_RATIO * mixed
    assert found[3] == ("float32 normalization" if use_mixed else "int8 throughout")
    row = rows_of(run)[-1]
    assert row.file == "export/tflite/a_to_b-int8.tflite"
    chosen = mixed if use_mixed else throughout
    assert row.measurements.mean_abs_error == pytest.approx(chosen, rel=0.2)
    assert RunDirectory(run).read().data.name == "stripes"
    change_data(run, run / "gone")
    flags = ["--quantize", "int8", "--direction", "a_to_b"]
    message = call("export.tflite", run, *flags, code=1)
    assert "there is no folder" in message and "have moved, say where they are: --data" in message
    assert message.count("\n") == 2
    call("export.tflite", run, *flags, "--data", "stripes")
