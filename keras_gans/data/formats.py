"""Which files are images: by what they hold where the name does not say, and from a list only."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

# Formats are opened by name, so that nothing else that Pillow knows is ever tried: EPS and PDF
# start other programs, and BUFR, GRIB and the like cannot be decoded at all.
_CERTAIN = (
    *("AVIF", "BMP", "DDS", "GIF", "ICNS", "ICO", "JPEG", "JPEG2000", "PNG", "PPM"),
    *("PSD", "QOI", "SGI", "SUN", "TIFF", "WEBP"),
)
# Their first bytes could be those of anything: they are opened if the file is called so.
_BY_NAME = {
    "CUR": ".cur",
    "DCX": ".dcx",
    "DIB": ".dib",
    "MSP": ".msp",
    "PCX": ".pcx",
    "TGA": ".tga .icb .vda .vst",
    "XBM": ".xbm",
    "XPM": ".xpm",
}
# Files with these names are meant as images: they are to be named if they cannot be read.
_IMAGE_SUFFIXES = frozenset(
    " ".join(
        (
            ".apng .avif .avifs .bmp .dds .gif .icns .ico .j2c .j2k .jfif .jp2 .jpc .jpe .jpeg",
            ".jpf .jpg .jpx .mpo .pbm .pfm .pgm .png .pnm .ppm .psd .qoi .ras .rgb .rgba .bw",
            ".sgi .tif .tiff .webp",
            *_BY_NAME.values(),
        )
    ).split()
)

# What people have among their images that is to be converted first: its name, and how.
_CONVERSIONS = {
    ".dcm .dicom": ("DICOM", "convert it with dcmj2pnm or pydicom"),
    ".nii .nrrd .mha": ("a medical volume", "save its slices as PNG or TIFF"),
    ".cr2 .cr3 .nef .arw .dng .raf .orf .rw2 .pef .srw": (
        "a camera's raw file",
        "convert it with darktable-cli or rawpy",
    ),
    ".svg .svgz": ("SVG", "convert it with rsvg-convert"),
    ".npy .npz": ("an array", "give the file itself as the data"),
    ".heic .heif .hif": ("HEIC", "convert it to JPEG or PNG first, with heif-convert"),
    ".jxl": ("JPEG XL", "convert it to JPEG or PNG first, with djxl"),
    ".exr .hdr": ("a picture of high dynamic range", "convert it to float TIFF with oiiotool"),
    ".pdf .eps .ps .ai": ("a document", "convert its pages with pdftoppm"),
    ".mp4 .mov .avi .mkv .webm": ("a film", "save its frames with ffmpeg"),
}
_BY_SUFFIX = {
    suffix: conversion
    for suffixes, conversion in _CONVERSIONS.items()
    for suffix in suffixes.split()
}
_BLOCK_BYTES = 64 * 2**20
_DICOM_MARK = 128, b"DICM"  # where it stands in a file, and what it is


def allow_pixels(max_pixels: int) -> None:
    """Let Pillow open images of so many pixels, which it takes for traps from some size on.

    Its limit is the process's: it is raised for good, and only for whoever asked for more.
    """
    from PIL import Image

    if Image.MAX_IMAGE_PIXELS is not None and max_pixels > 2 * Image.MAX_IMAGE_PIXELS:
        Image.MAX_IMAGE_PIXELS = max_pixels


def free_at_once() -> None:
    """Let Pillow give the memory of large images back to the system when it frees them.

    It takes memory in blocks of 16 MiB, which glibc keeps for the thread that had them: several
    threads that read a large image one after the other would keep as many. Blocks of more than
    32 MiB are not kept.
    """
    from PIL import Image

    Image.core.set_block_size(_BLOCK_BYTES)


def open_file(path: str | os.PathLike, *, certain: bool = False) -> ImageFile:
    """Open an image file with Pillow, in one of the formats that are meant; nothing is decoded.

    Args:
        path: the file.
        certain: only the formats that are known by their first bytes.

    Raises:
        UnidentifiedImageError: it is in none of them.
    """
    from PIL import Image

    Image.init()
    _be_quiet_about_size()
    wanted = _CERTAIN if certain else (*_CERTAIN, *_BY_NAME)
    return Image.open(path, formats=[name for name in wanted if name in Image.OPEN])


def _be_quiet_about_size() -> None:
    """Let Pillow not warn of large images, which are refused by their pixels or are wanted.

    The filter is the process's, as threads open images side by side. Where the user has a filter
    for this warning, that holds.
    """
    from PIL.Image import DecompressionBombWarning

    if not any(category is DecompressionBombWarning for _, _, category, *_ in warnings.filters):
        warnings.simplefilter("ignore", DecompressionBombWarning)


def image_size(path: str | os.PathLike) -> tuple[int, int]:
    """Return width and height of an image file, without decoding it; (0, 0) if it cannot be told.

    They are those of the file: EXIF rotation is not applied.
    """
    try:
        with open_file(path) as image:
            return image.size
    except Exception:  # what is wrong with it is said when it is read
        return 0, 0


def suffix_of(path: str | os.PathLike) -> str:
    """Return the end of a file's name from the last dot, in small letters."""
    return os.path.splitext(path)[1].lower()


def named_like_image(path: str | os.PathLike) -> bool:
    """Return whether a file is called like an image."""
    return suffix_of(path) in _IMAGE_SUFFIXES


def is_image(path: Path) -> bool:
    """Return whether a file is called like an image or, whatever it is called, holds one."""
    if named_like_image(path):
        return True
    if conversion(path):
        return False  # a camera's raw file is a TIFF with a small preview
    try:
        with open_file(path, certain=True):
            return True
    except Exception:  # Pillow's plugins raise nearly everything over damaged files
        return False


def conversion(path: Path) -> tuple[str, str] | None:
    """Return what a file is that has to be converted, and how; None if it is nothing known."""
    known = _BY_SUFFIX.get(suffix_of(path))
    if known or suffix_of(path):
        return known
    at, mark = _DICOM_MARK
    try:
        with open(path, "rb") as file:
            return _BY_SUFFIX[".dcm"] if file.read(at + len(mark))[at:] == mark else None
    except OSError:
        return None
