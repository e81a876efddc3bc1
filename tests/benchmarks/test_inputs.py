"""What benchmarks take: wrong names are errors of a line or two, and photographs are turned."""

import numpy as np
import pytest
from PIL import Image

from benchmarks import large_pictures, modes, quantization


def refused(benchmark, *arguments):
    with pytest.raises(SystemExit) as stop:
        benchmark.main(arguments)
    assert stop.value.code.startswith("error: ") and stop.value.code.count("\n") <= 1
    return stop.value.code


def test_a_model_that_is_none_is_named_with_those_there_are():
    assert "'gann'" in refused(modes, "--variants", "gann")


def test_the_address_of_a_hub_stays_one():
    assert "gs://me/x is no address of a hub" in refused(quantization, "gs://me/x")


def test_a_run_that_is_none_is_an_error(tmp_path, monkeypatch):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    monkeypatch.setattr("sys.executable", "false")  # a command that fails
    message = refused(large_pictures, "nosuch", "--input", str(tmp_path / "a.png"))
    assert "export.images failed" in message


def test_a_photograph_is_turned_as_its_exif_data_say(tmp_path):
    pixels = np.arange(2 * 4 * 3, dtype="uint8").reshape(2, 4, 3)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    Image.fromarray(pixels).save(tmp_path / "a.png", exif=exif)
    turned = large_pictures.pixels_of(tmp_path / "a.png")
    np.testing.assert_array_equal(turned, np.rot90(pixels, -1))
