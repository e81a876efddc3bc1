"""Copies of trained networks that compute in another precision."""

from typing import Any

import keras


def copy_network(
    network: keras.Model, dtype: str | keras.DTypePolicy, inputs: Any = None
) -> keras.Model:
    """Return a network of the same layers and weights, which computes in a precision of its own.

    Args:
        network: a functional model.
        dtype: the policy of the copy. What makes the outputs computes in its variables' dtype, as
            in all networks of this package.
        inputs: its `keras.Input`s, in the structure of the network's; by default as the network's.
    """
    policy = keras.dtype_policies.get(dtype)
    last = {id(tensor._keras_history.operation) for tensor in network.outputs}

    def clone(layer):
        if not isinstance(layer, keras.Layer):  # an operation, such as that of x * y: has no dtype
            return layer.__class__.from_config(layer.get_config())
        own = policy.variable_dtype if id(layer) in last else policy.name
        return layer.__class__.from_config({**layer.get_config(), "dtype": own})

    copy = keras.models.clone_model(network, inputs, clone_function=clone, recursive=True)
    copy.set_weights(network.get_weights())
    return copy
