"""Picture files to uint8 arrays, whatever their format, mode, orientation and size."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from keras_gans.data.errors import DataError, first_line
from keras_gans.data.storage import allocate

if TYPE_CHECKING:
    from PIL import Image

# Pillow cannot read these: they are to be named, not overlooked.
_TO_CONVERT = frozenset(".heic .heif .jxl".split())
_SUFFIXES = _TO_CONVERT.union(
    ".avif .bmp .gif .jfif .jpe .jpeg .jpg .pgm .png .pnm .ppm .tga .tif .tiff .webp".split()
)
PATIENCE = 5  # seconds of reading until something is said
# A side shorter than this holds nothing to learn from, and is most often a tracking pixel.
_SMALLEST_SIDE = 4

# What white is in the modes of more than eight bits: the first that no value exceeds.
_WHITE = {"I": (65535.0,), "F": (1.0, 255.0, 65535.0)}


def find_pictures(path: str | os.PathLike) -> list[Path]:
    """The picture files at a path, in sorted order.

    Args:
        path: a file, which is taken as a picture whatever it is called, or a folder, which is
            searched with everything below it for names that end like a picture's. Names that
            begin with a dot are left out.

    Raises:
        DataError: where there is no such path, or no picture below it.
    """
    path = Path(path).expanduser()
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise DataError(f"no such file or folder: {path}")
    found = sorted(_walk(path))
    if not found:
        raise DataError(f"no pictures in {path}: looked for .jpg, .png and the like")
    return found


def read_picture(
    path: str | os.PathLike,
    image_size: int | None = None,
    *,
    channels: int | None = None,
    crop: bool = False,
) -> np.ndarray:
    """One picture as it is meant to look.

    EXIF rotation is applied, transparency is shown on white, sixteen bits are scaled to eight.

    Args:
        path: the file.
        image_size: side of the square it is resized to (antialiased), or None for its own size.
        channels: 1 or 3, or None for the picture's own: 1 if it is greyscale, else 3.
        crop: resize the centre square, which keeps proportions, rather than the whole picture.

    Returns:
        uint8, (h, w, channels).

    Raises:
        DataError: where the file cannot be read as a picture, or a side is under 4 pixels.
    """
    return _decode(path, lambda picture: to_array(picture, image_size, channels, crop), image_size)


def read_square(
    path: str | os.PathLike, image_size: int, channels: int, crop: bool
) -> list[np.ndarray]:
    """The only picture of a file, for `read_all`. Arguments and errors as for `read_picture`."""
    return [read_picture(path, image_size, channels=channels, crop=crop)]


def read_pair(path: str | os.PathLike, image_size: int, channels: int) -> list[np.ndarray]:
    """The left and the right half of a picture, each resized to a square.

    Raises:
        DataError: as for `read_picture`, and where the width is not about twice the height.
    """

    def halves(picture: Image.Image) -> list[np.ndarray]:
        width, height = picture.size
        if not 1.8 * height <= width <= 2.2 * height:
            raise DataError(f"{path} is {width}x{height}, not two pictures side by side")
        middle = width // 2
        boxes = (0, 0, middle, height), (width - middle, 0, width, height)
        return [to_array(picture.crop(box), image_size, channels) for box in boxes]

    return _decode(path, halves, image_size)


def read_all(
    paths: Sequence[Path],
    read: Callable[[Path], Sequence[np.ndarray]],
    shape: tuple[int, int, int],
    parts: int = 1,
) -> tuple[tuple[np.ndarray, ...], list[int]]:
    """Read many pictures at once. Those that cannot be read are named on stderr and left out.

    Args:
        paths: the files.
        read: gives the `parts` pictures of one file, each of `shape`; raises `DataError`.
        shape: (h, w, c).
        parts: pictures a file.

    Returns:
        `parts` arrays uint8 (n, h, w, c), and the n indices of the paths that could be read.

    Raises:
        DataError: where more than a tenth, and more than one, cannot be read, or none can.
    """
    arrays = allocate((len(paths), *shape), parts)
    problems: dict[int, str] = {}

    def store(index: int) -> None:
        try:
            for array, picture in zip(arrays, read(paths[index]), strict=True):
                array[index] = picture
        except DataError as error:
            problems[index] = str(error)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        _say_where_slow([pool.submit(store, index) for index in range(len(paths))], paths)
    _report(problems, len(paths))

    kept = [index for index in range(len(paths)) if index not in problems]
    if problems:  # close the gaps in place: there may be no memory for a copy
        for array in arrays:
            for place, index in enumerate(kept):
                array[place] = array[index]
    return tuple(array[: len(kept)] for array in arrays), kept


def to_array(
    picture: Image.Image,
    image_size: int | None = None,
    channels: int | None = None,
    crop: bool = False,
) -> np.ndarray:
    """A Pillow picture of any mode as uint8 (h, w, channels). Arguments as for `read_picture`."""
    from PIL import Image

    picture = _eight_bits(picture)
    if channels is None:
        channels = 1 if picture.mode in ("1", "L") else 3
    picture = picture.convert("L" if channels == 1 else "RGB")
    if image_size is not None:
        box = _centre_square(picture.size) if crop else None
        picture = picture.resize((image_size, image_size), Image.Resampling.BICUBIC, box)
    return np.asarray(picture).reshape(picture.height, picture.width, channels)


def resize_array(
    array: np.ndarray, image_size: int, channels: int | None = None, crop: bool = False
) -> np.ndarray:
    """A picture held as an array (h, w, c), c from 1 to 4, uint8 or uint16, likewise."""
    if array.dtype == np.uint16:
        array = np.rint(array / 257).astype(np.uint8)
    return to_array(from_array(array), image_size, channels or array.shape[-1], crop)


def from_array(pixels: np.ndarray) -> Image.Image:
    """A picture, uint8 (h, w, c), c from 1 to 4, as Pillow has it."""
    from PIL import Image

    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def shrunk(pixels: np.ndarray, longest_side: int) -> np.ndarray:
    """A picture, uint8 (h, w, c), in its proportions, with a longest side of so many pixels."""
    from PIL import Image

    sides = pixels.shape[:2]
    height, width = (max(1, round(side * longest_side / max(sides))) for side in sides)
    picture = from_array(pixels).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(picture).reshape(height, width, -1)


def has_pictures(folder: Path) -> bool:
    """Whether there is a picture anywhere below a folder."""
    return any(True for _ in _walk(folder))


def is_hidden(name: str) -> bool:
    """Whether a file or folder is a tool's own: .thumbnails, __MACOSX and the like."""
    return name.startswith((".", "__"))


