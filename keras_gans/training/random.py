"""Random numbers that differ between the parts of a model, and between its replicas."""

import hashlib

import keras
import tensorflow as tf
from keras import ops

from keras_gans.training.distribution import replica_count


def stream_seed(seed: int | None, stream: str) -> int | None:
    """Return the seed of one of a model's random streams. Streams of other names differ.

    Two generators of the same seed draw the same numbers: with a model's seed for its latents and
    for instance noise, the first noise would equal the first latents.

    Args:
        seed: the model's; None draws one.
        stream: a name within the model.
    """
    if seed is None:
        return None
    digest = hashlib.sha256(f"{stream}/{seed}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1  # 31 bits fit every integer type


@keras.saving.register_keras_serializable("keras_gans")
class SeedGenerator(keras.random.SeedGenerator):
    """A `keras.random.SeedGenerator` whose replicas draw different numbers.

    The state is the same on all replicas of a `tf.distribute` strategy, so that with Keras's
    generator all would draw the same noise. The first replica draws what a single device would.
    """

    def next(self, ordered: bool = True):
        """Return the next seed, of shape (2,), folded with the replica's number."""
        seed = super().next(ordered)
        context = tf.distribute.get_replica_context()
        if context is None or replica_count() == 1:
            return seed
        replica = ops.cast(context.replica_id_in_sync_group, seed.dtype)
        golden = 0x9E3779B1  # spreads consecutive replica numbers over all 32 bits
        return seed + replica * ops.convert_to_tensor([golden, 0], dtype=seed.dtype)
