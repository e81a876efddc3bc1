"""A folder of many images: how long its first and second start take, in how much memory.

    python -m benchmarks.large_folder draw FOLDER --images 200000
    python -m benchmarks.large_folder starts FOLDER --work DIR
    python -m benchmarks.large_folder kill FOLDER --work DIR
    python -m benchmarks.large_folder decode FOLDER

`draw` draws JPEGs of 96x96, 2,000 a folder. `starts` trains a small DCGAN twice, with an empty
cache and again. `kill` ends a training with SIGKILL in the middle, resumes it, and compares every
weight with those of a training that was never stopped. Both do so with the cache, and with one that
is too small, so that images are decoded when they are needed. `decode` reads random images.
"""

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
SIDE, PER_FOLDER = 96, 2000
BATCH, STEPS, EPOCHS = 64, 120, 4
WAYS = {"cache": {}, "streamed": {"KERAS_GANS_CACHE_GB": "0.001"}}
TRAINING = (
    f"--image-size 64 --filters 4 --latent-dim 8 --precision float32 --batch-size {BATCH} "
    f"--epochs {EPOCHS} --steps-per-epoch {STEPS // EPOCHS}"
)


def draw_folder(folder: Path, numbers: range) -> None:
    """Draw JPEGs of blurred colors and noise; the same ones for the same numbers."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(numbers.start)
    for number in numbers:
        colors = Image.fromarray(rng.integers(0, 256, (6, 6, 3), np.uint8))
        colors = colors.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        noise = rng.integers(-12, 13, (SIDE, SIDE, 1))
        pixels = (np.asarray(colors) + noise).clip(0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:07}.jpg", quality=90)


def draw(arguments: argparse.Namespace) -> None:
    """Draw all folders, with a process for each core."""
    starts = range(0, arguments.images, PER_FOLDER)
    parts = [range(start, min(start + PER_FOLDER, arguments.images)) for start in starts]
    folders = [arguments.folder / f"{index:04}" for index in range(len(parts))]
    with ProcessPoolExecutor() as pool:
        list(pool.map(draw_folder, folders, parts))


class Training:
    """A process that trains on the folder."""

    def __init__(self, arguments: argparse.Namespace, run: str, way: str):
        self.run, self.begun = arguments.work / run, time.monotonic()
        command = [sys.executable, "-m", "train.dcgan", "--data", str(arguments.folder.absolute())]
        command += ["--cache", str(arguments.work / f"cache-{way}"), "--run-dir", str(self.run)]
        self.process = subprocess.Popen(
            [*command, *TRAINING.split()],
            env=os.environ | WAYS[way] | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.started, self.lines, self.own_memory = float("nan"), [], 0
        threading.Thread(target=self._look_at_memory, daemon=True).start()

    def wait(self, *, kill: bool = False) -> None:
        """Wait for the end, or kill it in the middle; note when its first line came."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("dcgan on "):
                self.started = time.monotonic() - self.begun
            if kill and line.startswith("epoch 2/"):
                self.process.kill()
        if self.process.wait() and not kill:
            sys.exit("".join(self.lines[-20:]))

    def _look_at_memory(self) -> None:
        """Note the memory of the process's own: what is mapped is not, it can be given up."""
        while self.process.poll() is None:
            try:
                status = Path(f"/proc/{self.process.pid}/status").read_text()
                now = int(re.findall(r"RssAnon:\s+(\d+)", status)[0])
                self.own_memory = max(self.own_memory, now)
            except (OSError, IndexError):  # it has just ended, or nothing tells
                return
            time.sleep(0.1)

    def weights(self) -> list[np.ndarray]:
        """Return the weights of all networks of the trained model."""
        import keras_gans

        return keras_gans.load_model(self.run / "model.keras").get_weights()


def starts(arguments: argparse.Namespace) -> None:
    """Time the first and the second start of a training, in both ways."""
    print("| | until training begins, s | CPU, s | own memory at most, MB | in all, s |")
    print("|---|---|---|---|---|")
    for way in arguments.ways:
        shutil.rmtree(arguments.work / f"cache-{way}", ignore_errors=True)
        for number in ("first", "second"):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            training = Training(arguments, f"{way}-{number}", way)
            training.wait()
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            seconds = time.monotonic() - training.begun
            memory = training.own_memory // 1024
            row = f"{training.started:.1f} | {cpu:.1f} | {memory:,} | {seconds:.1f}"
            print(f"| {way}, {number} start | {row} |", flush=True)
            print(*[line for line in training.lines if " images of " in line], file=sys.stderr)


def kill(arguments: argparse.Namespace) -> None:
    """Kill a training, resume it, and compare it with one that was never stopped."""
    for way in arguments.ways:
        whole = Training(arguments, f"{way}-whole", way)
        whole.wait()
        killed = Training(arguments, f"{way}-killed", way)
        killed.wait(kill=True)
        found = sorted(path.name for path in (killed.run / "checkpoints").iterdir())
        resumed = Training(arguments, f"{way}-killed", way)
        resumed.wait()
        pairs = list(zip(whole.weights(), resumed.weights(), strict=True))
        different = sum(not np.array_equal(a, b) for a, b in pairs)
        result = f"{different} of {len(pairs)} arrays of weights are different"
        print(f"{way}: resumed from {found}: {result}", flush=True)


def decode(arguments: argparse.Namespace) -> None:
    """Print how many images a second are decoded when they are needed."""
    from keras_gans.data import find_images
    from keras_gans.data.images import ImageReader
    from keras_gans.data.reading import ImageFiles

    examples = [(path,) for path in find_images(arguments.folder)]
    files = ImageFiles(examples, ImageReader((arguments.side, arguments.side), 3, "crop"))
    (images,) = files.stream({"left_out": []})
    rng = np.random.default_rng(0)
    order = rng.integers(0, len(images), (arguments.batches, BATCH))
    images[order[0]]
    began, cpu = time.monotonic(), time.process_time()
    for which in order:
        images[which]
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    print(f"{order.size / seconds:,.0f} images a second, {order.size / cpu:,.0f} a CPU second")


def main() -> None:
    """Run one of the commands."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=[each.__name__ for each in (draw, starts, kill, decode)])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=200_000)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--batches", type=int, default=200)
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--work", type=Path, default=Path("runs/large-folder"))
    arguments = parser.parse_args()
    arguments.work = arguments.work.absolute()
    globals()[arguments.command](arguments)


if __name__ == "__main__":
    main()
