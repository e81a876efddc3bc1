"""Layers that compute what those of the papers do, in operators that are fast in exported files.

`export.tflite`, `export.web` and `export.onnx` convert a copy of the generator that has them. The
operators of TFLite are those of XNNPACK, which runs them on CPUs, so that a file is one delegate.
The sides of images must be known when a layer is called: the files have static shapes.
"""

from typing import Any

import keras
from keras import ops

from keras_gans.layers import (
    ConditionalBatchNormalization,
    InstanceNormalization,
    OneHot,
    ReflectionConv2D,
    ReflectionPadding2D,
)

FEW_FILTERS = 4  # of a convolution that is faster with four times as many

Replacements = dict[type[keras.layers.Layer], type[keras.layers.Layer]]


def for_tflite(network: keras.Model) -> keras.Model:
    """Return a copy of a float32 network for inference in a .tflite file of floats."""
    normalization = {InstanceNormalization: PooledInstanceNormalization}
    return _clone(network, REPLACEMENTS | ONE_HOT | normalization)


def for_gpus(network: keras.Model) -> keras.Model:
    """Return a copy of a float32 network for inference in a .tflite file for GPUs.

    They compute in float16, which holds no more than 65,504.
    """
    normalization = {InstanceNormalization: ScaledInstanceNormalization}
    return _clone(network, REPLACEMENTS | ONE_HOT | normalization)


def for_int8(network: keras.Model) -> keras.Model:
    """Return a copy of a float32 network for inference in a .tflite file that computes in int8.

    Each pool would round its means to the 8 bits of its inputs.
    """
    return _clone(network, REPLACEMENTS | {InstanceNormalization: CenteredInstanceNormalization})


def for_onnx(network: keras.Model) -> keras.Model:
    """Return a copy of a float32 network for inference in an .onnx file.

    ONNX Runtime is fast at the rest, above all at reflection padding.
    """
    return _clone(network, ONE_HOT)


def _clone(network: keras.Model, replacements: Replacements) -> keras.Model:
    def clone(layer):
        kind = FourPixelConv2D if _is_output_convolution(layer) else type(layer)
        if kind not in DOUBLING or _doubles(layer):
            kind = replacements.get(kind, kind)
        return kind.from_config(layer.get_config())

    copy = keras.models.clone_model(network, clone_function=clone, recursive=True)
    copy.set_weights(network.get_weights())
    return copy


def _doubles(layer: keras.layers.Layer) -> bool:
    """Return whether a layer doubles the sides of images as its replacement does."""
    if isinstance(layer, keras.layers.UpSampling2D):
        return layer.size == (2, 2) and layer.interpolation == "nearest"
    is_plain = layer.padding == "same" and layer.dilation_rate == (1, 1)
    is_plain &= layer.output_padding is None
    return is_plain and layer.strides == (2, 2) and layer.kernel_size in ((3, 3), (4, 4))


def _is_output_convolution(layer: keras.layers.Layer) -> bool:
    """Return whether a layer is a large convolution to a few channels, as a translator's last."""
    if type(layer) is not keras.layers.Conv2D:
        return False
    is_plain = layer.padding == "valid" and layer.groups == 1
    is_plain &= layer.strides == layer.dilation_rate == (1, 1)
    return is_plain and min(layer.kernel_size) >= 5 and layer.filters <= FEW_FILTERS


class SlicedReflectionPadding2D(ReflectionPadding2D):
    """Reflection padding by slices and concatenations: XNNPACK has no MIRROR_PAD."""

    def call(self, images):
        """Return the padded images."""
        return _reflected(images, self.padding)


class SlicedReflectionConv2D(ReflectionConv2D):
    """A 3x3 convolution with reflection padding by slices and concatenations."""

    def call(self, images, training=False):
        """Return the convolved images."""
        return keras.layers.Conv2D.call(self, _reflected(images, 1))


