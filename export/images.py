"""Pictures from a trained run: `python -m export.images RUN`.

A sampler draws `--count` pictures from the latents of `--seed`; a translator translates `--input`,
a picture or a folder of them, of any size. They are written as PNG files into RUN/export/images, or
where `--output` says: a folder, or one .npz of uint8 arrays.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from export.common import ExportError, Generator, Place, add_direction, main, open_generators
from keras_gans.command_line import positive, seed
from keras_gans.pixels import to_pixels

Picture = tuple[str, np.ndarray]  # a name, and uint8 (h, w, c)
BATCH = 64  # samples made at once
MULTIPLE = 4  # sides that translators take, padded up to and cropped back


def export(options) -> None:
    """Make the pictures and write them."""
    generators = {generator.name: generator for generator in open_generators(options.run)}
    first = next(iter(generators.values()))
    if first.translates:
        pictures = translations(generators[options.direction], options.input)
    elif options.input is not None:
        raise ExportError(f"{options.run} makes pictures from noise: give --count, not --input")
    else:
        pictures = samples(first, options.count, options.seed)
    output = options.output or Path(options.run, "export", "images")
    written = (_write_npz if output.suffix == ".npz" else _write_files)(pictures, output)
    if not written:
        raise ExportError("none of the pictures could be read")
    print(f"{written} pictures: {output}")


def samples(generator: Generator, count: int, seed: int) -> Iterator[Picture]:
    """Draw pictures; the first n are the same whatever the count."""
    latents = np.random.default_rng(seed).standard_normal(
        (count, generator.examples.shape[1]), dtype="float32"
    )
    for start in range(0, count, BATCH):
        images = generator.network(latents[start : start + BATCH], training=False)
        if len(images.shape) != 4:
            raise ExportError("this run makes points, not pictures")
        for offset, image in enumerate(np.asarray(images)):
            yield f"seed{seed}-{start + offset:05d}", to_pixels(image)


def translations(generator: Generator, source: Path | None) -> Iterator[Picture]:
    """Translate a picture, or all pictures of a folder, one by one and in their own size."""
    from keras_gans.data import DataError, find_pictures, read_picture

    if source is None:
        raise ExportError("a translator needs --input: a picture, or a folder of pictures")
    channels = generator.examples.shape[-1]
    paths = find_pictures(source)
    for path, name in zip(paths, _names(paths), strict=True):
        try:
            pixels = read_picture(path, channels=channels)
        except DataError as error:
            print(f"skipped: {error}", file=sys.stderr)
            continue
        yield f"{name}-{generator.name}", _translate(generator, pixels)


def _names(paths: list[Path]) -> list[str]:
    """Name each picture by its file, and where two would be called the same, by its whole path."""
    stems = [path.stem for path in paths]
    return [
        path.stem if stems.count(path.stem) == 1 else "-".join(path.parts).strip(os.sep)
        for path in paths
    ]


def _translate(generator: Generator, pixels: np.ndarray) -> np.ndarray:
    height, width, _ = pixels.shape
    padding = [(0, max(16, -(-side // MULTIPLE) * MULTIPLE) - side) for side in (height, width)]
    padded = np.pad(pixels, (*padding, (0, 0)), mode="symmetric")
    images = padded[None].astype("float32") / 127.5 - 1.0
    translated = generator.network(images, training=False)
    return to_pixels(np.asarray(translated)[0, :height, :width])


def _write_files(pictures: Iterator[Picture], folder: Path) -> int:
    from PIL import Image

    count = 0
    for name, pixels in pictures:
        with Place(folder / f"{name}.png") as part:
            Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(part)
        count += 1
    return count


def _write_npz(pictures: Iterator[Picture], file: Path) -> int:
    arrays = dict(pictures)
    with Place(file) as part:
        np.savez_compressed(part, **arrays)  # type: ignore[arg-type]  # names, not flags
    return len(arrays)


def _add_flags(parser) -> None:
    add = parser.add_argument
    add("--count", type=positive, default=16, metavar="N", help="samples to draw (default 16)")
    add("--seed", type=seed, default=0, metavar="S", help="of the latents (default 0)")
    add("--input", type=Path, metavar="PATH", help="a picture or a folder, to translate")
    add(
        "--output",
        type=Path,
        metavar="PATH",
        help="a folder, or FILE.npz (default RUN/export/images)",
    )
    add_direction(parser, ("a_to_b", "b_to_a"))


if __name__ == "__main__":
    main(__doc__, export, _add_flags)
