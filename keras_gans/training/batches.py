"""Parts of a batch."""

from typing import Any

from keras import ops, tree


def split_batch(batch: Any, discriminator_steps: int) -> list[Any]:
    """Return the real examples of each discriminator update: a batch's equal parts.

    Raises:
        ValueError: the batch cannot be divided equally.
    """
    if discriminator_steps == 1:
        return [batch]
    count = tree.flatten(batch)[0].shape[0]
    if count is not None and count % discriminator_steps:
        raise ValueError(
            f"a batch of {count} cannot be divided equally by "
            f"discriminator_steps={discriminator_steps}"
        )
    parts = [ops.split(part, discriminator_steps) for part in tree.flatten(batch)]
    return [tree.pack_sequence_as(batch, chunk) for chunk in zip(*parts, strict=True)]
