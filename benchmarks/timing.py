"""What the Keras implementations share: the times of steps, and the layers of a network."""

import time

import keras
import numpy as np
import tensorflow as tf


class StepClock(keras.callbacks.Callback):
    """Record when each step ends. On a CPU, it has been computed by then, since there are logs."""

    def __init__(self):
        super().__init__()
        self.ends: list[float] = []

    def on_train_batch_end(self, batch, logs=None):
        """Record the time."""
        self.ends.append(time.perf_counter())


def timed_fit(model: keras.Model, stream: tf.data.Dataset, steps: int) -> list[float]:
    """Fit for one step more than `steps`; return the seconds of all but the first.

    The first one waits for the data stream to start. The end of a `fit` is not timed either:
    tf.data's autotuner can delay it for seconds.
    """
    clock = StepClock()
    model.fit(stream, steps_per_epoch=steps + 1, shuffle=False, verbose=0, callbacks=[clock])
    return np.diff(clock.ends).tolist()


def layers_of(network: keras.Model) -> list[tuple[int, int]]:
    """Return (trainable weights, outputs per example) of each layer that has weights."""
    return [
        (sum(int(np.prod(w.shape)) for w in weights), int(np.prod(layer.output.shape[1:])))
        for layer in network.layers
        if (weights := layer.trainable_weights)
    ]
