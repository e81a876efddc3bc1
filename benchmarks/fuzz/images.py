"""Broken image files of every format that Pillow writes, for the data loader."""

import io
import random
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image

from benchmarks.fuzz.mutations import cut, damage, noise
from benchmarks.fuzz.target import Input, Target

# The formats, with the modes that each writes.
FORMATS = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "JPEG": ("L", "RGB", "CMYK"),
    "GIF": ("1", "L", "P", "RGB"),
    "BMP": ("1", "L", "P", "RGB", "RGBA"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"),
    "WEBP": ("RGB", "RGBA"),
    "AVIF": ("RGB", "RGBA"),
    "PPM": ("1", "L", "RGB", "I;16"),
    "TGA": ("L", "LA", "P", "RGB", "RGBA"),
    "ICO": ("RGB", "RGBA"),
    "JPEG2000": ("L", "RGB", "RGBA"),
    "DIB": ("L", "RGB"),
    "PCX": ("L", "RGB"),
    "SGI": ("L", "RGB"),
    "IM": ("L", "RGB", "I", "F"),
    "QOI": ("RGB", "RGBA"),
    "DDS": ("RGB", "RGBA"),
    "ICNS": ("RGBA",),
}
USUAL = 11  # of them, which come most often: others are refused at once
KEPT = (0, 8, 16, 16, 32, 64)  # bytes of a header that stay as they are
SUFFIXES = ("avif", "bmp", "gif", "jpg", "png", "ppm", "tga", "tif", "webp", "JPEG", "jpg_large")
SIDES = (1, 4, 5, 8, 16, 17, 33, 64, 65)
LARGE = (5_000, 8_000, 13_000)  # sides of images that are decoded
HUGE = (3_000, 20_000, 65_535, 2**24, 2**31 - 1, 2**32 - 1)


class Images(Target):
    """A folder of images, one of them broken."""

    def draw(self, rng: random.Random) -> Input:
        """Return the bytes of a broken image."""
        kind = rng.random()
        if kind < 0.04:
            return self._input("EPS, which runs Ghostscript", _postscript(), rng)
        if kind < 0.08:
            return self._input("noise", noise(rng), rng)
        if kind < 0.13:
            return self._input("PNG, huge", huge_png(rng), rng)
        if kind < 0.15:
            return self._input("PNG, large and whole", large_png(rng), rng)
        if kind < 0.24:
            data = deep(rng)
            broken = data if rng.random() < 0.2 else damage(data, rng, rng.choice(KEPT))
            return self._input("more than eight bits", broken, rng)
        name = rng.choice(list(FORMATS)[:USUAL] if rng.random() < 0.9 else list(FORMATS))
        data = encoded(name, rng)
        if kind < 0.3:
            return self._input(f"{name}, whole", data, rng)
        if kind < 0.45:
            return self._input(f"{name}, cut", cut(data, rng), rng)
        if kind < 0.5:
            return self._input(f"{name}, with noise behind", cut(data, rng) + noise(rng), rng)
        return self._input(f"{name}, damaged", damage(data, rng, rng.choice(KEPT)), rng)

    def attempt(self, given: Input) -> None:
        """Read the image, alone and as one of a folder."""
        from keras_gans import data

        (name,) = given.files
        path = self.folder / name
        if given.options["call"] == "read_image":
            data.read_image(
                path,
                given.options["size"],
                channels=given.options["channels"],
                fit=given.options["fit"],
            )
        else:
            data.load(path.parent, given.options["call"], image_size=16, fit=given.options["fit"])

    def _input(self, what: str, data: bytes, rng: random.Random) -> Input:
        calls = ("read_image",) * 5 + ("images",) * 4 + ("paired",)
        options = {
            "call": rng.choice(calls),
            "size": rng.choice((None, 8)),
            "channels": rng.choice((None, 1, 3)),
            "fit": rng.choice(("crop", "pad", "squeeze")),
        }
        return Input(what, {f"images/image.{rng.choice(SUFFIXES)}": data}, options)

    def fill(self) -> None:
        """Nothing is there but the image."""
        (self.folder / "images").mkdir()


