"""A pool of earlier generated images, shown to the discriminator again."""

from typing import Any

import keras
from keras import ops

from keras_gans.training.distribution import load_variables, store_variables
from keras_gans.training.random import SeedGenerator


@keras.saving.register_keras_serializable("keras_gans")
class ImagePool(keras.layers.Layer):
    """Store generated images and replace half of the new ones by earlier ones.

    Until the pool is full, images are stored and returned unchanged. Then each image is, with
    probability 1/2, exchanged for a random one from the pool. A pool of size 0 returns its input.
    [Shrivastava et al., 2017, section 2.3](https://arxiv.org/abs/1612.07828)

    Args:
        size: number of stored images; 0 for none.
        seed: random seed.

    Call arguments:
        images: (n, h, w, c); returns the same shape.
    """

    def __init__(self, size: int = 50, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.size = size
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)

    def build(self, input_shape):
        """Create the storage."""
        # Each replica of a strategy has a pool of its own.
        kept = {"trainable": False, "initializer": "zeros", "autocast": False}
        self.images = self.add_weight(name="images", shape=(self.size, *input_shape[1:]), **kept)
        self.seen = self.add_weight(name="seen", shape=(), dtype="int32", **kept)

    def call(self, images):
        """Return the images, some of them replaced."""
        if self.size == 0:
            return images
        count = images.shape[0]
        if count is None or count <= self.size:
            return self._exchange(images)
        parts = ops.split(images, range(self.size, count, self.size))
        return ops.concatenate([self._exchange(part) for part in parts])

    def _exchange(self, images):
        count = ops.shape(images)[0]
        # Distinct slots, so that no two images of a batch share one.
        shuffled = keras.random.shuffle(ops.arange(self.size), seed=self.seed_generator)[:count]
        exchange = keras.random.uniform((count,), seed=self.seed_generator) < 0.5
        filling = self.seen < self.size
        slots = ops.where(filling, (self.seen + ops.arange(count)) % self.size, shuffled)
        new = ops.cast(images, self.images.dtype)
        old = ops.take(self.images, slots, axis=0)
        exchange = ops.reshape(exchange, (-1, 1, 1, 1))
        stored = ops.where(ops.logical_or(filling, exchange), new, old)
        self.images.assign(ops.scatter_update(self.images, slots[:, None], stored))
        self.seen.assign(ops.minimum(self.seen + count, self.size))
        shown = ops.where(ops.logical_and(ops.logical_not(filling), exchange), old, new)
        return ops.cast(shown, images.dtype)

    def save_own_variables(self, store):
        """Save the pool of each replica."""
        store_variables([self.images, self.seen], store)

    def load_own_variables(self, store):
        """Load what `save_own_variables` saved."""
        load_variables([self.images, self.seen], store)

    def compute_output_shape(self, input_shape):
        """Return the input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "size": self.size, "seed": self.seed}
