"""`Dataset`: examples, and endless streams of batches of them.

Everything has random access: a batch is gathered from what is decoded, or is decoded itself. A
stream is a pure function of (seed, step): what a pass shuffles and what jitter draws depend on
nothing that came before, so a stream can begin at any step, which makes resuming a run exact.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from keras_gans.data.fitting import Sides
from keras_gans.data.keeping import Images
from keras_gans.data.left_out import LeftOut
from keras_gans.data.progress import Progress
from keras_gans.data.storage import as_tensor
from keras_gans.data.streaming import Decoder, StreamedImages
from keras_gans.data.values import ValueRange

if TYPE_CHECKING:
    import tensorflow as tf

_FOREVER = np.iinfo(np.int64).max
_HASHED_BYTES = 256 * 2**20
_DECODED_AT_ONCE = 2  # batches of images that are not kept decoded
_JITTER = 1  # folded into the seed of what jitter draws


def _call(compute: Callable[[], str]) -> str:
    return compute()


@dataclass(frozen=True, eq=False)
class Dataset:
    """Examples of one task: decoded, in memory or in a mapped file, or in files. Made by `load`.

    Attributes:
        name: what the user called it.
        task: "images", "labelled", "unpaired" or "paired".
        domains: the examples. Images are uint8 (n, h, w, c); points float32 (n, 2). Two arrays
            if the task is unpaired (lengths may differ) or paired (same length), else one.
        labels: int32 (n,) if the task is labelled.
        class_names: the names of the labels, if the task is labelled.
        class_shares: how often each label is drawn, where that is known exactly.
        crop: height and width of the random crops in a batch, or None for whole images.
        modes: for a mixture of Gaussians, the centers (k, 2), in the scale of the batches.
        mode_std: the standard deviation around each center, in the same scale.
        split: which of the set's splits the examples are: "train" if it has none.
        value_range: what became 0 and 255, if the images have more than eight bits.
        left_out: the files that are not used, and why.
        remember: calls a function, or knows what it returned in an earlier run.
    """

    name: str
    task: str
    domains: tuple[Images, ...]
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] | None = None
    class_shares: tuple[float, ...] | None = None
    crop: Sides | None = None
    modes: np.ndarray | None = None
    mode_std: float | None = None
    split: str = "train"
    value_range: ValueRange | None = None
    left_out: tuple[LeftOut, ...] = ()
    remember: Callable[[Callable[[], str]], str] = _call

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Shape of one example in a batch: (h, w, c), or (2,) for points."""
        shape = self.domains[0].shape[1:]
        return (*self.crop, shape[-1]) if self.crop else shape

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits that tell these decoded examples from others.

        Every example counts; of very large sets, only some rows of pixels of each.
        """
        return self.remember(self._hash)

    def _hash(self) -> str:
        arrays = [*self.domains, *([] if self.labels is None else [self.labels])]
        stride = 1 + sum(array.nbytes for array in arrays) // _HASHED_BYTES
        digest = hashlib.sha256()
        with Progress(f"{self.name} for its fingerprint", sum(map(len, arrays))) as progress:
            for array in arrays:
                digest.update(f"{array.dtype} {array.shape}".encode())
                for start in range(0, len(array), 1024):
                    block = array[start : start + 1024]
                    sample = block[:, ::stride] if array.ndim == 4 else block
                    digest.update(np.ascontiguousarray(sample).data)
                    progress.add(len(block))
        return digest.hexdigest()[:16]

    @property
    def failure(self) -> Exception | None:
        """What an image could not be decoded for, if a stream of batches failed of that."""
        streamed = [domain for domain in self.domains if isinstance(domain, StreamedImages)]
        return next((error for domain in streamed for error in domain.decoder.failures), None)

    def __len__(self) -> int:
        """Examples a pass: of two unpaired domains, the larger one's."""
        return max(map(len, self.domains))

    def steps_per_epoch(self, batch_size: int) -> int:
        """Full batches in a pass over the examples, at least one."""
        return max(1, len(self) // batch_size)

    def batches(self, batch_size: int, *, seed: int, start: int = 0) -> tf.data.Dataset:
        """An endless stream of batches that depends on `seed` alone.

        Each pass over the examples is a new permutation of them, and passes follow one another
        without a gap, so that every batch is full. Unpaired domains are shuffled independently.

        Args:
            batch_size: examples a batch, at least 1. May exceed the number of examples.
            seed: seed of the order and of the jitter.
            start: index of the first batch, at least 0. Beginning at a later batch costs nothing:
                `batches(b, seed=s, start=t)` is `batches(b, seed=s).skip(t)`.

        Returns:
            A `tf.data.Dataset` of images float32 (batch_size, h, w, c) in [-1, 1]; of
            (images, labels int32 (batch_size,)); or of two such images. Points are (batch_size, 2).

        Raises:
            ValueError: `batch_size` or `start` is out of range.
        """
        if batch_size < 1 or start < 0:
            raise ValueError(f"batch_size must be over 0, start not under: {batch_size}, {start}")
        import tensorflow as tf

        sources = [
            domain.decoder if isinstance(domain, StreamedImages) else as_tensor(domain)
            for domain in self.domains
        ]
        labels = None if self.labels is None else tf.constant(self.labels)

        def batch_at(step, *orders):
            # Pairs share the order of their examples, and so what jitter draws.
            shared = len(orders) < len(sources)
            images = [
                self._deliver(tensor, order, seed=(seed, 2 * step + (0 if shared else stream)))
                for stream, (tensor, order) in enumerate(_stored(sources, orders))
            ]
            if labels is not None:
                return images[0], tf.gather(labels, orders[0])
            return tuple(images) if len(images) > 1 else images[0]

        sizes = [len(domain) for domain in self.domains]
        orders = [
            _order(size, batch_size, seed=seed, stream=stream, position=start * batch_size)
            for stream, size in enumerate(sizes if self.task == "unpaired" else sizes[:1])
        ]
        steps = tf.data.Dataset.range(start, _FOREVER)
        streamed = any(isinstance(domain, StreamedImages) for domain in self.domains)
        at_once = _DECODED_AT_ONCE if streamed else None
        stream = tf.data.Dataset.zip((steps, *orders)).map(batch_at, num_parallel_calls=at_once)
        stream = stream.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))
        return stream.prefetch(2).with_options(_options(threads=at_once or 1))

    def examples(self, count: int) -> np.ndarray | tuple[np.ndarray, ...]:
        """Return the same `count` examples every time, never jittered, for sample grids and checks.

        Labeled examples cycle through the classes: 0, 1, 2, ..., 0, 1, 2, ... If there are fewer
        examples, they are repeated.

        Args:
            count: how many.

        Returns:
            The structure of a batch, as numpy arrays.
        """
        if self.labels is not None:
            order = _round_robin(self.labels)[np.arange(count) % len(self)]
            return self.images_at(0, order), self.labels[order]
        images = tuple(
            self.images_at(number, np.arange(count) % len(domain))
            for number, domain in enumerate(self.domains)
        )
        return images if len(images) > 1 else images[0]

    def images_at(self, domain: int, which: np.ndarray) -> np.ndarray:
        """Some examples of a domain, by their indices, as a batch shows them, without jitter."""
        stored = self.domains[domain][which]
        if stored.dtype != np.uint8:
            return stored
        if self.crop:
            from keras_gans.data.fitting import resize_array

            stored = np.stack([resize_array(image, self.crop) for image in stored])
        return stored.astype(np.float32) * np.float32(1 / 127.5) - np.float32(1)

    def _deliver(self, tensor, order, seed):
        """Gather a batch, cropped and flipped where that is asked for, and scale it."""
        import tensorflow as tf

        if tensor.dtype != tf.uint8:
            return tf.gather(tensor, order)
        images = self._jitter(tensor, order, seed) if self.crop else tf.gather(tensor, order)
        return tf.cast(images, tf.float32) * (1 / 127.5) - 1.0

    def _jitter(self, tensor, order, seed):
        """Random crops of the images in `order`, half of them flipped."""
        import tensorflow as tf

        count, (side, across) = order.shape[0], tensor.shape[1:3]
        high, wide = self.crop
        # The order of the examples has the same numbers as its seed: jitter has a key of its own.
        seed = tf.random.experimental.stateless_fold_in(seed, _JITTER)
        draws = tf.random.stateless_uniform((3, count, 1), seed)
        top = tf.cast(draws[0] * (side - high + 1), tf.int64)
        left = tf.cast(draws[1] * (across - wide + 1), tf.int64)
        rows = order[:, None] * side + top + tf.range(high, dtype=tf.int64)[None]
        ahead = tf.range(wide, dtype=tf.int64)[None]
        columns = left + tf.where(draws[2] < 0.5, ahead, ahead[:, ::-1])
        strips = tf.gather(tf.reshape(tensor, (-1, *tensor.shape[2:])), rows)
        return tf.gather(strips, columns, axis=2, batch_dims=1)


