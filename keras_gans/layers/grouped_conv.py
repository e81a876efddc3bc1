"""Grouped convolutions."""

import keras
from keras import ops

from keras_gans.layers.hardware import trains_on_gpu


@keras.saving.register_keras_serializable("keras_gans")
class GroupedConv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D` with `groups`, computed as one convolution per group on a CPU.

    Keras compiles grouped convolutions with XLA, whose gradients took 200 times as long there.

    Args:
        *args: those of `keras.layers.Conv2D`.
        **kwargs: those of `keras.layers.Conv2D`.

    Call arguments:
        images: (n, h, w, c); returns what `keras.layers.Conv2D` does.
    """

    def convolution_op(self, inputs, kernel):
        """Return the convolution: on a CPU, of each group's channels with its part of the kernel."""
        convolve = super().convolution_op
        if trains_on_gpu():
            return convolve(inputs, kernel)
        pairs = zip(self._by_group(inputs), self._by_group(kernel), strict=True)
        outputs = ops.stack([convolve(images, part) for images, part in pairs], axis=-2)
        return ops.reshape(outputs, (-1, *outputs.shape[1:-2], self.filters))

    def _by_group(self, tensor):
        # unstack, not split: the second derivative of split pads with zeros, which is slow.
        shape = (-1, *tensor.shape[1:-1], self.groups, tensor.shape[-1] // self.groups)
        return ops.unstack(ops.reshape(tensor, shape), axis=-2)
