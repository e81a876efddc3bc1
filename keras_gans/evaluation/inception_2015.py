"""The Inception network of 2015-12-05, whose features papers compute FID and KID of.

It is not the Inception-v3 of `keras.applications`: it was trained at another time, its last block
has a maximum where the paper has an average, and images reach it by another resize.
"""

from typing import Any

import keras
from keras import layers, ops

SIDE = 299
Convolution = tuple[str, int, int | tuple[int, int]]  # name, channels and kernel size


@keras.saving.register_keras_serializable("keras_gans")
class Inception2015Inputs(layers.Layer):
    """Bring images to 299x299 as TensorFlow 1 did for this network.

    Values are rounded to 8 bits, as in files, resized bilinearly with `align_corners=False` and no
    half-pixel centers, without antialiasing, and normalized by (value - 128) / 128.

    Call arguments:
        images: (n, h, w, c) in [-1, 1]; returns (n, 299, 299, c).
    """

    def call(self, images):
        """Return what the network takes."""
        pixels = ops.clip(ops.round((images + 1.0) * 127.5), 0.0, 255.0)
        return (_resized(_resized(pixels, 2), 1) - 128.0) / 128.0

    def compute_output_shape(self, input_shape):
        """Return (n, 299, 299, c)."""
        return (input_shape[0], SIDE, SIDE, input_shape[-1])


def _resized(pixels: Any, axis: int) -> Any:
    """Resize one side: position p of the result is p * side / 299 of the image."""
    side = ops.shape(pixels)[axis]
    positions = ops.arange(SIDE, dtype="float32") * (ops.cast(side, "float32") / SIDE)
    low = ops.cast(ops.floor(positions), "int32")
    high = ops.minimum(low + 1, side - 1)
    fraction = ops.reshape(positions - ops.floor(positions), (SIDE, 1, 1)[: 4 - axis])
    first, second = ops.take(pixels, low, axis), ops.take(pixels, high, axis)
    return first + (second - first) * ops.cast(fraction, pixels.dtype)


def inception_2015() -> keras.Model:
    """Return the network with random weights: images (n, h, w, 3) in [-1, 1] to features (n, 2048).

    [Szegedy et al., 2016](https://arxiv.org/abs/1512.00567). The features are the average of the
    last block, `pool_3` of TensorFlow's graph. Layers are named as in PyTorch's file of weights.
    """
    images = keras.Input((None, None, 3), name="images")
    x = Inception2015Inputs(name="inputs")(images)
    x = _conv(x, "Conv2d_1a_3x3", 32, 3, 2, "valid")
    x = _conv(x, "Conv2d_2a_3x3", 32, 3, 1, "valid")
    x = _conv(x, "Conv2d_2b_3x3", 64, 3)
    x = layers.MaxPooling2D(3, 2)(x)
    x = _conv(x, "Conv2d_3b_1x1", 80, 1)
    x = _conv(x, "Conv2d_4a_3x3", 192, 3, 1, "valid")
    x = layers.MaxPooling2D(3, 2)(x)
    x = _block_a(x, "Mixed_5b", 32)
    x = _block_a(x, "Mixed_5c", 64)
    x = _block_a(x, "Mixed_5d", 64)
    x = _smaller_b(x, "Mixed_6a")
    x = _block_c(x, "Mixed_6b", 128)
    x = _block_c(x, "Mixed_6c", 160)
    x = _block_c(x, "Mixed_6d", 160)
    x = _block_c(x, "Mixed_6e", 192)
    x = _smaller_d(x, "Mixed_7a")
    x = _block_e(x, "Mixed_7b", _average(x))
    # TensorFlow's graph has a maximum here, which the paper does not.
    x = _block_e(x, "Mixed_7c", layers.MaxPooling2D(3, 1, "same")(x))
    features = layers.GlobalAveragePooling2D(name="features")(x)
    return keras.Model(images, features, name="inception_2015")