def _reflected(images: Any, padding: int) -> Any:
    for axis in (1, 2):
        last = images.shape[axis] - 1
        before = [_pixels(images, axis, at) for at in range(padding, 0, -1)]
        after = [_pixels(images, axis, last - at) for at in range(1, padding + 1)]
        if padding > 2:  # XNNPACK concatenates five tensors at most
            before, after = [ops.concatenate(before, axis)], [ops.concatenate(after, axis)]
        images = ops.concatenate([*before, images, *after], axis)
    return images


def _pixels(images: Any, axis: int, at: int) -> Any:
    """Return a row (axis 1) or a column (axis 2) of images."""
    return images[:, at : at + 1] if axis == 1 else images[:, :, at : at + 1]


class FourPixelConv2D(keras.layers.Conv2D):
    """A convolution that computes 2x2 pixels at once, as channels of an image of half the size.

    Kernels for CPUs compute eight output channels or more at a time, whether they are needed or
    not. The sums are the same, of one row and one column of zero weights more.
    """

    def call(self, images):
        """Return the convolved images."""
        sides = [n - k + 1 for n, k in zip(images.shape[1:3], self.kernel_size, strict=True)]
        if any(side % 2 for side in sides):
            return super().call(images)
        shifted = [
            ops.pad(self.kernel, ((row, 1 - row), (column, 1 - column), (0, 0), (0, 0)))
            for row in range(2)
            for column in range(2)
        ]
        x = ops.conv(images, ops.concatenate(shifted, -1), strides=2, padding="valid")
        if self.use_bias:
            x = x + ops.tile(self.bias, 4)
        return self.activation(ops.depth_to_space(x, 2))


class SubpixelConv2DTranspose(keras.layers.Conv2DTranspose):
    """A 3x3 or 4x4 transposed convolution with stride 2 as a 2x2 convolution to 2x2 pixels at once.

    Kernels for CPUs compute eight output channels or more at a time, whether they are needed or
    not; here there are four times as many. The products are the same.
    """

    def call(self, images):
        """Return the images at twice the size."""
        size = self.kernel_size[0]
        *_, filters, channels = self.kernel.shape
        # Of each two output pixels, the first is reached by taps 2 and 0, the second by 3 and 1,
        # from one pixel and from the next. A 3x3 kernel has no tap 3.
        order, missing = [2, 0, 3, 1], (0, 4 - size)
        kernel = ops.pad(self.kernel, (missing, missing, (0, 0), (0, 0)))
        kernel = ops.take(ops.take(kernel, order, axis=0), order, axis=1)
        kernel = ops.reshape(kernel, (2, 2, 2, 2, filters, channels))
        kernel = ops.transpose(kernel, (1, 3, 5, 0, 2, 4))
        kernel = ops.reshape(kernel, (2, 2, channels, 4 * filters))
        sides = (1, size - 3)  # pixels of zeros
        x = ops.pad(images, ((0, 0), sides, sides, (0, 0)))
        x = ops.conv(x, kernel, padding="valid")
        if self.use_bias:
            x = x + ops.tile(self.bias, 4)
        x = ops.depth_to_space(x, 2)
        if size == 4:  # the first pixel is before the image, the last behind it
            x = x[:, 1:-1, 1:-1]
        return self.activation(x)


class NearestUpSampling2D(keras.layers.UpSampling2D):
    """Nearest-neighbor upsampling to twice the size by concatenations: XNNPACK has no TILE."""

    def call(self, images):
        """Return the images at twice the size."""
        _, h, w, c = images.shape
        x = ops.reshape(ops.concatenate([images, images], -1), (-1, h, 1, 2 * w * c))
        return ops.reshape(ops.concatenate([x, x], 2), (-1, 2 * h, 2 * w, c))


