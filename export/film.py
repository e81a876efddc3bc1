"""A film of a training: `python -m export.film RUN`.

Writes RUN/export/film.gif and film.mp4: the sample grids in RUN/samples, with their step numbers.
They last 10 seconds at most; of a long training, grids are left out evenly. MP4 needs
`pip install -e '.[film]'`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from export.common.animation import can_write_mp4, enlarge, write_gif, write_mp4
from export.common.errors import ExportError
from export.common.options import RunPath
from keras_gans.cli.main import parse_and_run
from keras_gans.cli.trained import open_directory
from keras_gans.step_files import step_files, step_of
from keras_gans.validation import Config

MAX_FRAMES = 80
MAX_SECONDS = 8.0  # of all frames, without HOLD_SECONDS
MAX_FRAME_SECONDS = 0.5
HOLD_SECONDS = 2.0  # longer, for the last frame
MIN_SIDE, MAX_SIDE = 192, 1024  # pixels of a grid


@dataclass(frozen=True)
class FilmOptions(Config):
    """Options of `python -m export.film`.

    Args:
        run: directory of a run, such as runs/dcgan-mnist
    """

    run: RunPath


def export(options: FilmOptions) -> None:
    """Write the film of a run.

    Raises:
        UserError: it is no run, or has no sample grids that can be read.
    """
    directory = open_directory(options.run)
    directory.read()
    frames = _frames(_sample_grids(directory.samples))
    # GIF counts in hundredths of a second.
    frame_seconds = min(MAX_FRAME_SECONDS, int(100 * MAX_SECONDS / len(frames)) / 100)
    timing = {"frame_seconds": frame_seconds, "hold_seconds": HOLD_SECONDS}
    write_gif(frames, directory.exports / "film.gif", **timing)
    print(f"{len(frames)} frames: {directory.exports / 'film.gif'}")
    if can_write_mp4():
        write_mp4(frames, directory.exports / "film.mp4", **timing)
        print(f"{len(frames)} frames: {directory.exports / 'film.mp4'}")
    else:
        print("no film.mp4, which needs imageio-ffmpeg: pip install -e '.[film]'")


def _sample_grids(folder: Path) -> dict[int, Path]:
    """Return the sample grids by step, evenly chosen if there are too many."""
    grids = step_files(folder, ".png")
    if not grids:
        raise ExportError(f"{folder} holds no sample grids: training draws one after each epoch")
    chosen = np.linspace(0, len(grids) - 1, min(len(grids), MAX_FRAMES)).round().astype(int)
    return {step_of(grids[index]): grids[index] for index in chosen}


def _frames(grids: dict[int, Path]) -> list[np.ndarray]:
    """Return the frames: grids under their step numbers, on white, with even sides."""
    images = {step: _read(path) for step, path in grids.items()}
    font_size = max(12, max(image.shape[1] for image in images.values()) // 40)
    font = ImageFont.load_default(font_size)
    titles = {step: f"step {step:,}" for step in images}
    header = round(1.6 * font_size)
    width = max(
        *(image.shape[1] for image in images.values()),
        *(round(font.getlength(title)) + header // 2 for title in titles.values()),
    )
    height = max(image.shape[0] for image in images.values()) + header
    frames = []
    for step, image in images.items():
        frame = Image.new("RGB", (width + width % 2, height + height % 2), "white")
        ImageDraw.Draw(frame).text((header // 4, header // 8), titles[step], "black", font)
        frame.paste(Image.fromarray(image), (0, header))
        frames.append(np.asarray(frame))
    return frames


def _read(path: Path) -> np.ndarray:
    from keras_gans.data import read_image
    from keras_gans.data.fitting import shrink

    pixels = read_image(path, channels=3)
    pixels = enlarge(pixels, MIN_SIDE) if max(pixels.shape) < MIN_SIDE else pixels
    return shrink(pixels, MAX_SIDE) if max(pixels.shape) > MAX_SIDE else pixels


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command."""
    parse_and_run(FilmOptions, export, name="export.film", description=__doc__, arguments=arguments)


if __name__ == "__main__":
    main()
