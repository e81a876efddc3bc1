"""The simulation of scaling: its formulas, and the counter of operations, worked out by hand."""

import keras
import pytest
import tensorflow as tf

from benchmarks.flops import count
from benchmarks.scaling import (
    Cluster,
    Training,
    all_reduce,
    efficiency,
    limit,
    ring_all_reduce,
    simulate,
)

CLUSTER = Cluster(
    gpu_flops=1e12,
    utilization=0.5,
    kernel_seconds=0.001,
    nvlink_bytes=100.0,
    nvlink_seconds=0.5,
    network_bits=160.0,
    network_seconds=2.0,
    link_share=0.5,
    overlap=0.25,
    input_bytes=100.0,
    input_cores=2,
)


def test_a_ring_sends_twice_all_but_one_share():
    # 4 members: 6 messages of 25 bytes at 50 bytes a second, and 6 latencies
    assert ring_all_reduce(4, 100, 50, 0.5) == pytest.approx(6 * (0.5 + 0.5))
    assert ring_all_reduce(1, 100, 50, 0.5) == 0


def test_machines_reduce_within_and_then_between():
    # 2 GPUs: 2 messages of 50 bytes at 50 bytes a second. 2 machines: the same at 10 a second
    assert all_reduce(CLUSTER, 1, 2, 100) == pytest.approx(2 * (1 + 0.5))
    assert all_reduce(CLUSTER, 2, 2, 100) == pytest.approx(3 + 2 * (5 + 2))


def test_a_step_has_the_time_of_its_parts():
    training = Training(5 * 10**12, 2000, (100, 100), 3, 400, 8)
    one = simulate(training, CLUSTER, 1, 1)  # 10 s of FLOPs, 2 s of 2000 operations, 2 s of input
    assert (one.compute, one.communication, one.input) == (12, 0, 2)
    assert one.seconds == 12 and one.bound == "compute"
    two = simulate(training, CLUSTER, 1, 2)  # 6 s of gradients, 3 of which overlap; 3 s of sums
    assert two.communication == pytest.approx(3 + 3)
    assert efficiency(training, CLUSTER, 1, 2) == pytest.approx(12 / 18)
    assert limit(training, CLUSTER) == "below 80% from 2 GPUs on"
    starved = Training(5 * 10**12, 2000, (100,), 0, 10_000, 8)
    assert simulate(starved, CLUSTER, 1, 1).bound == "input"


def test_flops_of_a_convolution_and_its_gradients():
    layer = keras.layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)
    layer.build((2, 16, 16, 4))
    images = tf.TensorSpec((2, 16, 16, 4), "float32")
    forward = 2 * (2 * 8 * 8 * 8) * (3 * 3 * 4)  # outputs times the products of each
    assert count(layer, images).flops == forward

    def train(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x) ** 2)
        return tape.gradient(loss, [x, layer.kernel.value])

    work = count(train, images)
    assert work.flops == 3 * forward and work.operations == 3


def test_flops_of_a_dense_layer_and_a_transposed_convolution():
    dense = keras.layers.Dense(5)
    dense.build((7, 3))
    assert count(dense, tf.TensorSpec((7, 3), "float32")).flops == 2 * 7 * 3 * 5
    up = keras.layers.Conv2DTranspose(6, 4, strides=2, padding="same")
    up.build((1, 8, 8, 3))
    assert count(up, tf.TensorSpec((1, 8, 8, 3), "float32")).flops == 2 * (8 * 8 * 3) * 4 * 4 * 6


def test_shapes_that_are_not_known_are_refused():
    with pytest.raises(ValueError, match="not known"):
        count(tf.matmul, tf.TensorSpec((None, 3)), tf.TensorSpec((3, 2)))
