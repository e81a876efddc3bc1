"""A picture translated whole and in tiles: `python -m benchmarks.large_pictures RUN --input FILE`.

Each way is a call of `python -m export.images`, and so a process of its own, whose seconds and peak
memory are shown. Differences from the whole picture are in levels of 0 to 255: on all pixels, and
on those within 8 pixels of the edges of tiles. "One by one" translates each tile as a picture.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from tyro.conf import Positional

from keras_gans.cli.main import parse_and_run
from keras_gans.errors import UserError
from keras_gans.tables import markdown_table
from keras_gans.validation import Config, PositiveInt

NEAR = 8  # pixels
LARGEST = 10**6  # no picture has a longer side


@dataclass(frozen=True)
class Options(Config):
    """Options of the benchmark.

    Args:
        run_or_preset: the run's directory, or a preset.
        input: the picture.
        tile: height and width of the tiles.
        whole: also translate the whole picture at once, which has to fit into memory.
    """

    run_or_preset: Positional[str]
    input: Path
    tile: PositiveInt = 512
    whole: bool = True


def translate(run: str, source: Path, output: Path, flags: Sequence[str]) -> tuple[float, int, str]:
    """Call `export.images`; return the seconds, the peak memory in bytes, and what it said.

    Raises:
        UserError: it fails.
    """
    command = [sys.executable, "-m", "export.images", run, "--input", str(source)]
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen([*command, "--output", str(output), *flags], stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        said.seek(0)
        errors = said.read()
    if process.returncode:
        raise UserError(f"export.images failed: {' '.join(errors.split())[-300:]}")
    return seconds, usage.ru_maxrss * 1024, errors  # Linux counts kilobytes


def one_by_one(run: str, picture: np.ndarray, tile: int, folder: Path) -> np.ndarray:
    """Translate each tile as a picture of its own."""
    parts = folder / "parts"
    parts.mkdir()
    corners = [
        (top, left)
        for top in range(0, picture.shape[0], tile)
        for left in range(0, picture.shape[1], tile)
    ]
    for top, left in corners:
        part = Image.fromarray(picture[top : top + tile, left : left + tile])
        part.save(parts / f"{top}-{left}.png")
    translate(run, parts, folder / "made", [])
    result = np.empty_like(picture)
    for top, left in corners:
        (file,) = (folder / "made").glob(f"{top}-{left}-*.png")
        result[top : top + tile, left : left + tile] = pixels_of(file)
    return result


def pixels_of(path: Path) -> np.ndarray:
    """Return a picture, uint8 (h, w, 3), turned as `export.images` turns photographs."""
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def differences(made: np.ndarray, whole: np.ndarray, edges: Sequence[Sequence[int]]) -> list[str]:
    """Return the largest and the mean difference: everywhere, and near some rows and columns."""
    error = np.abs(made.astype(int) - whole)
    near = np.zeros(error.shape[:2], bool)
    for edge in edges[0]:
        near[edge - NEAR : edge + NEAR] = True
    for edge in edges[1]:
        near[:, edge - NEAR : edge + NEAR] = True
    seams = error[near] if near.any() else np.zeros(1)
    return [f"{x.max():.0f}, {x.mean():.2f}" for x in (error, seams)]


def run(options: Options) -> int:
    """Translate the picture, and print a table."""
    picture, given, tile = pixels_of(options.input), options.run_or_preset, options.tile
    height, width = picture.shape[:2]
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {"tiles": ["--tile", str(tile)]}
        if options.whole:
            files = {"whole": ["--longest-side", str(LARGEST)], **files}
        made = {}
        for way, flags in files.items():
            seconds, peak, said = translate(given, options.input, folder / f"{way}.png", flags)
            if way == "whole" and "tiles" in said:
                raise UserError("the whole picture does not fit this memory: give --no-whole")
            made[way] = pixels_of(folder / f"{way}.png")
            rows.append([way, f"{seconds:.0f}", f"{peak / 2**20:,.0f}", "", ""])
        if options.whole:
            counts = (-(-side // tile) for side in (height, width))
            edges = [  # those of `TiledTranslator`, to a few pixels
                [side * n // count for n in range(1, count)]
                for side, count in zip((height, width), counts, strict=True)
            ]
            rows[1][3:] = differences(made["tiles"], made["whole"], edges)
            alone = one_by_one(given, picture, tile, folder)
            edges = [list(range(tile, side, tile)) for side in (height, width)]
            rows.append(["one by one", "", "", *differences(alone, made["whole"], edges)])
    print(f"{width}x{height} pixels, tiles of {tile}x{tile}; differences: largest, mean\n")
    print(markdown_table(("", "seconds", "peak MiB", "difference", "at seams"), rows))
    return 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark as the command line says, and exit."""
    parse_and_run(
        Options, run, name="benchmarks.large_pictures", description=__doc__, arguments=arguments
    )


if __name__ == "__main__":
    main()
