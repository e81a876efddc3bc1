from pathlib import Path

import keras
import pytest
import tensorflow as tf


@pytest.fixture
def play():
    """Call callbacks as `fit` does, without training: a step is counted and moves a weight."""

    def step_of(model):
        model.steps.assign_add(1)
        model.generator_variables[0].assign_add(model.generator_variables[0] * 0.0 + 1.0)

    def run(model, callbacks, steps, epochs=1, step=step_of):
        watchers = keras.callbacks.CallbackList(callbacks, model=model)
        model.stop_training = False
        watchers.on_train_begin()
        for epoch in range(epochs):
            watchers.on_epoch_begin(epoch)
            for batch in range(steps):
                watchers.on_train_batch_begin(batch)
                step(model)
                watchers.on_train_batch_end(batch, {})
                if model.stop_training:
                    break
            watchers.on_epoch_end(epoch, {})
            if model.stop_training:
                break
        watchers.on_train_end()

    return run


@pytest.fixture
def events():
    """From a folder to what TensorBoard shows of it: {tag: {step: value}}."""

    def read(folder):
        found = {}
        for file in Path(folder).glob("events*"):
            for record in tf.data.TFRecordDataset(str(file)):
                event = tf.compat.v1.Event.FromString(record.numpy())
                for value in event.summary.value:
                    found.setdefault(value.tag, {})[event.step] = tf.make_ndarray(value.tensor)
        return found

    return read
