"""The resolutions of networks that upsample images from 4x4 or 7x7, or downsample them to that."""

SMALLEST = (4, 7)  # sides of the smallest images


def num_upsamples(image_shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the smallest side and the number of upsamplings from it: (7, 2) for side 28.

    Raises:
        ValueError: the image is not square, or its side is not 4 or 7 times a power of two, from 8.
    """
    if len(image_shape) != 3 or image_shape[0] != image_shape[1]:
        raise ValueError(
            f"this network makes square images, not {image_shape}; network 'mlp' makes any shape"
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
    """Return the smallest side, and the channels at each resolution, the largest first.

    Args:
        image_shape: (side, side, channels).
        filters: channels at half the image's side. There are half as many at the full side, and
            twice as many at each smaller one.
        widest: an upper bound of the channels; None for none.

    Raises:
        ValueError: as `num_upsamples`.
    """
    start, count = num_upsamples(image_shape)
    channels = [max(1, (filters << step) // 2) for step in range(count + 1)]
    return start, channels if widest is None else [min(width, widest) for width in channels]