def _order(size: int, batch_size: int, *, seed: int, stream: int, position: int):
    """Batches of indices below `size`: one permutation after the other, from `position` on."""
    import tensorflow as tf

    first_pass, offset = divmod(position, size)

    def one_pass(number):
        indices = tf.range(size, dtype=tf.int64)
        order = tf.random.experimental.stateless_shuffle(indices, (seed, 2 * number + stream))
        begin = tf.where(number == first_pass, tf.constant(offset, tf.int64), 0)
        return order[begin:]

    passes = tf.data.Dataset.range(first_pass, _FOREVER)
    return passes.map(one_pass).rebatch(batch_size, drop_remainder=True)


def _round_robin(labels: np.ndarray) -> np.ndarray:
    """Indices that cycle through the classes, each class in its own order."""
    by_class = np.argsort(labels, kind="stable")
    counts = np.bincount(labels)
    rank = np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)
    return by_class[np.lexsort((labels[by_class], rank))]


def _stored(sources, orders) -> Iterator[tuple[tf.Tensor, tf.Tensor]]:
    """Yield, for each domain, a tensor of images and the indices of a batch in it."""
    import tensorflow as tf

    paired = len(orders) < len(sources)
    for source, order in zip(sources[: len(orders)], orders, strict=True):
        if isinstance(source, Decoder):  # both images of a pair have one
            decoded = source.tensors(order)
            yield from ((images, tf.range(order.shape[0], dtype=tf.int64)) for images in decoded)
        else:
            yield from ((images, order) for images in (sources if paired else [source]))


def _options(threads: int) -> tf.data.Options:
    """Few threads, which leave the cores to training, and nothing to tune at run time."""
    import tensorflow as tf

    options = tf.data.Options()
    # The autotuner can hold up the end of a stream for seconds; there is nothing for it to find.
    options.autotune.enabled = False
    # To rewrite a pipeline, TensorFlow copies what it refers to: all images.
    options.experimental_optimization.apply_default_optimizations = False
    options.threading.private_threadpool_size = threads
    options.deterministic = True
    return options
