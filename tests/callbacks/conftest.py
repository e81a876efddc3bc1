from pathlib import Path

import pytest
import tensorflow as tf


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
