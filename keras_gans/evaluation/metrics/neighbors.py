"""Nearest neighbors among tens of thousands of feature vectors, all with all.

Rows are float64. Distances are squared, and of a block of rows at a time, because all of them at
once would not fit into memory.
"""

from collections.abc import Iterator
from typing import Any

from keras import ops

BLOCK = 256  # rows; more are hardly faster
# The share of an example's squared norm that rounding may add to its squared distances. Examples
# that are no further apart than this are taken to be the same.
ROUNDING = 1e-12


def knn_radii(centers: Any, others: Any, k: int) -> Any:
    """Return the squared distances (n,) of examples to their kth nearest other example.

    Args:
        centers: (n, d), some or all of `others`.
        others: (m, d), m over k.
        k: 1 for the nearest.
    """
    # The k + 1 nearest include the example itself, or one that is equal to it.
    nearness = [ops.top_k(-squares, k + 1)[0][:, -1] for squares in _blocks(centers, others)]
    norms = ops.sum(ops.square(centers - ops.mean(others, axis=0)), axis=1)
    return ROUNDING * norms - ops.concatenate(nearness)


def nearest(points: Any, centers: Any) -> tuple[Any, Any]:
    """Return the index of the center that is nearest to each point, and its squared distance."""
    blocks = list(map(_nearest, _blocks(points, centers)))
    indices, squares = zip(*blocks, strict=True)
    return ops.concatenate(indices), ops.concatenate(squares)


def neighborhood_counts(centers: Any, points: Any, k: int) -> tuple[Any, Any]:
    """Count the points in balls around centers, which reach to the kth nearest other center.

    Args:
        centers: (n, d), n over k.
        points: (m, d).
        k: 1 for the nearest.

    Returns:
        How many points are in each ball (n,), and how many balls each point is in (m,).
    """
    reach = knn_radii(centers, centers, k)
    in_ball, around_point = [], ops.zeros(len(points), "int32")
    for start, squares in zip(range(0, len(centers), BLOCK), _blocks(centers, points), strict=True):
        inside = squares <= reach[start : start + BLOCK, None]
        in_ball.append(ops.count_nonzero(inside, axis=1))
        around_point += ops.count_nonzero(inside, axis=0)
    return ops.concatenate(in_ball), around_point


def _nearest(squares: Any) -> tuple[Any, Any]:
    return ops.argmin(squares, axis=1), ops.min(squares, axis=1)


def _blocks(rows: Any, others: Any) -> Iterator[Any]:
    """Yield the squared distances (b, m) of blocks of rows (n, d) to all others (m, d).

    (x - y)^2 = x^2 - 2xy + y^2 is much smaller than its terms where all examples are far from 0:
    they are moved there. One product, of x, x^2 and 1 with -2y, 1 and y^2, is faster than a sum of
    three.
    """
    center = ops.mean(others, axis=0)
    rows, others = rows - center, others - center
    row_norms, norms = (ops.sum(ops.square(x), axis=1, keepdims=True) for x in (rows, others))
    left = ops.concatenate([rows, row_norms, ops.ones_like(row_norms)], axis=1)
    right = ops.concatenate([-2.0 * others, ops.ones_like(norms), norms], axis=1)
    for start in range(0, len(rows), BLOCK):
        yield ops.matmul(left[start : start + BLOCK], ops.transpose(right))
