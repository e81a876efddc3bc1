"""`Dataset`: examples, and endless streams of batches of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import InitVar, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_gans.data.fitting import Sides
from keras_gans.data.keeping import Images
from keras_gans.data.left_out import LeftOut
from keras_gans.data.progress import Progress
from keras_gans.data.stream import stream
from keras_gans.data.streaming import StreamedImages
from keras_gans.data.values import ValueRange

if TYPE_CHECKING:
    import tensorflow as tf

_HASHED_BYTES = 256 * 2**20


# Calls a function, or knows what it returned before.
_Remember = Callable[[Callable[[], str]], str]


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

    Args:
        remember: calls a function, or knows what it returned in an earlier run with the same
            examples: what `dataclasses.replace` makes of a data set does not have it.
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
    remember: InitVar[_Remember | None] = None
    _remember: _Remember = field(init=False, repr=False)

    def __post_init__(self, remember: _Remember | None):
        object.__setattr__(self, "_remember", remember or _call)

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
        return self._remember(self._hash)

    def _hash(self) -> str:
        arrays = [*self.domains, *([] if self.labels is None else [self.labels])]
        stride = 1 + sum(array.nbytes for array in arrays) // _HASHED_BYTES
        digest = hashlib.sha256()
        total = sum(map(len, arrays))
        with Progress(f"reading {self.name} for its fingerprint", total) as progress:
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
        return self._stream(batch_size, None, seed=seed, start=start)

    def distributed_batches(
        self, batch_size: int, *, seed: int, start: int = 0, updates: int = 1
    ) -> Any:
        """`batches`, each divided among the replicas of the current `tf.distribute` strategy.

        Each worker reads its own part. All parts together are what one device would see.

        Args:
            batch_size: examples a batch, over all replicas.
            seed: as in `batches`.
            start: as in `batches`.
            updates: discriminator updates that a batch is for: a replica gets its part of the
                examples of each.

        Returns:
            A `tf.distribute.DistributedDataset`; on one device, `batches`.

        Raises:
            ValueError: an argument is out of range, or the batch cannot be divided equally.
        """
        import tensorflow as tf

        strategy = tf.distribute.get_strategy()
        replicas = strategy.num_replicas_in_sync
        if replicas == 1:
            return self.batches(batch_size, seed=seed, start=start)
        if batch_size % (updates * replicas):
            raise ValueError(
                f"{batch_size} cannot be divided by {updates} updates, {replicas} replicas"
            )
        parts = np.arange(batch_size).reshape(updates, replicas, -1).swapaxes(0, 1)

        def of_worker(context):
            own = np.split(parts, context.num_input_pipelines)[context.input_pipeline_id]
            return self._stream(batch_size, own.reshape(len(own), -1), seed=seed, start=start)

        return strategy.distribute_datasets_from_function(of_worker)

    def _stream(
        self, batch_size: int, parts: np.ndarray | None, *, seed: int, start: int
    ) -> tf.data.Dataset:
        if batch_size < 1 or start < 0:
            raise ValueError(f"batch_size must be over 0, start not under: {batch_size}, {start}")
        return stream(
            self.domains,
            self.labels,
            self.crop,
            batch_size,
            parts,
            independent=self.task == "unpaired",
            seed=seed,
            start=start,
        )

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


def _round_robin(labels: np.ndarray) -> np.ndarray:
    """Indices that cycle through the classes, each class in its own order."""
    by_class = np.argsort(labels, kind="stable")
    counts = np.bincount(labels)
    rank = np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)
    return by_class[np.lexsort((labels[by_class], rank))]
