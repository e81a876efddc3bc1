"""Translates images of any size: whole, or in tiles where the memory is too small for that."""

import shutil
from pathlib import Path

import numpy as np
import tensorflow as tf

from export.common.errors import ExportError
from export.common.generator import Generator
from export.common.signatures import translate
from keras_gans.data.progress import Progress
from keras_gans.data.storage import available_memory
from keras_gans.errors import first_line
from keras_gans.tiling import NotLocalError, TiledTranslator, TooLargeError

TILE = 512  # pixels: larger tiles are hardly faster


class ImageTranslator:
    """Translates images with a generator.

    Args:
        generator: a translator.
        tile: side of tiles in pixels; None for tiles where an image is too large for memory.
        folder: where what tiles need waits in temporary files.

    Raises:
        ExportError: tiles are asked for, and the generator needs whole images.
    """

    def __init__(self, generator: Generator, tile: int | None, folder: Path):
        self._folder, self._always = folder, tile is not None
        self._tiled: TiledTranslator | None = None
        try:
            self._tiled = TiledTranslator(generator.network, tile or TILE)
        except NotLocalError as error:
            if self._always:
                raise ExportError(
                    f"the generator cannot translate tiles, {error}: leave out --tile"
                ) from error

        @tf.function(reduce_retracing=True)  # unlike a call of the network, it frees what it used
        def whole(pixels):
            return translate(generator.network, pixels[None], generator.size_multiple)[0]

        self._whole = whole

    def __call__(self, pixels: np.ndarray, path: Path) -> np.ndarray:
        """Return the translation of an image, both uint8 (h, w, c).

        Args:
            pixels: the image.
            path: its file, which a progress bar names.

        Raises:
            ExportError: there is no room for the temporary files, or they cannot hold a value.
        """
        height, width = pixels.shape[:2]
        if self._tiled is None:
            return self._whole(tf.constant(pixels)).numpy()
        if not self._always and self._tiled.whole_bytes(height, width) < available_memory() / 2:
            return self._whole(tf.constant(pixels)).numpy()
        return self._in_tiles(self._tiled, pixels, path)

    def _in_tiles(self, tiled: TiledTranslator, pixels: np.ndarray, path: Path) -> np.ndarray:
        height, width = pixels.shape[:2]
        self._folder.mkdir(parents=True, exist_ok=True)
        needed = tiled.disk_bytes(height, width)
        free = shutil.disk_usage(self._folder).free
        try:
            if needed > free:
                raise OSError(f"{_size(free)} are free")
            total = tiled.num_tiles(height, width)
            with Progress(f"translating {path}", total, "tiles") as progress:
                return tiled.translate(pixels, self._folder, lambda: progress.add(1))
        except TooLargeError as error:
            raise ExportError(f"{path}: {error}: give a --longest-side, without --tile") from error
        except OSError as error:
            raise ExportError(
                f"{path}, {width}x{height}, needs {_size(needed)} in {self._folder} "
                f"({first_line(error)}): give --output on a larger disk, or a --longest-side"
            ) from error


def _size(nbytes: int) -> str:
    return f"{nbytes / 1e9:.1f} GB" if nbytes >= 1e8 else f"{nbytes / 1e6:.1f} MB"
