"""2-D points from mixtures of Gaussians."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from keras_gans.data.config import DataConfig
from keras_gans.data.dataset import Dataset
from keras_gans.data.errors import DataError

# In papers both mixtures reach from -2 to 2, with standard deviations of 0.02 (ring) and 0.05
# (grid). They are delivered divided by this, within [-1, 1].
POINT_SCALE = 2.5


@dataclass(frozen=True)
class Mixture:
    """A mixture of equally likely Gaussians in the plane, in the units of the papers."""

    centers: np.ndarray
    std: float
    counts: tuple[int, int] = (50_000, 10_000)


def draw_points(
    config: DataConfig, mixture: Mixture, rng: np.random.Generator, count: int
) -> Dataset:
    """Draw points (n, 2), labeled by their mode if labels are asked for.

    Raises:
        DataError: a size, channels or jitter are asked for, or a task of other data.
    """
    if config.task not in ("images", "labelled"):
        raise config.unsupported("is a set of 2-D points")
    if config.jitter or config.image_size or config.channels:
        raise DataError(
            f"{config.name} is a set of 2-D points: "
            "image_size, channels and jitter are for images, leave them out"
        )
    modes = (mixture.centers / POINT_SCALE).astype(np.float32)
    std = mixture.std / POINT_SCALE
    picked = rng.integers(len(modes), size=count)
    points = modes[picked] + std * rng.standard_normal((count, 2), np.float32)
    points = points.astype(np.float32)
    dataset = Dataset(
        config.name,
        config.task,
        (points,),
        modes=modes,
        mode_std=std,
        split=config.split,
    )
    if config.task == "images":
        return dataset
    names = tuple(map(str, range(len(modes))))  # labelled by the mode
    return replace(dataset, labels=picked.astype(np.int32), class_names=names)


def ring_centers() -> np.ndarray:
    """Return the centers of 8 modes on a circle."""
    angles = np.arange(8) * (2 * np.pi / 8)
    return 2 * np.stack([np.cos(angles), np.sin(angles)], -1)


def grid_centers() -> np.ndarray:
    """Return the centers of 25 modes on a 5x5 grid."""
    return np.stack(np.meshgrid(np.arange(-2, 3), np.arange(-2, 3)), -1).reshape(-1, 2)
