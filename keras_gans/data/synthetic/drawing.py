"""Shapes as signed distances, drawn with smooth edges by numpy.

Coordinates run from -1 to 1 across an image, y downwards. Everything works on stacks: a parameter
has the shape (n, 1, 1) and a distance (n, size, size), negative inside.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

# Pixels worked on at a time: what keeps the intermediate results in the processor's cache.
_CHUNK_PIXELS = 2**16


class Draws:
    """Random parameters, one an image, shaped to be used with stacks of images."""

    def __init__(self, rng: np.random.Generator, count: int):
        """Draw from `rng`, for `count` images."""
        self._generator = rng
        self._count = count

    def between(self, low: float, high: float) -> np.ndarray:
        """Uniform, (n, 1, 1)."""
        return self._generator.uniform(low, high, (self._count, 1, 1)).astype(np.float32)

    def colors(self, saturation: tuple[float, float], value: tuple[float, float]) -> np.ndarray:
        """Of any hue, (n, 1, 1, 3)."""
        return hsv(self.between(0, 1), self.between(*saturation), self.between(*value))


def draw_stack(draw: Callable[[slice], np.ndarray], count: int, size: int) -> np.ndarray:
    """Draw `count` images some at a time.

    Args:
        draw: gives the images of a slice, as floats (m, size, size, 3) in [0, 1].
        count: how many in all.
        size: side of the images.

    Returns:
        uint8, (count, size, size, 3).
    """
    images = np.empty((count, size, size, 3), np.uint8)
    step = max(1, _CHUNK_PIXELS // size**2)

    def fill(start: int) -> None:
        here = slice(start, min(start + step, count))
        images[here] = draw(here).clip(0, 1) * 255 + 0.5

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(fill, range(0, count, step)))
    return images


def grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    """The x (1, 1, size) and y (1, size, 1) of the pixels' centers."""
    along = ((np.arange(size, dtype=np.float32) + 0.5) * (2 / size) - 1).astype(np.float32)
    return along[None, None, :], along[None, :, None]


def coverage(distance: np.ndarray, size: int, softness: float = 1.0) -> np.ndarray:
    """How much of each pixel is inside: 0 to 1 over an edge of `softness` pixels."""
    return (0.5 - distance * (size / 2 / softness)).clip(0, 1)


def length(x, y):
    """The length of a vector; several times as fast as np.hypot, and exact enough here."""
    return np.sqrt(x * x + y * y)


def mix(a, b, amount):
    """From a, where amount is 0, to b, where it is 1."""
    return a + (b - a) * amount


def smoothstep(low: float, high: float, x: np.ndarray) -> np.ndarray:
    """0 below `low`, 1 above `high`, smooth between."""
    t = ((x - low) / (high - low)).clip(0, 1)
    return t * t * (3 - 2 * t)


