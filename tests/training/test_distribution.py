"""What replicas exchange."""

import keras
import numpy as np

from keras_gans.layers.normalization import BatchNormalization
from keras_gans.training.distribution import moments_over_replicas


def test_moments_of_one_replica_are_those_of_its_values():
    x = np.array([[1.0, 2.0], [3.0, 2.0], [8.0, 5.0]], "float32")
    mean, variance = moments_over_replicas(x, [0])
    np.testing.assert_allclose(mean, [4.0, 3.0])
    np.testing.assert_allclose(variance, [26 / 3, 2.0], rtol=1e-5)


def test_batch_normalization_has_the_settings_of_dcgan():
    layer = BatchNormalization()
    assert (layer.momentum, layer.epsilon, layer.synchronized) == (0.9, 1e-5, True)
    assert layer.gamma_initializer.mean == 1.0 and layer.gamma_initializer.stddev == 0.02
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(again) is BatchNormalization and again.get_config() == layer.get_config()
