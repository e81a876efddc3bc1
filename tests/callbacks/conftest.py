from pathlib import Path

import keras
import pytest
import tensorflow as tf


@pytest.fixture
def fit():
    """Train a variant's model on the same batch at every step."""

    def train(variant, model, callbacks, steps=2, epochs=1):
        data = tf.data.Dataset.from_tensors(variant.batch()).repeat()
        arguments = {"steps_per_epoch": steps, "epochs": epochs, "callbacks": callbacks}
        return model.fit(data, **arguments, shuffle=False, verbose=0)

    return train


@pytest.fixture
def run_callbacks():
    """Call callbacks as `fit` does, without training: a step is counted and changes a weight."""

    def default_step(model):
        model.steps.assign_add(1)
        model.generator_variables[0].assign_add(model.generator_variables[0] * 0.0 + 1.0)

    def run(model, callbacks, steps, epochs=1, step=default_step):
        callbacks = keras.callbacks.CallbackList(callbacks, model=model)
        model.stop_training = False
        callbacks.on_train_begin()
        for epoch in range(epochs):
            callbacks.on_epoch_begin(epoch)
            for batch in range(steps):
                callbacks.on_train_batch_begin(batch)
                step(model)
                callbacks.on_train_batch_end(batch, {})
                if model.stop_training:
                    break
            callbacks.on_epoch_end(epoch, {})
            if model.stop_training:
                break
        callbacks.on_train_end()

    return run


@pytest.fixture
def events():
    """Read what TensorBoard shows of a folder: {tag: {step: value}}."""

    def read(folder):
        found = {}
        for file in Path(folder).glob("events*"):
            for record in tf.data.TFRecordDataset(str(file)):
                event = tf.compat.v1.Event.FromString(record.numpy())
                for value in event.summary.value:
                    found.setdefault(value.tag, {})[event.step] = tf.make_ndarray(value.tensor)
        return found

    return read
