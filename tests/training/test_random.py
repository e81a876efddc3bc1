"""The random streams of a model: one seed sets all, and no two begin alike."""

import itertools

import keras
import numpy as np
import pytest

from keras_gans.models import CUT, DCGAN, WGANGP, CycleGAN, InfoGAN, Pix2Pix
from keras_gans.training.random import stream_seed

NOISE = {"augment": True, "instance_noise": 0.1, "filters": 4}
SMALL = {"filters": 1, "blocks": 1, "discriminator_filters": 1}
UNETS = {"network": "unet", "filters": 1, "discriminator_filters": 1}
# Each model with the number of its random streams.
MODELS = {
    "dcgan": (lambda seed: DCGAN.create((8, 8, 3), **NOISE, seed=seed), 3),
    "wgan_gp": (lambda seed: WGANGP.create((8, 8, 3), **NOISE, seed=seed), 3),
    "infogan": (lambda seed: InfoGAN.create((8, 8, 3), **NOISE, seed=seed), 3),
    "pix2pix": (lambda seed: Pix2Pix.create((128, 128, 3), filters=1, seed=seed), 1 + 3),
    "cut": (lambda seed: CUT.create((24, 24, 3), **SMALL, seed=seed), 1),
    # its own, two pools, two U-Nets with dropout in two layers each
    "cyclegan": (lambda seed: CycleGAN.create((64, 64, 3), **UNETS, seed=seed), 1 + 2 + 2 * 2),
}


def generators(model):
    layers = model._flatten_layers()
    return [layer.seed_generator for layer in layers if hasattr(layer, "seed_generator")]


def draw(seed):
    return np.asarray(keras.random.uniform((4,), seed=seed))


@pytest.mark.parametrize("name", MODELS)
def test_the_streams_of_a_model_begin_differently(name):
    create, count = MODELS[name]
    streams = generators(create(5))
    assert len(streams) == count
    draws = [draw(stream) for stream in streams]
    draws.append(draw(5))  # what samples of the seed are made from, in grids and evaluations
    # Those of the next seed, which a comparison of several seeds takes for independent.
    draws += [draw(stream) for stream in generators(create(6))]
    for first, second in itertools.combinations(draws, 2):
        assert np.abs(first - second).max() > 1e-3


@pytest.mark.parametrize("name", MODELS)
def test_the_seed_sets_all_streams(name):
    create, _ = MODELS[name]
    for first, second in zip(generators(create(5)), generators(create(5)), strict=True):
        np.testing.assert_array_equal(draw(first), draw(second))


def test_without_a_seed_each_model_draws_its_own():
    assert stream_seed(None, "model") is None
    first, second = (DCGAN.create((8, 8, 1), filters=4).sample_latents(2) for _ in range(2))
    assert np.abs(first - second).max() > 1e-3


def test_a_stream_has_the_same_seed_in_every_process_and_version():
    # The first 31 bits of SHA-256 of "model/0", by sha256sum.
    assert stream_seed(0, "model") == 0xE802166A >> 1
    assert 0 <= stream_seed(2**32 - 1, "pool_a") < 2**31
