"""Peak memory of reading large images from small files: `python -m benchmarks.image_memory`.

Each file is read by a process of its own, which says how far its memory rose above what it had
after it had read a small image.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from benchmarks.process_memory import memory
from keras_gans.cli.main import import_tensorflow_quietly, parse_and_run
from keras_gans.data import read_image
from keras_gans.tables import markdown_table
from keras_gans.validation import Config, PositiveInt

SIZE = 64  # sides of the results
DEEP = "16 bits"


@dataclass(frozen=True)
class Options(Config):
    """Options of the benchmark.

    Args:
        side: height and width of the images.
        threads: of the last row, which read the same RGBA file at once.
    """

    side: PositiveInt = 13_000
    threads: PositiveInt = 4


def write_images(folder: Path, side: int) -> dict[str, Path]:
    """Write black images; return the files by what they hold."""
    files = {}
    for mode in ("RGBA", "RGB", "LA", "L", "P"):
        files[f"PNG, {mode}"] = folder / f"{mode}.png"
        Image.new(mode, (side, side)).save(files[f"PNG, {mode}"])
    exif = Image.Exif()
    exif[274] = 6  # turned by 90 degrees
    files["PNG, RGBA, turned by EXIF"] = folder / "turned.png"
    Image.new("RGBA", (side, side)).save(files["PNG, RGBA, turned by EXIF"], exif=exif)
    for mode in ("RGB", "CMYK"):
        files[f"JPEG, {mode}"] = folder / f"{mode}.jpg"
        Image.new(mode, (side, side)).save(files[f"JPEG, {mode}"])
    files[f"PNG, gray, {DEEP}"] = folder / "deep.png"
    Image.fromarray(np.zeros((side, side), np.uint16)).save(files[f"PNG, gray, {DEEP}"])
    colors = np.zeros((side, side, 3), np.uint16)
    files[f"TIFF, RGB, {DEEP}"] = folder / "deep.tif"
    tifffile.imwrite(
        files[f"TIFF, RGB, {DEEP}"], colors, photometric="rgb", compression="zlib", rowsperstrip=64
    )
    return files | {f"PNG, RGB, {DEEP}": _deep_png(colors, folder / "colors.png")}


def _deep_png(colors: np.ndarray, path: Path) -> Path:
    import tensorflow as tf

    path.write_bytes(tf.io.encode_png(colors).numpy())
    return path


def measure(path: Path, threads: int = 1) -> tuple[int, float]:
    """Let a process read a file; return the bytes that it took, and the seconds."""
    command = [sys.executable, "-m", "benchmarks.image_memory", "--read", str(path), str(threads)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    taken, seconds = done.stdout.split()
    return int(taken), float(seconds)


def read(path: Path, threads: int) -> None:
    """Read a file, and print the bytes that it took, and the seconds."""
    import_tensorflow_quietly()
    small = np.zeros((8, 8, 3), np.uint16)
    with tempfile.TemporaryDirectory() as folder:  # so that decoders are loaded
        read_image(_deep_png(small, Path(folder, "small.png")), SIZE)
    before, start = memory("VmHWM"), time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: read_image(path, SIZE), range(threads)))
    print(memory("VmHWM") - before, time.perf_counter() - start)


def run(options: Options) -> int:
    """Measure each file and print a table."""
    import_tensorflow_quietly()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        files = write_images(Path(folder), options.side)
        threads = {name: 1 for name in files}
        name = f"PNG, RGBA, {options.threads} threads"
        files[name], threads[name] = files["PNG, RGBA"], options.threads
        for name, path in files.items():
            taken, seconds = measure(path, threads[name])
            size = f"{path.stat().st_size / 1000:,.0f} KB"
            rows.append([name, size, f"{taken / 2**20:,.0f}", f"{seconds:.1f}"])
            print(*rows[-1], flush=True)
    print(f"\n{markdown_table(('', 'file', 'MiB', 'seconds'), rows)}")
    return 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark as the command line says, and exit."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["--read"]:
        return read(Path(given[1]), int(given[2]))
    parse_and_run(
        Options, run, name="benchmarks.image_memory", description=__doc__, arguments=arguments
    )


if __name__ == "__main__":
    main()
