"""The script that makes an .onnx file of ours into one that torch-fidelity takes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from keras_gans.pixels import to_pixels

SCRIPT = Path(__file__).parents[2] / "docs" / "scripts" / "torch_fidelity_onnx.py"
GENERATOR = """
<ir_version: 8, opset_import: ["" : 15]>
generator (float[n, 2, 3, {channels}] latents) => (float[n, 2, 3, {channels}] made) {{
    made = Identity (latents)
}}
"""


def converted(images, folder):
    generator = onnx.parser.parse_model(GENERATOR.format(channels=images.shape[-1]))
    onnx.save(generator, folder / "generator.onnx")
    command = [sys.executable, SCRIPT, "generator.onnx", "pixels.onnx"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    session = onnxruntime.InferenceSession(folder / "pixels.onnx")
    (pixels,) = session.run(None, {"latents": images})
    return pixels


def test_images_become_color_pixels_with_channels_first(tmp_path):
    images = np.random.default_rng(0).uniform(-1.2, 1.2, (5, 2, 3, 3)).astype("float32")
    pixels = converted(images, tmp_path)
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, to_pixels(images).transpose(0, 3, 1, 2))


def test_grayscale_becomes_color(tmp_path):
    images = np.array([-1.0, 0.0, 1.0, 1.5, -2.0, 0.5], "float32").reshape(1, 2, 3, 1)
    pixels = converted(images, tmp_path)
    np.testing.assert_array_equal(pixels, [[[[0, 128, 255], [255, 0, 191]]] * 3])