def _walk(folder: Path):
    seen = set()  # a link may lead back to a folder above
    for parent, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(parent)
        folders[:] = [] if real in seen else [name for name in folders if not is_hidden(name)]
        names = [] if real in seen else names
        seen.add(real)
        for name in names:
            if not is_hidden(name) and os.path.splitext(name)[1].lower() in _SUFFIXES:
                yield Path(parent, name)


def _decode(path, convert: Callable, image_size: int | None):
    """Open a picture, turn it upright and convert it, with one kind of error for all failures."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            if image_size is not None:
                # Lets the JPEG decoder skip detail that resizing would throw away.
                picture.draft(None, (2 * image_size, 2 * image_size))
            upright = _upright(picture)
            if min(upright.size) < _SMALLEST_SIDE:
                raise DataError(f"{path} is too small: {upright.width}x{upright.height}")
            return convert(upright)
    except DataError:
        raise
    except Exception as error:  # Pillow's decoders raise nearly everything over damaged files
        unknown = isinstance(error, UnidentifiedImageError)
        reason = "not a picture" if unknown else first_line(error)
        if unknown and os.path.splitext(path)[1].lower() in _TO_CONVERT:
            reason = "convert it to JPEG or PNG first"
        raise DataError(f"{path} cannot be read: {reason}") from error


def _upright(picture: Image.Image) -> Image.Image:
    from PIL import ImageOps

    picture.load()
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # damaged EXIF does not make the picture a bad one
        return picture


def _eight_bits(picture: Image.Image) -> Image.Image:
    """The picture in a mode that Pillow converts to L or RGB as the eye expects."""
    from PIL import Image

    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        values = np.nan_to_num(np.asarray(picture, np.float64))
        brightest = values.max()
        white = next((top for top in _WHITE[picture.mode[0]] if brightest <= top), brightest)
        return Image.fromarray(np.rint(values.clip(0, white) * (255 / white)).astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert("RGB")
    return picture


def _centre_square(size: tuple[int, int]) -> tuple[float, float, float, float]:
    width, height = size
    side = min(size)
    left, top = (width - side) / 2, (height - side) / 2
    return left, top, left + side, top + side


def _say_where_slow(readings: Sequence[Future], paths: Sequence[Path]) -> None:
    """Wait for the readings, and say once how far they are if that takes its time."""
    try:
        done, _ = wait(readings, PATIENCE)
        if len(done) < len(readings):
            folder = os.path.commonpath([os.path.dirname(path) for path in paths]) or "."
            count = f"{len(done):,} of {len(paths):,} pictures"
            print(f"reading {folder}: {count} after {PATIENCE} seconds", file=sys.stderr)
        for reading in readings:
            reading.result()
    finally:  # whoever interrupts it does not wait for the rest
        for reading in readings:
            reading.cancel()


def _report(problems: dict[int, str], total: int) -> None:
    if len(problems) == total or len(problems) > max(1, total / 10):
        first = problems[min(problems)]
        raise DataError(
            f"{len(problems)} of {total} pictures cannot be used, the first: {first}\n"
            "Remove or repair them: up to a tenth may be bad"
        )
    for index in sorted(problems):
        print(f"skipped: {problems[index]}", file=sys.stderr)
