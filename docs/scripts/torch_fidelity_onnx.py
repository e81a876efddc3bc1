"""Make torch-fidelity's kind of .onnx file from one of export.onnx.

`python docs/scripts/torch_fidelity_onnx.py generator.onnx pixels.onnx`. torch-fidelity wants color
images as uint8 (n, 3, h, w); ours are float32 (n, h, w, c) in [-1, 1].
"""

import sys

import onnx
from onnx import compose, parser

TO_PIXELS = """
<ir_version: {ir_version}, opset_import: ["" : {opset}]>
to_pixels (float[n, h, w, c] images) => (uint8[n, 3, h, w] pixels) {{
    one = Constant <value = float {{1.0}}> ()
    half = Constant <value = float {{127.5}}> ()
    zero = Constant <value = float {{0.0}}> ()
    most = Constant <value = float {{255.0}}> ()
    color = Constant <value = int64[4] {{1, 3, 1, 1}}> ()
    shifted = Add (images, one)
    scaled = Mul (shifted, half)
    rounded = Round (scaled)
    clipped = Clip (rounded, zero, most)
    bytes = Cast <to = 2> (clipped)
    channels_first = Transpose <perm = [0, 3, 1, 2]> (bytes)
    pixels = Expand (channels_first, color)
}}
"""


def main(source: str, target: str) -> None:
    """Append the conversion to a generator's file."""
    generator = onnx.load(source)
    (opset,) = (used.version for used in generator.opset_import if used.domain in ("", "ai.onnx"))
    text = TO_PIXELS.format(ir_version=generator.ir_version, opset=opset)
    to_pixels = compose.add_prefix(parser.parse_model(text), "to_pixels/")
    joined = [("made", "to_pixels/images")]
    onnx.save(compose.merge_models(generator, to_pixels, joined), target)


if __name__ == "__main__":
    main(*sys.argv[1:])
