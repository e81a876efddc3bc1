"""Keras's gradient accumulation, in both optimizers."""

import numpy as np
from keras import ops

from keras_gans.models.dcgan import DCGAN


def test_both_networks_are_updated_at_every_second_step():
    model = DCGAN.create((16, 16, 1), filters=4, latent_dim=4, seed=0)
    model.compile(*(DCGAN.make_optimizer(gradient_accumulation_steps=2) for _ in range(2)))
    images = np.random.default_rng(0).normal(size=(4, 16, 16, 1)).astype("float32")
    weights = [*model.generator_variables, *model.discriminator_variables]
    for step in range(4):
        before = [np.array(weight) for weight in weights]
        model.train_step(ops.convert_to_tensor(images))
        changed = [not np.array_equal(a, b) for a, b in zip(before, weights, strict=True)]
        assert all(changed) if step % 2 else not any(changed)