def _conv(x, name, channels, kernel_size, strides=1, padding="same"):
    shape = channels, kernel_size, strides, padding
    x = layers.Conv2D(*shape, use_bias=False, name=f"{name}.conv")(x)
    return layers.ReLU()(layers.BatchNormalization(epsilon=1e-3, name=f"{name}.bn")(x))


def _branch(x: Any, block: str, *convolutions: Convolution) -> Any:
    for name, channels, kernel_size in convolutions:
        x = _conv(x, f"{block}.{name}", channels, kernel_size)
    return x


def _average(x):
    """Average 3x3 pixels, at the border only those within the image."""
    return layers.AveragePooling2D(3, 1, "same")(x)


def _block_a(x, name, pool_channels):
    double = ("branch3x3dbl_1", 64, 1), ("branch3x3dbl_2", 96, 3), ("branch3x3dbl_3", 96, 3)
    branches = [
        _branch(x, name, ("branch1x1", 64, 1)),
        _branch(x, name, ("branch5x5_1", 48, 1), ("branch5x5_2", 64, 5)),
        _branch(x, name, *double),
        _branch(_average(x), name, ("branch_pool", pool_channels, 1)),
    ]
    return layers.Concatenate()(branches)


def _smaller_b(x, name):
    double = _branch(x, name, ("branch3x3dbl_1", 64, 1), ("branch3x3dbl_2", 96, 3))
    branches = [
        _conv(x, f"{name}.branch3x3", 384, 3, 2, "valid"),
        _conv(double, f"{name}.branch3x3dbl_3", 96, 3, 2, "valid"),
        layers.MaxPooling2D(3, 2)(x),
    ]
    return layers.Concatenate()(branches)


def _block_c(x, name, width):
    wide, tall = (1, 7), (7, 1)
    seven = ("branch7x7_1", width, 1), ("branch7x7_2", width, wide), ("branch7x7_3", 192, tall)
    double = (
        ("branch7x7dbl_1", width, 1),
        ("branch7x7dbl_2", width, tall),
        ("branch7x7dbl_3", width, wide),
        ("branch7x7dbl_4", width, tall),
        ("branch7x7dbl_5", 192, wide),
    )
    branches = [
        _branch(x, name, ("branch1x1", 192, 1)),
        _branch(x, name, *seven),
        _branch(x, name, *double),
        _branch(_average(x), name, ("branch_pool", 192, 1)),
    ]
    return layers.Concatenate()(branches)


def _smaller_d(x, name):
    three = _branch(x, name, ("branch3x3_1", 192, 1))
    seven = (
        ("branch7x7x3_1", 192, 1),
        ("branch7x7x3_2", 192, (1, 7)),
        ("branch7x7x3_3", 192, (7, 1)),
    )
    branches = [
        _conv(three, f"{name}.branch3x3_2", 320, 3, 2, "valid"),
        _conv(_branch(x, name, *seven), f"{name}.branch7x7x3_4", 192, 3, 2, "valid"),
        layers.MaxPooling2D(3, 2)(x),
    ]
    return layers.Concatenate()(branches)


def _block_e(x, name, pooled):
    wide, tall = (1, 3), (3, 1)
    three = _branch(x, name, ("branch3x3_1", 384, 1))
    double = _branch(x, name, ("branch3x3dbl_1", 448, 1), ("branch3x3dbl_2", 384, 3))
    branches = [
        _branch(x, name, ("branch1x1", 320, 1)),
        _branch(three, name, ("branch3x3_2a", 384, wide)),
        _branch(three, name, ("branch3x3_2b", 384, tall)),
        _branch(double, name, ("branch3x3dbl_3a", 384, wide)),
        _branch(double, name, ("branch3x3dbl_3b", 384, tall)),
        _branch(pooled, name, ("branch_pool", 192, 1)),
    ]
    return layers.Concatenate()(branches)
