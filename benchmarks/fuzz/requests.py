"""Requests to the exported SavedModels, with broken images, counts, labels and shapes."""

import io
import random
import zlib
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.fuzz.images import KEPT, encoded, huge_png
from benchmarks.fuzz.mutations import cut, damage, noise
from benchmarks.fuzz.target import Input, Target

COUNTS = (-(2**31), -1, 0, 1, 2, 7, 1024, 1025, 2**31 - 1)
LABELS = (-(2**31), -1, 0, 1, 7, 8, 2**31 - 1)
SEEDS = (-(2**63), -1, 0, 1, 2**63 - 1)
SHAPES: tuple[tuple[int, ...], ...] = (
    (0, 24, 24, 3),
    (1, 0, 24, 3),
    (1, 24, 0, 3),
    (1, 1, 1, 3),
    (2, 1, 37, 3),
    (1, 15, 17, 3),
    (3, 24, 24, 3),
    (1, 4097, 4097, 3),
    (1, 2, 20_000, 3),
    (24, 24, 3),
    (1, 24, 24, 4),
    (),
)


class Requests(Target):
    """The signatures of a class-conditional generator and of CycleGAN's a_to_b."""

    _models: dict[str, Any] | None = None

    def draw(self, rng: random.Random) -> Input:
        """Return a request: its files are the encoded images."""
        call = rng.choice(("sample", "sample_png", "serve", "translate", "png", "png", "png"))
        options: dict[str, Any] = {"call": call}
        if call == "png":
            files = {
                f"images/{number}": _image(rng) for number in range(rng.choice((0, 1, 1, 1, 3)))
            }
            return Input("translate_png", files, options)
        if call == "translate":
            options["shape"] = rng.choice(SHAPES)
        elif call == "serve":
            options |= {
                "latents": (rng.choice((0, 1, 2, 5)), rng.choice((4, 4, 4, 5))),
                "labels": _labels(rng),
                "value": rng.choice((0.0, 1e38, float("inf"), float("nan"))),
            }
        else:
            options |= {"count": rng.choice(COUNTS), "seed": rng.choice(SEEDS)}
            options["labels"] = _labels(rng)
        return Input(call, {}, options)

    def attempt(self, given: Input) -> None:
        """Answer the request."""
        import tensorflow as tf

        signatures, arguments = self._loaded(), given.options
        call = arguments["call"]
        if call == "png":
            images = [(self.folder / name).read_bytes() for name in given.files]
            signatures["a_to_b"]["translate_png"](encoded=tf.constant(images, "string"))
        elif call == "translate":
            images = tf.zeros(arguments["shape"], "uint8")
            signatures["a_to_b"]["serving_default"](images=images)
        elif call == "serve":
            latents = tf.fill(arguments["latents"], np.float32(arguments["value"]))
            labels = tf.constant(arguments["labels"], "int32")
            signatures["generator"]["serving_default"](latents=latents, labels=labels)
        else:
            signatures["generator"][call](
                count=tf.constant(arguments["count"], "int32"),
                seed=tf.constant(arguments["seed"], "int64"),
                labels=tf.constant(arguments["labels"], "int32"),
            )

    def fill(self) -> None:
        """Nothing is there but the request."""
        import tensorflow as tf

        (self.folder / "images").mkdir()
        # What a server answers with HTTP 400; the last two are for shapes that no graph takes.
        self.refusals = (tf.errors.InvalidArgumentError, ValueError, TypeError)

    def _loaded(self) -> dict[str, Any]:
        import tensorflow as tf

        if self._models is None:
            folders = {"generator": "cgan", "a_to_b": "cyclegan"}
            self._models = {
                name: tf.saved_model.load(self.base / run / "export" / "saved_model" / name / "1")
                for name, run in folders.items()
            }
        return {name: model.signatures for name, model in self._models.items()}


def _labels(rng: random.Random) -> list[int]:
    return [rng.choice(LABELS) for _ in range(rng.choice((0, 1, 1, 2, 5)))]


def _image(rng: random.Random) -> bytes:
    """Return an image, whole or broken, or one that says that it is huge, or hides that it is."""
    kind = rng.random()
    if kind < 0.05:
        return hidden_size(rng)
    if kind < 0.1:
        return huge_png(rng)
    if kind < 0.15:
        return noise(rng)
    name = rng.choice(("PNG", "JPEG", "GIF", "BMP", "WEBP"))
    data = encoded(name, rng)
    if kind < 0.3:
        return data
    if kind < 0.4:
        return cut(data, rng)
    return huge(name, data, rng) if kind < 0.55 else damage(data, rng, rng.choice(KEPT))


def hidden_size(rng: random.Random) -> bytes:
    """Return a large image whose first bytes say that it has one pixel."""
    content, name = io.BytesIO(), rng.choice(("GIF", "PNG"))
    Image.new("L", (3000, rng.choice((2000, 3000)))).save(content, name)
    if name == "GIF":
        return with_small_screen(content.getvalue())
    rest = bytes(rng.randrange(9))
    return with_chunk_before_header(content.getvalue(), rng.choice((b"vpAg", b"teSt")), rest)


def with_small_screen(gif: bytes) -> bytes:
    """Return a GIF whose screen is 1 x 1; its frame has a size of its own."""
    return gif[:6] + b"\1\0\1\0" + gif[10:]


def with_chunk_before_header(png: bytes, kind: bytes = b"vpAg", rest: bytes = b"") -> bytes:
    """Return a PNG whose first chunk, of a kind of its own, says 1 x 1 where a header would."""
    chunk = kind + b"\0\0\0\1" * 2 + rest
    crc = zlib.crc32(chunk).to_bytes(4, "big")
    return png[:8] + (len(chunk) - 4).to_bytes(4, "big") + chunk + crc + png[8:]


def huge(name: str, data: bytes, rng: random.Random) -> bytes:
    """Return an image whose header says that it has very many pixels."""
    sides = [rng.choice((4096, 20_000, 65_500)) for _ in range(2)]
    changed = bytearray(data)
    if name == "GIF":  # the canvas and the first frame
        size = b"".join(side.to_bytes(2, "little") for side in sides)
        changed[6:10] = size
        at = changed.find(b"\x2c\x00\x00\x00\x00")
        if at >= 0:
            changed[at + 5 : at + 9] = size
    elif name == "BMP":
        changed[18:26] = b"".join(side.to_bytes(4, "little") for side in sides)
    elif name == "JPEG":
        at = max(changed.find(b"\xff\xc0"), changed.find(b"\xff\xc2"))
        changed[at + 5 : at + 9] = b"".join(side.to_bytes(2, "big") for side in sides)
    return bytes(changed)
