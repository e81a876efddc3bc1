"""Encoded images in requests: their sizes before they are decoded, and their pixels, on white."""

from typing import Any

import tensorflow as tf

from keras_gans.data.values import ValueRange

# Up to the kind of the first chunk: libpng skips chunks of unknown kinds before the image's header.
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
ALL_BITS = (0.0, 65535.0)
LUMA = (0.299, 0.587, 0.114)


def pixels_of(encoded: Any) -> Any:
    """Return height times width of an encoded image, int64 (); 0 if it is no JPEG or PNG file.

    A small file can hold an image that fills the memory: only its header is read. GIF files are
    refused: a frame may be larger than the header says.
    """

    def png():
        return _number(encoded, 16, 4) * _number(encoded, 20, 4)

    def jpeg():
        return tf.reduce_prod(tf.cast(tf.io.extract_jpeg_shape(encoded)[:2], "int64"))

    has_header = tf.strings.length(encoded) >= 25
    return tf.case(
        [(has_header & _begins(encoded, PNG), png), (tf.io.is_jpeg(encoded), jpeg)],
        default=lambda: tf.zeros((), "int64"),
    )


def decode(encoded: Any, channels: int, value_range: ValueRange | None) -> Any:
    """Decode an image as in training: transparency on white, and sixteen bits in one range.

    Args:
        encoded: the bytes of a JPEG or PNG file.
        channels: 1 or 3.
        value_range: of sixteen bits, what becomes 0 and 255; None for 0 to 65535.

    Returns:
        uint8 (h, w, channels).
    """

    def png():
        deep = tf.equal(_number(encoded, 24, 1), 16)
        colors, alpha = tf.cond(deep, png_of_sixteen_bits, png_of_eight_bits)
        return tf.round(colors * alpha + 255.0 * (1.0 - alpha))

    def png_of_eight_bits():
        pixels = tf.cast(tf.io.decode_png(encoded, 4), "float32")
        return pixels[..., :3], pixels[..., 3:] / 255.0

    def png_of_sixteen_bits():
        low, high = value_range or ALL_BITS
        pixels = tf.cast(tf.io.decode_png(encoded, 4, dtype="uint16"), "float32")
        colors = (pixels[..., :3] - low) * (255.0 / (high - low))
        return tf.round(tf.clip_by_value(colors, 0.0, 255.0)), pixels[..., 3:] / ALL_BITS[1]

    def jpeg():
        return tf.cast(tf.io.decode_jpeg(encoded, 3), "float32")

    colors = tf.cond(_begins(encoded, PNG), png, jpeg)
    if channels == 1:
        colors = tf.round(tf.reduce_sum(colors * LUMA, axis=-1, keepdims=True))
    return tf.ensure_shape(tf.cast(colors, "uint8"), (None, None, channels))


def _begins(encoded: Any, mark: bytes) -> Any:
    length = tf.minimum(len(mark), tf.strings.length(encoded))
    return tf.equal(tf.strings.substr(encoded, 0, length), mark)


def _number(encoded: Any, at: int, size: int) -> Any:
    """Return the unsigned number in some bytes, the highest one first, as int64."""
    values = tf.cast(tf.io.decode_raw(tf.strings.substr(encoded, at, size), "uint8"), "int64")
    return tf.reduce_sum(values * [256**place for place in reversed(range(size))])
