"""Interpolation and vector arithmetic in latent space."""

import numpy as np


def interpolate(start: np.ndarray, end: np.ndarray, count: int) -> np.ndarray:
    """Interpolate spherically between two latents.

    The direction moves along a great circle and the length changes linearly, both in even steps.
    Nearly all latents from a normal distribution have a length of about sqrt(d). So have these,
    whereas a straight line leads through shorter ones, which the generator has not been trained on.
    [White, 2016](https://arxiv.org/abs/1609.04468)

    Args:
        start: the first latent (d,).
        end: the last latent (d,). If it is opposite to the first, one of the great circles through
            both is taken.
        count: number of latents, including both ends.

    Returns:
        Latents (count, d), of the dtype of `start`.

    Raises:
        ValueError: `count` is under 2, or one of the latents is zero and so has no direction.
    """
    if count < 2:
        raise ValueError(f"count must be 2 or more, to include both ends, not {count}")
    first, last = np.asarray(start, "float64"), np.asarray(end, "float64")
    lengths = np.linalg.norm(first), np.linalg.norm(last)
    if 0.0 in lengths:
        raise ValueError("a latent of length 0 has no direction: it cannot be interpolated")
    u, v = first / lengths[0], last / lengths[1]
    w = _perpendicular(u, v)
    angles = np.linspace(0.0, np.arctan2(v @ w, v @ u), count)[:, None]
    latents = np.cos(angles) * u + np.sin(angles) * w
    latents *= np.linspace(*lengths, count)[:, None]
    latents[0], latents[-1] = first, last
    return latents.astype(np.asarray(start).dtype)


def arithmetic(plus_a: np.ndarray, minus_b: np.ndarray, plus_c: np.ndarray) -> np.ndarray:
    """Return the latent (d,) mean(A) - mean(B) + mean(C).

    Each argument is several latents (n, d) whose images have something in common; arithmetic with
    single latents is unstable.
    [Radford et al., 2015, section 6.3.2](https://arxiv.org/abs/1511.06434)
    """
    return plus_a.mean(axis=0) - minus_b.mean(axis=0) + plus_c.mean(axis=0)


def _perpendicular(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return the unit vector that is orthogonal to `u` in the plane of both, by Gram-Schmidt."""
    w = v - (v @ u) * u
    if np.linalg.norm(w) < 1e-8:  # equal or opposite: any orthogonal vector will do
        axis = np.eye(len(u))[np.argmin(np.abs(u))]
        w = axis - (axis @ u) * u
    return w / max(np.linalg.norm(w), 1e-8)  # in one dimension w is zero
