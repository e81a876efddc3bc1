"""Images that are decoded when they are asked for, because they have no room anywhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

_pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="decode")


@dataclass(frozen=True)
class Decoder:
    """Decodes examples by their numbers, many at once. Threads do: they decode beside each other.

    Args:
        decode: returns the images of an example, uint8 (h, w, c) each.
        shape: of each of its images.
        count: of examples.
        parts: how many images an example has.

    Attributes:
        failures: errors of `read` in a tf.data pipeline, whose own errors do not hold them.
    """

    decode: Callable[[int], Sequence[np.ndarray]]
    shape: tuple[int, ...]
    count: int
    parts: int = 1
    failures: list[Exception] = field(default_factory=list)

    def read(self, which: np.ndarray) -> list[np.ndarray]:
        """Return the images of some examples: uint8 (k, h, w, c), one array for each part."""
        try:
            examples = list(_pool.map(self.decode, which.tolist()))
        except Exception as error:
            self.failures.append(error)
            raise
        return [np.stack(images) for images in zip(*examples, strict=True)]

    def tensors(self, order: tf.Tensor) -> list[tf.Tensor]:
        """Return the images of some examples as `read` does, in a tf.data pipeline."""
        import tensorflow as tf

        parts = tf.numpy_function(self.read, [order], [tf.uint8] * self.parts, stateful=False)
        return [tf.ensure_shape(part, (order.shape[0], *self.shape)) for part in parts]


@dataclass(frozen=True)
class StreamedImages:
    """Images that can be indexed like an array uint8 (n, h, w, c).

    Args:
        decoder: decodes them.
        part: which images of the examples they are.
    """

    decoder: Decoder
    part: int = 0
    dtype: np.dtype = field(default=np.dtype(np.uint8), init=False)
    ndim: int = field(default=4, init=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """As an array has it."""
        return (self.decoder.count, *self.decoder.shape)

    @property
    def nbytes(self) -> int:
        """Bytes that an array would have."""
        return int(np.prod(self.shape))

    def __len__(self) -> int:
        return self.decoder.count

    def __getitem__(self, which: slice | np.ndarray) -> np.ndarray:
        numbers = np.arange(len(self))[which]
        if not numbers.size:
            return np.empty((0, *self.decoder.shape), np.uint8)
        return self.decoder.read(numbers)[self.part]