class CenteredInstanceNormalization(InstanceNormalization):
    """Instance normalization that subtracts the mean first.

    Squares are products: XNNPACK has no SQUARED_DIFFERENCE of 8 bits.
    """

    def call(self, images):
        """Return the normalized images."""
        centered = images - self.mean(images)
        scale = self.gamma * ops.rsqrt(self.mean(centered * centered) + self.epsilon)
        return centered * scale + self.beta

    def mean(self, images: Any) -> Any:
        """Return the mean of each channel over height and width."""
        return ops.mean(images, (1, 2), keepdims=True)


class PooledInstanceNormalization(CenteredInstanceNormalization):
    """Instance normalization whose means begin with those of 2x2 pixels, while sides are even.

    The mean of equal numbers is that number, exactly: a sum of four is. The rounding errors of one
    long sum would be the deviations of a flat image, and normalization multiplies them by 300 in
    each layer. In float16 a long sum is worse, or infinite.
    """

    def mean(self, images: Any) -> Any:
        """Return the mean of each channel over height and width."""
        images = _pooled(images, ops.average_pool)
        if images.shape[1:3] == (1, 1):
            return images
        first = images[:, :1, :1]  # in place of a long sum, that of differences, which may be zero
        return first + super().mean(images - first)


class ScaledInstanceNormalization(PooledInstanceNormalization):
    """Instance normalization of values that are scaled first, so that each channel's largest is 64.

    The scale cancels out. Without it, the squares that the variance is the mean of are infinite in
    float16 if values are over 256 (a sum of four if they are over 128), and zero if they are below
    0.0001. With 64, a sum of four squares is far from both: the variance is at least 0.06, of one
    bright pixel among 256x256.
    """

    def call(self, images):
        """Return the normalized images."""
        centered = images - self.mean(images)
        root = self.epsilon**0.5
        scale = 64.0 / (self.largest(ops.abs(centered)) + root)
        scaled, scaled_root = centered * scale, root * scale
        variance = self.mean(scaled * scaled) + scaled_root * scaled_root
        return scaled * (self.gamma * ops.rsqrt(variance)) + self.beta

    def largest(self, images: Any) -> Any:
        """Return the largest value of each channel over height and width."""
        images = _pooled(images, ops.max_pool)
        if images.shape[1:3] == (1, 1):
            return images
        return ops.max(images, (1, 2), keepdims=True)


def _pooled(images: Any, pool: Any) -> Any:
    """Pool 2x2 pixels to one while height and width are even."""
    while all(side % 2 == 0 for side in images.shape[1:3]):
        images = pool(images, 2)
    return images


class FloatOneHot(OneHot):
    """One-hot encoding in float32: that of TensorFlow and ONNX takes int64, which WebGPU lacks."""

    def call(self, labels):
        """Return the vectors."""
        return _float_one_hot(labels, self.classes)


class FloatConditionalBatchNormalization(ConditionalBatchNormalization):
    """Batch normalization that depends on the class, by one-hot vectors that are float32."""

    def one_hot(self, labels: Any) -> Any:
        """Return the one-hot vectors (n, classes) of labels (n,)."""
        return _float_one_hot(labels, self.classes)


def _float_one_hot(labels: Any, classes: int) -> Any:
    """Return one-hot vectors, exactly: 1 where a label is 0 away from a class, 0 where it is more.

    Float32 has all whole numbers up to 2^24, and float16 of GPUs those up to 2048.
    """
    labels = ops.reshape(ops.cast(labels, "float32"), (-1, 1))
    return ops.relu(1.0 - ops.abs(labels - ops.arange(classes, dtype="float32")))


ONE_HOT: Replacements = {
    OneHot: FloatOneHot,
    ConditionalBatchNormalization: FloatConditionalBatchNormalization,
}
REPLACEMENTS: Replacements = {
    ReflectionPadding2D: SlicedReflectionPadding2D,
    ReflectionConv2D: SlicedReflectionConv2D,
    keras.layers.UpSampling2D: NearestUpSampling2D,
    keras.layers.Conv2DTranspose: SubpixelConv2DTranspose,
}
DOUBLING = (keras.layers.UpSampling2D, keras.layers.Conv2DTranspose)
