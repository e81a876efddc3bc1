"""The built-in data sets: no download, any size, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from keras_gans.data.config import SPLITS, DataConfig
from keras_gans.data.dataset import Dataset
from keras_gans.data.fitting import resize_array
from keras_gans.data.synthetic.drawing import SHAPES
from keras_gans.data.synthetic.mixtures import Mixture, draw_points, grid_centers, ring_centers
from keras_gans.data.synthetic.outlines import draw_outlines
from keras_gans.data.synthetic.shapes import draw_shapes
from keras_gans.data.synthetic.stripes import draw_stripes


@dataclass(frozen=True)
class Drawn:
    """A set of images that the library draws.

    Attributes:
        task: the task that it suits.
        what_it_is: completes "NAME ...", for the message if another task is asked for.
        size: side of the images by default.
        counts: examples of the train split, and of the others.
        draw: from a random number generator, a count and a size to the domains, uint8
            (n, size, size, 3), and the labels if the data are labeled.
    """

    task: str
    what_it_is: str
    size: int
    counts: tuple[int, int]
    draw: Callable


def read(config: DataConfig) -> Dataset:
    """Draw a built-in data set.

    Raises:
        DataError: it does not suit the task.
    """
    spec = _SETS[config.name]
    rng = np.random.default_rng(
        [crc32(config.name.encode()), SPLITS.index(config.split), config.seed % 2**64]
    )
    count = spec.counts[config.split != "train"]
    if isinstance(spec, Mixture):
        return draw_points(config, spec, rng, count)
    labels_dropped = (spec.task, config.task) == ("labelled", "images")
    if config.task != spec.task and not labels_dropped:
        raise config.unsupported(spec.what_it_is)
    sides = config.load_sides(spec.size)
    domains, labels = spec.draw(rng, count, max(sides))  # square ones
    if sides[0] != sides[1]:
        domains = tuple(
            np.stack([resize_array(image, sides, fit=config.fit) for image in domain])
            for domain in domains
        )
    if config.channels == 1:
        domains = tuple(map(_grey, domains))
    if config.task != "labelled":
        return config.dataset(domains, spec.size, split=config.split)
    named = {"labels": labels, "class_names": tuple(SHAPES)}
    return config.dataset(domains, spec.size, split=config.split, **named)


def _grey(images: np.ndarray) -> np.ndarray:
    """Luma, some images at a time for the memory's sake."""
    grey = np.empty((*images.shape[:3], 1), np.uint8)
    for start in range(0, len(images), 64):
        here = slice(start, start + 64)
        grey[here, ..., 0] = images[here] @ np.array([0.299, 0.587, 0.114], np.float32) + 0.5
    return grey


_SETS: dict[str, Drawn | Mixture] = {
    "shapes": Drawn("labelled", "is labelled images", 32, (8192, 1024), draw_shapes),
    "stripes": Drawn("unpaired", "is two unpaired domains", 64, (512, 64), draw_stripes),
    "outlines": Drawn("paired", "is pairs of images", 64, (2048, 128), draw_outlines),
    "ring": Mixture(ring_centers(), std=0.02),
    "grid": Mixture(grid_centers(), std=0.05),
}

BUILT_IN = {
    "shapes": "labeled images of eight colored shapes, 32x32",
    "stripes": "two unpaired domains, plain and striped animals, 64x64",
    "outlines": "pairs: the outlines of shapes, and the shapes filled with color, 64x64",
    "ring": "2-D points: 8 Gaussians on a circle",
    "grid": "2-D points: 25 Gaussians on a 5x5 grid",
}