def encoded(name: str, rng: random.Random) -> bytes:
    """Return an image of random size and mode, with metadata if the format has any."""
    mode = rng.choice(FORMATS[name])
    width, height = rng.choice(SIDES), rng.choice(SIDES)
    pixels = np.frombuffer(rng.randbytes(4 * width * height), np.uint8).reshape(height, width, 4)
    if mode == "I;16":
        image = Image.fromarray(pixels[..., :2].copy().view(np.uint16)[..., 0])
    else:
        image = Image.fromarray(pixels).convert("RGB" if mode in ("P", "CMYK") else "RGBA")
        image = image.convert("L").convert(mode) if mode in ("I", "F") else image.convert(mode)
    content = io.BytesIO()
    options: dict[str, Any] = {}
    if name in ("JPEG", "PNG", "WEBP", "TIFF") and rng.random() < 0.3:
        exif = Image.Exif()
        exif[274] = rng.randrange(10)  # the orientation, from 1 to 8
        options["exif"] = exif.tobytes()
    if name == "TIFF":
        options["compression"] = rng.choice((None, "tiff_lzw", "tiff_deflate", "packbits"))
    if name in ("GIF", "WEBP", "TIFF", "PNG") and rng.random() < 0.2:
        options |= {"save_all": True, "append_images": [image.copy()]}
    try:
        image.save(content, name, **options)
    except (OSError, ValueError, RuntimeError):  # not every mode goes with every option and size
        image.convert("RGB").resize((8, 8)).save(content, "PNG")
    return content.getvalue()


def deep(rng: random.Random) -> bytes:
    """Return an image in color of more than eight bits, which Pillow does not read so."""
    side, channels = rng.choice((4, 9, 32)), rng.choice((2, 3, 4))
    values = np.frombuffer(rng.randbytes(4 * side * side * channels), "<u4")
    values = values.reshape(side, side, channels)
    if rng.random() < 0.5:
        import tensorflow as tf

        return tf.io.encode_png(values.astype("u2")).numpy()
    content = io.BytesIO()
    array = values.astype(rng.choice(("<u2", ">u2", "<i2", "<u4", "<f4")))
    tifffile.imwrite(
        content, array, photometric="rgb" if channels > 2 else "minisblack", planarconfig="contig"
    )
    return content.getvalue()


def huge_png(rng: random.Random) -> bytes:
    """Return a PNG file of few bytes and many pixels, whole or not."""
    width, height = rng.choice(HUGE), rng.choice((4, *HUGE))
    depth, color = rng.choice(((8, 0), (8, 2), (8, 6), (16, 0), (16, 6), (1, 0)))
    rows = zlib.compress(bytes(rng.choice((100, 2**24))))
    return _png(width, height, depth, color, rows)


def large_png(rng: random.Random) -> bytes:
    """Return a PNG file of few bytes and up to 169 million pixels, all of which are there."""
    depth, color, channels = rng.choice(
        ((8, 0, 1), (8, 2, 3), (8, 4, 2), (8, 6, 4), (16, 0, 1), (16, 6, 4), (8, 3, 1))
    )
    side = rng.choice(LARGE if depth == 8 else LARGE[:2])
    row = bytes(1 + side * channels * depth // 8)  # a row's first byte names its filter
    packer = zlib.compressobj()
    rows = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return _png(side, side, depth, color, rows, orientation=rng.randrange(10))


def _png(
    width: int, height: int, depth: int, color: int, rows: bytes, orientation: int = 1
) -> bytes:
    exif = Image.Exif()
    exif[274] = orientation
    chunks = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0),
        b"eXIf": exif.tobytes()[6:],  # without the mark that JPEG has before it
        b"PLTE": bytes(range(9)) if color == 3 else b"",
        b"IDAT": rows,
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (*chunks.items(), (b"IEND", b""))
        if body or kind == b"IEND"
    )


def _postscript() -> bytes:
    """Return an image in PostScript, a language whose interpreter Pillow starts."""
    return b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\nshowpage\n"


def write_fake_ghostscript(folder: Path, marker: Path) -> None:
    """Write a program `gs` that leaves a marker when it is started."""
    program = folder / "gs"
    program.write_text(f"#!/bin/sh\ntouch {marker}\n")
    program.chmod(0o755)
