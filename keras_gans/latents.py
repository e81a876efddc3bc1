"""Ways through latent space: from one latent to another, and sums of what latents mean."""

import numpy as np


def interpolate(start: np.ndarray, end: np.ndarray, count: int) -> np.ndarray:
    """Go from one latent to another around the origin, not past it.

    The direction turns evenly along a great circle, and the length changes evenly. Latents from a
    normal distribution are nearly all about sqrt(d) long: the way between them leads through
    latents that the generator knows, where a straight line leads through shorter ones.
    [White, 2016](https://arxiv.org/abs/1609.04468)

    Args:
        start: the first latent (d,).
        end: the last one (d,). Opposite to the first, it is reached by one of the ways around.
        count: how many latents, both ends included.

    Returns:
        Latents (count, d), of the first one's dtype.

    Raises:
        ValueError: `count` is under 2, or one of the latents is 0 and so has no direction.
    """
    if count < 2:
        raise ValueError(f"count must be 2 or more, for both ends, not {count}")
    first, last = np.asarray(start, "float64"), np.asarray(end, "float64")
    lengths = np.linalg.norm(first), np.linalg.norm(last)
    if 0.0 in lengths:
        raise ValueError("a latent of length 0 has no direction to go from")
    ahead, goal = first / lengths[0], last / lengths[1]
    aside = _perpendicular(ahead, goal)
    angles = np.linspace(0.0, np.arctan2(goal @ aside, goal @ ahead), count)[:, None]
    way = np.cos(angles) * ahead + np.sin(angles) * aside
    way *= np.linspace(*lengths, count)[:, None]
    way[0], way[-1] = first, last
    return way.astype(np.asarray(start).dtype)


def arithmetic(plus_a: np.ndarray, minus_b: np.ndarray, plus_c: np.ndarray) -> np.ndarray:
    """Return the latent (d,) for what A shows, less what B shows, and what C shows.

    Each of the three is the mean of several latents (n, d) whose pictures have it in common: single
    ones are unstable. [Radford et al., 2015, section 6.3.2](https://arxiv.org/abs/1511.06434)
    """
    return plus_a.mean(axis=0) - minus_b.mean(axis=0) + plus_c.mean(axis=0)


def _perpendicular(ahead: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """Return the unit vector at a right angle to `ahead` on the side of `goal`."""
    aside = goal - (goal @ ahead) * ahead
    if np.linalg.norm(aside) < 1e-8:  # equal or opposite: any side, such as the farthest axis
        axis = np.eye(len(ahead))[np.argmin(np.abs(ahead))]
        aside = axis - (axis @ ahead) * ahead
    return aside / max(np.linalg.norm(aside), 1e-8)  # in one dimension there is no side at all
