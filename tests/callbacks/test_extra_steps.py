"""Additional discriminator updates."""

import pytest
import tensorflow as tf

from keras_gans import callbacks
from keras_gans.models import GAN


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_extra_steps_update_the_discriminator_with_real_examples_of_their_own(run_eagerly):
    model = GAN.create((2,), pretrain_discriminator=3, seed=0)
    model.compile(model.make_optimizer(), model.make_optimizer(), run_eagerly=run_eagerly)
    skipped = []
    points = tf.data.Dataset.from_tensors(tf.zeros((8, 2))).repeat()

    def batches(start):
        skipped.append(start)
        return points

    extra = callbacks.ExtraDiscriminatorSteps(batches)
    for _ in range(2):
        model.fit(points, steps_per_epoch=2, shuffle=False, verbose=0, callbacks=[extra])
    assert int(model.discriminator_optimizer.iterations) == 3 + 4
    assert int(model.generator_optimizer.iterations) == 4 and skipped == [0]
