"""`python -m export RUN`: all forms, a report of what each costs, and a card."""

import json
import re
import shutil

import numpy as np
import pytest

from export import tflite
from export.common import litert_js, report
from export.common.files import MissingError
from export.common.runs import open_run

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
    """A labelled run with everything that can be exported without the network."""
    from export.__main__ import main

    run = tmp_path_factory.mktemp("everything") / "cgan"
    shutil.copytree(runs / "cgan", run, ignore=shutil.ignore_patterns("export"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(litert_js, "tarball", _no_network)
        main([str(run)])
    return run


def _no_network(file):
    raise MissingError("no network")


def test_a_row_for_every_file(exported):
    rows = {row["file"]: row for row in report.rows_of(exported)}
    assert list(rows) == [f"export/{name}" for name in FILES]
    for name, row in rows.items():
        assert row["bytes"] == report.size(exported / name) > 0
        assert 0 <= row["mean_difference"] <= row["max_difference"] <= 2.0
        for times in row["latency_ms"].values():
            assert 0 < times["median"] <= times["p90"]
        assert row["operators"] == sorted(set(row["operators"])) != []
        assert row["drift"]["frechet"] >= 0 and row["drift"]["pictures"] == 500
    exact = [row["max_difference"] for row in rows.values()]
    assert exact[1] < 1e-3 and exact[5] < 1e-3 and exact[0] < 0.01
    lite = [row for name, row in rows.items() if name.endswith(".tflite")]
    assert not any(name.startswith("Flex") for row in lite for name in row["operators"])


@pytest.mark.parametrize("how, kept", [("float16", "FLOAT16"), ("int8", "INT8")])
def test_weights_are_kept_as_asked(exported, how, kept):
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    def types(name):
        model = flatbuffer_utils.read_model(exported / "export" / "tflite" / name)
        return {tensor.type for tensor in model.subgraphs[0].tensors}

    smaller = getattr(schema.TensorType, kept)
    assert smaller in types(f"generator-{how}.tflite")
    assert smaller not in types("generator.tflite")


def test_the_card_says_what_it_is_and_how_to_load_each_file(exported, without_the_library):
    card = (exported / "export" / "MODEL_CARD.md").read_text()
    config = json.loads((exported / "config.json").read_text())
    assert card.startswith("# CGAN on shapes\n") and "https://arxiv.org/abs/1411.1784" in card
    assert config["data"]["fingerprint"] in card
    assert re.search(r"\| steps \| 2 \|", card) and "| batch_size | " in card
    assert re.search(r"\| discriminator/adversarial \| \d", card)
    for picture in re.findall(r"!\[.*\]\((.*)\)", card):
        assert (exported / "export" / picture).exists()
    programs = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    assert len(programs) == len(FILES)
    for program in programs:
        assert program.count("\n") == 3
    joined = "import os, sys\nos.chdir(sys.argv[1])\n" + "\n".join(programs)
    without_the_library(joined, exported)


def test_a_form_that_cannot_be_made_is_left_out_and_a_file_that_is_gone_too(exported, tmp_path):
    assert not (exported / "export" / "web").exists()
    run = tmp_path / "run"
    shutil.copytree(exported, run)
    (run / "export" / "onnx" / "generator.onnx").unlink()
    assert len(report.rows_of(run)) == len(FILES) - 1


@pytest.mark.parametrize("run", ["pix2pix"], indirect=True)
def test_what_cannot_be_made_is_said_and_the_rest_is_made(run, call, monkeypatch):
    monkeypatch.setattr(litert_js, "tarball", _no_network)
    config = json.loads((run / "config.json").read_text())
    config["data"]["name"] = str(run / "gone")
    (run / "config.json").write_text(json.dumps(config))
    shutil.rmtree(run / "logs")
    message = call("export.__main__", run, code=1)
    assert "left out: no network" in message and "there is no folder" in message
    assert "not all could be exported" in message
    made = {row["file"] for row in report.rows_of(run) if row["file"].startswith("export/")}
    assert made == {f"export/{name}" for name in FILES if "int8" not in name}
    assert (run / "export" / "MODEL_CARD.md").exists()


def test_a_tflite_file_says_what_it_takes(exported):
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model(exported / "export/tflite/generator-float16.tflite")
    assert (
        b"labels: int32, 0 to 8" in model.description or b"labels: int32, 0 to" in model.description
    )
    (entry,) = [each for each in model.metadata if each.name == b"keras_gans"]
    facts = json.loads(bytes(model.buffers[entry.buffer].data))
    assert facts["quantize"] == "float16" and facts["outputs"] == {"images": "float32, -1 to 1"}
    assert list(facts["inputs"]) == ["latents", "labels"]


def test_samples_of_a_seed_are_those_of_export_images(exported, call, tmp_path):
    import tensorflow as tf

    call("export.images", exported, "--count", 5, "--seed", 9, "--output", tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as arrays:
        expected = np.stack(list(arrays.values()))
    sample = tf.saved_model.load(exported / "export/saved_model/generator/1").signatures["sample"]
    asked = {"count": tf.constant(5), "seed": tf.constant(9, "int64")}
    made = sample(**asked, labels=tf.constant([], "int32"))["images"]
    assert np.abs(made.numpy().astype(int) - expected).max() <= 1
    for bad in ({"labels": [77]}, {"labels": [-1]}):
        with pytest.raises(tf.errors.InvalidArgumentError, match="labels are from 0 to"):
            sample(**asked, labels=tf.constant(bad["labels"]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="count is from 1 to 1024"):
        sample(**asked | {"count": tf.constant(0)}, labels=tf.constant([0]))


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_int8_learns_from_the_runs_data_and_says_what_it_chose(run, call):
    said = call("export.tflite", run, "--quantize", "int8", "--direction", "a_to_b")
    found = re.search(r"int8 of a_to_b: (\S+) off Keras .* alone, (\S+) with .*: (\w+) it is", said)
    whole, mixed = float(found[1]), float(found[2])
    assert found[3] == ("float" if whole > tflite.WORTH * mixed else "integers")
    row = report.rows_of(run)[-1]
    assert row["file"] == "export/tflite/a_to_b-int8.tflite"
    chosen = mixed if found[3] == "float" else whole
    assert row["mean_difference"] == pytest.approx(chosen, rel=0.2)
    assert open_run(run).config["data"]["name"] == "stripes"
    config = json.loads((run / "config.json").read_text())
    config["data"]["name"] = str(run / "gone")
    (run / "config.json").write_text(json.dumps(config))
    message = call("export.tflite", run, "--quantize", "int8", code=1)
    assert "there is no folder" in message and message.count("\n") == 1
