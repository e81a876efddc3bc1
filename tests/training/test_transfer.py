"""Weights of one model in another: which are copied, and which stay new."""

import keras
import numpy as np
import pytest

from keras_gans.models import ACGAN, CGAN, DCGAN, SNGAN, CycleGAN
from keras_gans.training.transfer import SharedClasses, copy_weights, freeze_discriminators

SMALL = {"latent_dim": 4, "filters": 2}


def values(network):
    return [keras.ops.convert_to_numpy(weight) for weight in network.weights]


def dense(inputs, rows):
    network = keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(2, use_bias=False)])
    network.set_weights([np.asarray(rows, "float32")])
    return network


def test_rows_of_shared_classes_are_copied_and_those_of_others_stay():
    # One latent, then classes b, c (target) and a, b (source), of which b is shared.
    target = dense(3, [[0, 0], [1, 1], [2, 2]])
    source = dense(3, [[5, 5], [6, 6], [7, 7]])
    classes = SharedClasses(target=2, source=2, shared={0: 1})
    assert copy_weights(target, source, dense(4, np.zeros((4, 2))), classes)
    np.testing.assert_array_equal(target.get_weights()[0], [[5, 5], [7, 7], [2, 2]])


def test_classes_of_every_pixel_are_found():
    # Two pixels, each of one channel and its classes: 2 in the target, 1 in the source.
    target = dense(6, [[0, 0], [1, 1], [2, 2], [0, 0], [3, 3], [4, 4]])
    source = dense(4, [[5, 5], [6, 6], [7, 7], [8, 8]])
    classes = SharedClasses(target=2, source=1, shared={1: 0})
    assert copy_weights(target, source, dense(8, np.zeros((8, 2))), classes)
    expected = [[5, 5], [1, 1], [6, 6], [7, 7], [3, 3], [8, 8]]
    np.testing.assert_array_equal(target.get_weights()[0], expected)


@pytest.mark.parametrize("inputs", [2, 4])
def test_other_layers_are_not_copied(inputs):
    target, source = dense(3, np.zeros((3, 2))), dense(inputs, np.ones((inputs, 2)))
    assert not copy_weights(target, source)
    assert not np.any(target.get_weights()[0])


@pytest.mark.parametrize(
    "kind, more",
    [
        (CGAN, {}),
        (CGAN, {"network": "mlp"}),
        (ACGAN, {}),
        (SNGAN, {}),
        (SNGAN, {"conditioning": "normalization"}),
    ],
)
def test_a_class_that_both_have_looks_the_same_in_both(kind, more):
    def create(classes):
        return kind.create((8, 8, 1), classes=classes, **SMALL, **more)

    target, source, probe = create(5), create(3), create(6)
    classes = SharedClasses(target=5, source=3, shared={4: 0, 1: 2})
    for networks in ("generators", "discriminators"):
        for name, network in getattr(target, networks).items():
            args = (getattr(source, networks)[name], getattr(probe, networks)[name])
            assert copy_weights(network, *args, classes)
    ours, theirs = (keras.ops.convert_to_tensor(x, "int32") for x in ([4, 1], [0, 2]))
    latents = keras.random.normal((2, 4), seed=1)
    made = target.generator([latents, ours], training=False)
    expected = source.generator([latents, theirs], training=False)
    np.testing.assert_allclose(made, expected, atol=1e-6)
    images = keras.random.normal((2, 8, 8, 1), seed=2)
    if kind is CGAN:  # SNGAN normalizes all classes together, and ACGAN asks for no label
        one = target.discriminator([images, ours], training=False)
        two = source.discriminator([images, theirs], training=False)
        np.testing.assert_allclose(one, two, atol=1e-5)


def test_translators_of_other_image_sizes_are_copied():
    flags = {"filters": 2, "blocks": 1, "discriminator_filters": 2}
    small, large = (CycleGAN.create((side, side, 3), **flags) for side in (24, 32))
    assert copy_weights(large.a_to_b, small.a_to_b)
    for x, y in zip(values(large.a_to_b), values(small.a_to_b), strict=True):
        np.testing.assert_array_equal(x, y)


def test_frozen_layers_are_not_trained(variants):
    def create(freeze):
        variant = variants["dcgan"]
        model = DCGAN.create(variant.image_shape, **SMALL)
        freeze_discriminators(model, freeze)
        model.compile(model.make_optimizer(0.1), model.make_optimizer(0.1), run_eagerly=True)
        before = values(model.discriminator)
        variant.fit(model, steps=2)
        after = values(model.discriminator)
        return [bool(np.any(x != y)) for x, y in zip(before, after, strict=True)], model

    changed, model = create(1)
    first = next(i for i, w in enumerate(model.discriminator.weights) if len(w.shape) > 1)
    assert not changed[first] and changed[-1]
    kernels = [len(w.shape) > 1 for w in model.discriminator.weights]
    assert sum(x for x, kernel in zip(changed, kernels, strict=True) if kernel) == sum(kernels) - 1
    assert all(np.any(v != 0) for v in values(model.generator))
    with pytest.raises(ValueError, match=f"has {sum(kernels)} layers: freeze fewer"):
        create(sum(kernels))
