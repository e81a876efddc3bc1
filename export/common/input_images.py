"""The images that a translator is given: files and folders, read as uint8 arrays."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_gans.data.values import ValueRange


@dataclass(frozen=True)
class ImageInput:
    """How an image is read that is to be translated.

    Attributes:
        channels: 1 or 3.
        side: the half of it that is meant, "left" or "right", or "whole".
        longest_side: larger ones are shrunk; None for none.
        max_pixels: of an image that is decoded.
        value_range: of more than eight bits, what becomes 0 and 255.
    """

    channels: int
    side: str
    longest_side: int | None
    max_pixels: int
    value_range: ValueRange | None

    def read(self, path: Path) -> np.ndarray:
        """Return an image, or the half of it that is meant, uint8 (h, w, channels).

        Raises:
            ImageError: it cannot be read.
        """
        from keras_gans.data.fitting import shrunk, to_array
        from keras_gans.data.images import half, open_image

        with open_image(path, max_pixels=self.max_pixels) as opened:
            image = opened.in_eight_bits(self.value_range)
            if self.side != "whole":
                image = half(image, self.side, path)
            if self.longest_side is None or max(image.size) <= self.longest_side:
                return to_array(image, channels=self.channels)
            print(
                f"{path} is shrunk to --longest-side {self.longest_side}: a network knows what it "
                "sees by its size; --tile 512 keeps that of the image",
                file=sys.stderr,
            )
            width, height = image.size
            sides = shrunk((height, width), self.longest_side)
            return to_array(image, sides, self.channels, fit="squeeze")


def named_inputs(inputs: Sequence[Path]) -> dict[Path, str]:
    """Return the images, named by their files, and by their folders if several have that name.

    No two have the same name.
    """
    from keras_gans.data import find_images

    folders = {
        path: given if given.is_dir() else given.parent
        for given in inputs
        for path in find_images(given)
    }
    times = Counter(path.stem for path in folders)
    names = {
        path: path.stem if times[path.stem] == 1 else "-".join(path.relative_to(folder).parts)
        for path, folder in folders.items()
    }
    parents = {path: folder.resolve() for path, folder in folders.items()}
    while several := {name for name, count in Counter(names.values()).items() if count > 1}:
        alike = [path for path, name in names.items() if name in several]
        for number, path in enumerate(alike):  # above the root, which has no name, a number
            names[path] = f"{parents[path].name or number}-{names[path]}"
            parents[path] = parents[path].parent
    return names
