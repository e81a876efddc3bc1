"""Differentiable augmentation: gradients reach the generator through it."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_gans.training.random import SeedGenerator


@keras.saving.register_keras_serializable("keras_gans")
class DiffAugment(keras.layers.Layer):
    """Differentiable augmentation: random color, translation and cutout.

    It is applied to real and generated images alike before the discriminator sees them. The
    discriminator overfits less to small data sets, and the generator does not learn to make
    augmented images. Each image has its own random augmentation, which is differentiable twice, as
    gradient penalties need.
    [Zhao et al., 2020](https://arxiv.org/abs/2006.10738)

    Args:
        policy: the augmentations, applied in this order: any of "color" (brightness, saturation,
            contrast), "translation" (by up to an eighth of height and width) and "cutout" (a square
            of half the height and width).
        seed: random seed.

    Call arguments:
        images: (n, h, w, c) in [-1, 1]; returns the same shape. Values may leave that range.
        training: images are augmented in training only.

    Raises:
        ValueError: an unknown name in `policy`, or inputs that are not (n, h, w, c).
    """

    def __init__(
        self,
        policy: Sequence[str] = ("color", "translation", "cutout"),
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        for name in policy:
            if name not in self._augmentations:
                known = ", ".join(self._augmentations)
                raise ValueError(f"policy may contain {known}, not {name}")
        self.policy = tuple(policy)
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)

    def build(self, input_shape):
        """Check that the inputs are images."""
        if len(input_shape) != 4:
            raise ValueError("DiffAugment is for images, not for 2-D points")

    def call(self, images, training=False):
        """Return the augmented images."""
        if training:
            for name in self.policy:
                images = self._augmentations[name](self, images)
        return images

    def _color(self, images):
        images = images + self._uniform(images, -0.5, 0.5)
        gray = ops.mean(images, axis=-1, keepdims=True)
        images = gray + (images - gray) * self._uniform(images, 0.0, 2.0)
        level = ops.mean(images, axis=(1, 2, 3), keepdims=True)
        return level + (images - level) * self._uniform(images, 0.5, 1.5)

    def _translate(self, images):
        """Shift each image in height and in width, by matrix products."""
        _, h, w, c = images.shape
        x = ops.matmul(self._shift(images, h), ops.reshape(images, (-1, h, w * c)))
        return ops.matmul(self._shift(images, w)[:, None], ops.reshape(x, (-1, h, w, c)))

    def _cut_out(self, images):
        _, h, w, _ = images.shape
        rows, columns = self._covered(images, h), self._covered(images, w)
        return images * (1.0 - rows[:, :, None, None] * columns[:, None, :, None])

    _augmentations = {"color": _color, "translation": _translate, "cutout": _cut_out}

    def _shift(self, images, side: int):
        """Return matrices (n, side, side) that shift by up to an eighth of the side.

        Each has ones on one diagonal, so that zeros are shifted in.
        """
        farthest = (side + 4) // 8
        offset = self._integers(images, -farthest, farthest)
        pixels = ops.arange(side)
        matches = pixels[None, :, None] + offset[:, None, None] == pixels
        return ops.cast(matches, images.dtype)

    def _covered(self, images, side: int):
        """Return (n, side): 1 in a range of half the side around a random pixel, else 0."""
        length = (side + 1) // 2
        start = self._integers(images, 0, side - length % 2) - length // 2
        distance = ops.arange(side) - start[:, None]
        return ops.cast(ops.logical_and(distance >= 0, distance < length), images.dtype)

    def _uniform(self, images, low: float, high: float):
        shape, dtype = (ops.shape(images)[0], 1, 1, 1), images.dtype
        return keras.random.uniform(shape, low, high, dtype=dtype, seed=self.seed_generator)

    def _integers(self, images, low: int, high: int):
        """Draw integers (n,) from low to high, both included."""
        shape = (ops.shape(images)[0],)
        return keras.random.randint(shape, low, high + 1, seed=self.seed_generator)

    def compute_output_shape(self, input_shape):
        """Return the input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "policy": self.policy, "seed": self.seed}
