"""Who decodes random images fastest: threads, processes, or Grain, if it is installed.

    python -m benchmarks.readers FOLDER

Every reader decodes the same images of a folder in the same order, in batches of 64, and uses all
cores. The time to start processes is not counted.
"""

import argparse
import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from keras_gans.data import find_images
from keras_gans.data.images import ImageReader

BATCH = 64
CORES = os.cpu_count() or 1


class Images:
    """Images of a folder in a random order, as Grain takes them."""

    def __init__(self, folder: Path, count: int, side: int):
        paths = find_images(folder)
        order = np.random.default_rng(0).integers(0, len(paths), count)
        self.paths = [str(paths[index]) for index in order]
        self.reader = ImageReader((side, side), 3, "crop")

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> np.ndarray:
        return self.reader.read(self.paths[index])[0][0]

    def batch(self, start: int) -> np.ndarray:
        """Return the images from `start` on."""
        return np.stack([self[index] for index in range(start, start + BATCH)])


def one_thread(images: Images) -> Iterator[np.ndarray]:
    """Decode one batch after the other."""
    return map(images.batch, range(0, len(images), BATCH))


def threads(images: Images) -> Iterator[np.ndarray]:
    """Decode each image of a batch in a thread, as the library does."""
    with ThreadPoolExecutor(CORES) as pool:
        for start in range(0, len(images), BATCH):
            yield np.stack(list(pool.map(images.__getitem__, range(start, start + BATCH))))


def processes(images: Images) -> Iterator[np.ndarray]:
    """Decode each batch in a process."""
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(CORES, mp_context=context) as pool:
        yield from pool.map(images.batch, range(0, len(images), BATCH))


def grain_threads(images: Images) -> Iterator[np.ndarray]:
    """Let Grain decode in threads."""
    import grain.python as grain

    options = grain.ReadOptions(num_threads=CORES, prefetch_buffer_size=4 * BATCH)
    return iter(grain.MapDataset.source(images).batch(BATCH).to_iter_dataset(options))


def grain_processes(images: Images) -> Iterator[np.ndarray]:
    """Let Grain decode in processes."""
    import grain.python as grain

    options = grain.ReadOptions(num_threads=1, prefetch_buffer_size=8)
    batches = grain.MapDataset.source(images).batch(BATCH).to_iter_dataset(options)
    return iter(batches.mp_prefetch(grain.MultiprocessingOptions(num_workers=CORES)))


def main() -> None:
    """Print how many images a second each reader decodes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=12_800)
    parser.add_argument("--side", type=int, default=64)
    arguments = parser.parse_args()
    images = Images(arguments.folder, arguments.images, arguments.side)
    print(f"{CORES} cores\n| | images a second |\n|---|---|")
    for read in (one_thread, threads, processes, grain_threads, grain_processes):
        try:
            batches = read(images)
            next(batches)
        except ImportError:
            continue
        began = time.monotonic()
        rest = sum(len(batch) for batch in batches)
        name = read.__name__.replace("_", " ")
        print(f"| {name} | {rest / (time.monotonic() - began):,.0f} |", flush=True)


if __name__ == "__main__":
    main()
