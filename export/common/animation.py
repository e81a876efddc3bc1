"""Frames, uint8 (h, w, 3), as GIF and MP4 files."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from keras_gans.files import atomic_path


def enlarge(pixels: np.ndarray, min_side: int) -> np.ndarray:
    """Repeat the pixels of a small image (h, w, c) until its shorter side has `min_side`."""
    scale = -(-min_side // min(pixels.shape[:2]))
    return pixels.repeat(scale, axis=0).repeat(scale, axis=1)


def write_gif(
    frames: Sequence[np.ndarray], file: Path, *, frame_seconds: float, hold_seconds: float = 0.0
) -> None:
    """Write a GIF that loops.

    Args:
        frames: uint8 (h, w, 3) or (h, w, 1), all of one size.
        file: ends in .gif.
        frame_seconds: how long each frame is shown.
        hold_seconds: how much longer the last frame is shown.
    """
    durations = [round(1000 * frame_seconds)] * len(frames)
    durations[-1] += round(1000 * hold_seconds)
    first, *others = (Image.fromarray(np.squeeze(frame)) for frame in frames)
    with atomic_path(file) as part:
        first.save(part, save_all=True, append_images=others, duration=durations, loop=0)


def can_write_mp4() -> bool:
    """Return whether imageio-ffmpeg, which `write_mp4` needs, is installed."""
    return find_spec("imageio_ffmpeg") is not None


def write_mp4(
    frames: Sequence[np.ndarray], file: Path, *, frame_seconds: float, hold_seconds: float = 0.0
) -> None:
    """Write an MP4 file (H.264, which players everywhere support).

    Args:
        frames: uint8 (h, w, 3), all of one size, whose height and width are even.
        file: ends in .mp4.
        frame_seconds: how long each frame is shown.
        hold_seconds: how much longer the last frame is shown.
    """
    import imageio_ffmpeg

    height, width, _ = frames[0].shape
    held = [frames[-1]] * round(hold_seconds / frame_seconds)
    with atomic_path(file) as part:
        writer = imageio_ffmpeg.write_frames(
            str(part), (width, height), fps=1 / frame_seconds, macro_block_size=2
        )
        writer.send(None)
        for frame in (*frames, *held):
            writer.send(np.ascontiguousarray(frame))
        writer.close()