def hsv(hue: np.ndarray, saturation: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Colors (..., 3) in [0, 1] from hue, saturation and value in [0, 1]."""
    sector = (np.stack([hue + 1.0, hue + 2 / 3, hue + 1 / 3], -1) % 1.0) * 6
    ramp = (np.abs(sector - 3) - 1).clip(0, 1)
    return value[..., None] * mix(1.0, ramp, saturation[..., None])


def limb(x, y, start, end, start_radius, end_radius):
    """A tapered capsule from `start` to `end`, each an (x, y) of arrays.

    Returns:
        The distance, how far along the limb a pixel is (0 to 1), and how far to the side.
    """
    dx, dy = end[0] - start[0], end[1] - start[1]
    px, py = x - start[0], y - start[1]
    span = length(dx, dy) + 1e-6
    along = ((px * dx + py * dy) / span**2).clip(0, 1)
    side = (py * dx - px * dy) / span
    distance = length(px - along * dx, py - along * dy)
    return distance - mix(start_radius, end_radius, along), along, side


def ellipse(x, y, center, radii):
    """An ellipse with its axes along x and y; the distance is exact near its edge."""
    u, v = (x - center[0]) / radii[0], (y - center[1]) / radii[1]
    level = length(u, v)
    slope = length(u / radii[0], v / radii[1]) + 1e-6
    return level * (level - 1) / slope


def smooth_union(a, b, radius: float):
    """The union of two shapes with the corner between them rounded."""
    blend = (radius - np.abs(a - b)).clip(0) / radius
    return np.minimum(a, b) - blend * blend * (radius / 4)


def circle(x, y):
    """A disc."""
    return length(x, y) - 0.85


def ring(x, y):
    """An annulus."""
    return np.abs(length(x, y) - 0.68) - 0.2


def square(x, y):
    """A square."""
    return _box(x, y, 0.72, 0.72)


def triangle(x, y):
    """An equilateral triangle, one corner up."""
    return _star(x, y, corners=3, sharpness=2.0) - 0.03


def star(x, y):
    """A five-pointed star, one point up."""
    return _star(x, y, corners=5, sharpness=3.3) - 0.03


def cross(x, y):
    """A plus sign."""
    return np.minimum(_box(x, y, 0.9, 0.3), _box(x, y, 0.3, 0.9))


def heart(x, y):
    """A heart, its tip down."""
    x, y = np.abs(x) / 1.7, (0.86 - y) / 1.7
    lobe = length(x - 0.25, y - 0.75) - np.sqrt(2) / 4
    low = np.maximum(x + y, 0) / 2
    rest = np.sqrt(np.minimum(x**2 + (y - 1) ** 2, (x - low) ** 2 + (y - low) ** 2))
    return 1.7 * np.where(x + y > 1, lobe, rest * np.sign(x - y))


def crescent(x, y):
    """A waxing moon."""
    return np.maximum(length(x, y) - 0.9, 0.72 - length(x - 0.5, y))


def _box(x, y, half_width: float, half_height: float):
    x, y = np.abs(x) - half_width, np.abs(y) - half_height
    return length(x.clip(0), y.clip(0)) + np.maximum(x, y).clip(None, 0)


def _star(x, y, corners: int, sharpness: float, radius: float = 0.95):
    """A star polygon; `sharpness` goes from 2 (regular polygon) to `corners` (spikes)."""
    sector, edge = np.pi / corners, np.pi / sharpness
    angle = np.arctan2(x, -y) % (2 * sector) - sector
    reach = length(x, y)
    px = reach * np.cos(angle) - radius * np.cos(sector)
    py = reach * np.abs(np.sin(angle)) - radius * np.sin(sector)
    along = -(px * np.cos(edge) + py * np.sin(edge))
    along = along.clip(0, radius * np.sin(sector) / np.sin(edge))
    px, py = px + along * np.cos(edge), py + along * np.sin(edge)
    return length(px, py) * np.sign(px)


SHAPES: dict[str, Callable] = {
    "circle": circle,
    "crescent": crescent,
    "cross": cross,
    "heart": heart,
    "ring": ring,
    "square": square,
    "star": star,
    "triangle": triangle,
}


def shape_distance(kinds, x, y, center, radius, angle):
    """The distance to a shape each, placed, scaled and turned.

    Args:
        kinds: (n,) indices into `SHAPES`.
        x: as `grid` gives it.
        y: likewise.
        center: (x, y), each (n, 1, 1).
        radius: (n, 1, 1).
        angle: (n, 1, 1), in radians.
    """
    px, py = x - center[0], y - center[1]
    cos, sin = np.cos(angle) / radius, np.sin(angle) / radius
    u, v = cos * px + sin * py, cos * py - sin * px
    distance = np.empty_like(u)
    for kind, shape in enumerate(SHAPES.values()):
        rows = kinds == kind
        if rows.any():
            distance[rows] = shape(u[rows], v[rows])
    return distance * radius
