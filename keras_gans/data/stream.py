"""Endless streams of batches.

Everything has random access: a batch is gathered from what is decoded, or is decoded itself. A
stream is a pure function of (seed, step): what a pass shuffles and what jitter draws depend on
nothing that came before, so a stream can begin at any step, which makes resuming a run exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from keras_gans.data.fitting import Sides
from keras_gans.data.keeping import Images
from keras_gans.data.storage import as_tensor
from keras_gans.data.streaming import Decoder, StreamedImages

if TYPE_CHECKING:
    import tensorflow as tf

_FOREVER = np.iinfo(np.int64).max
_DECODED_AT_ONCE = 2  # batches of images that are not kept decoded
_JITTER = 1  # folded into the seed of what jitter draws


def stream(
    domains: Sequence[Images],
    labels: np.ndarray | None,
    crop: Sides | None,
    batch_size: int,
    parts: np.ndarray | None,
    *,
    independent: bool,
    seed: int,
    start: int,
) -> tf.data.Dataset:
    """Return batches without end, from the batch `start` on.

    Args:
        domains: one set of examples, or two.
        labels: int32 (n,), or None.
        crop: height and width of random crops, or None for whole images.
        batch_size: examples a batch.
        parts: None for whole batches. Places in a batch (k, n): k batches of n for each whole one.
        independent: whether each domain has an order of its own.
        seed: of the order and of the jitter.
        start: index of the first batch.
    """
    import tensorflow as tf

    sources = [
        domain.decoder if isinstance(domain, StreamedImages) else as_tensor(domain)
        for domain in domains
    ]
    known = None if labels is None else tf.constant(labels)
    places = None if parts is None else parts.ravel()

    def batch_at(step, *orders):
        orders = [_some(order, places) for order in orders]
        # Pairs share the order of their examples, and so what jitter draws.
        shared = len(orders) < len(sources)
        images = []
        for number, (tensor, order) in enumerate(_stored(sources, orders)):
            if crop is None or tensor.dtype != tf.uint8:
                images.append(_scaled(tf.gather(tensor, order)))
                continue
            draws = jitter_draws(batch_size, (seed, 2 * step + (0 if shared else number)))
            images.append(_scaled(jitter(tensor, order, crop, _some(draws, places, axis=1))))
        if known is not None:
            return images[0], tf.gather(known, orders[0])
        return tuple(images) if len(images) > 1 else images[0]

    sizes = [len(domain) for domain in domains]
    orders = [
        _order(size, batch_size, seed=seed, stream=number, position=start * batch_size)
        for number, size in enumerate(sizes if independent else sizes[:1])
    ]
    steps = tf.data.Dataset.range(start, _FOREVER)
    streamed = any(isinstance(domain, StreamedImages) for domain in domains)
    at_once = _DECODED_AT_ONCE if streamed else None
    batches = tf.data.Dataset.zip((steps, *orders)).map(batch_at, num_parallel_calls=at_once)
    if parts is not None and len(parts) > 1:
        batches = batches.unbatch().batch(parts.shape[1], drop_remainder=True)
    return _endless(batches, threads=at_once or 1)


def _some(values, places: np.ndarray | None, axis: int = 0):
    """Return the values at some places; all of them for None."""
    import tensorflow as tf

    return values if places is None else tf.gather(values, places, axis=axis)


def _scaled(images):
    """Return images in [-1, 1]; points as they are."""
    import tensorflow as tf

    return tf.cast(images, tf.float32) * (1 / 127.5) - 1.0 if images.dtype == tf.uint8 else images


def jitter_draws(count: int, seed):
    """Return what jitter draws for a batch: (3, count, 1) for top, left and flip."""
    import tensorflow as tf

    # The order of the examples has the same numbers as its seed: jitter has a key of its own.
    seed = tf.random.experimental.stateless_fold_in(seed, _JITTER)
    return tf.random.stateless_uniform((3, count, 1), seed)


def jitter(tensor, order, crop: Sides, draws):
    """Return random crops of the images in `order`, half of them flipped."""
    import tensorflow as tf

    side, across = tensor.shape[1:3]
    high, wide = crop
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


def _endless(batches: tf.data.Dataset, threads: int) -> tf.data.Dataset:
    """Prefetch batches with few threads, which leave the cores to training, and no tuning."""
    import tensorflow as tf

    options = tf.data.Options()
    # The autotuner can hold up the end of a stream for seconds; there is nothing for it to find.
    options.autotune.enabled = False
    # To rewrite a pipeline, TensorFlow copies what it refers to: all images.
    options.experimental_optimization.apply_default_optimizations = False
    options.threading.private_threadpool_size = threads
    options.deterministic = True
    batches = batches.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))
    return batches.prefetch(2).with_options(options)
