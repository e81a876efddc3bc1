"""Every export takes a preset where it takes a run."""

import pytest
from PIL import Image

from train.publish import main as publish


@pytest.fixture
def preset(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        publish([str(run), "--to", "mine", "--license", "free"])
    assert stop.value.code == 0
    return tmp_path / "mine"


@pytest.mark.parametrize("run", ["gan", "pix2pix"], indirect=True)
def test_a_preset_is_exported_as_a_run_is(preset, tmp_path, call):
    before = sorted(preset.iterdir())
    for module in ("export.tflite", "export.onnx", "export.saved_model"):
        call(module, "mine")
    exported = tmp_path / "runs" / "mine" / "export"
    assert (exported / "tflite" / "generator.tflite").is_file()
    assert (exported / "onnx" / "generator.onnx").is_file()
    assert any((exported / "saved_model" / "generator").rglob("saved_model.pb"))
    assert sorted(preset.iterdir()) == before


@pytest.mark.parametrize("run", ["cgan"], indirect=True)
def test_samples_of_a_preset_are_those_of_its_run(run, preset, tmp_path, call):
    for name in (run, "mine"):
        call("export.images", name, "--count", 1, "--output", tmp_path / f"{name}.png")
    one, two = (Image.open(tmp_path / f"{name}.png").tobytes() for name in (run, "mine"))
    assert max(abs(x - y) for x, y in zip(one, two, strict=True)) <= 2  # half precision


@pytest.mark.parametrize("run", ["pix2pix"], indirect=True)
def test_int8_finds_its_images_in_the_data(preset, tmp_path, call):
    call("export.tflite", "mine", "--quantize", "int8")
    assert any((tmp_path / "runs" / "mine" / "export" / "tflite").glob("*int8*"))


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_a_film_needs_a_run(preset, call):
    assert "holds no sample grids" in call("export.film", "mine", code=1)


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_a_damaged_preset_is_named_in_two_lines(preset, call):
    weights = preset / "model.weights.h5"
    weights.write_bytes(weights.read_bytes()[:-1])
    message = call("export.tflite", "mine", code=1)
    assert "model.weights.h5 is damaged" in message and message.count("\n") <= 2
