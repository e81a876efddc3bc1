"""Which sides of images the networks that double and halve them can make."""

SMALLEST = (4, 7)  # the sides that the doublings start from


def doublings(image_shape: tuple[int, ...]) -> tuple[int, int]:
    """Split an image's side into (smallest side, doublings): 28 is (7, 2), 64 is (4, 4).

    Raises:
        ValueError: it is no square image, or its side not 4 or 7 times a power of two, 8 at least.
    """
    if len(image_shape) != 3 or image_shape[0] != image_shape[1]:
        raise ValueError(
            f"this network makes square images, not {image_shape}: --network mlp makes any shape"
        )
    size = image_shape[0]
    for start in SMALLEST:
        count = (size // start).bit_length() - 1
        if count > 0 and start << count == size:
            return start, count
    fitting = sorted(start << count for start in SMALLEST for count in range(1, 7))
    raise ValueError(
        f"this network makes images of side {', '.join(map(str, fitting))}, not {size}"
    )


def widths(
    image_shape: tuple[int, ...], filters: int, widest: int | None = None
) -> tuple[int, list[int]]:
    """Return the smallest side, and the channels at each size of images, the largest first.

    Args:
        image_shape: (side, side, channels).
        filters: channels at half the image's side; half as many next to the image, twice as many
            at each smaller side.
        widest: the most that there may be; None for no bound.

    Raises:
        ValueError: the side does not fit.
    """
    start, count = doublings(image_shape)
    channels = [max(1, (filters << step) // 2) for step in range(count + 1)]
    return start, channels if widest is None else [min(width, widest) for width in channels]
