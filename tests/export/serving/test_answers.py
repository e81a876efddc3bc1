"""The answers of exported SavedModels, over REST and over gRPC."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from export.common.generator import take
from export.common.trained_run import open_run
from keras_gans.pixels import to_pixels

SAMPLERS, TRANSLATORS = ("gan", "cgan"), ("cyclegan", "pix2pix")


@pytest.fixture(params=["rest", "rpc"])
def client(request):
    """Either client in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def generators(vivid):
    """The Keras generator of each export, by the kind of run."""
    return {kind: open_run(run).generators("a_to_b")[0] for kind, run in vivid.items()}


@pytest.fixture
def samples(vivid, call, tmp_path):
    """Make samples by `export.images`."""

    def sample(kind, *flags):
        file = tmp_path / "x.npz"
        call("export.images", vivid[kind], *flags, "--output", file)
        with np.load(file) as arrays:
            return arrays["images"]

    return sample


@pytest.mark.parametrize("kind", SAMPLERS)
def test_samples_depend_on_the_request(kind, samples):
    flags = {
        "gan": (["--seed", 1], ["--seed", 2]),
        "cgan": (["--labels", 1], ["--labels", 2]),
    }
    first, second = (samples(kind, "--count", 3, *each) for each in flags[kind])
    assert (np.abs(first.astype(int) - second).max(axis=(1, 2, 3)) > 4).all()


def assert_same(answer, expected):
    """Compare images: another order of computation may round to the next level."""
    assert answer.dtype == expected.dtype == np.uint8 and answer.shape == expected.shape
    assert np.abs(answer.astype(int) - expected).max() <= 1


def decoded(files):
    return np.stack([np.asarray(Image.open(io.BytesIO(file))) for file in files])


def translated(generator, pixels):
    """Translate an image with Keras, mirrored at its edges to sides that the network takes."""
    sides = pixels.shape[:2]
    multiple = generator.size_multiple
    padded_sides = [max(16, -(-side // multiple) * multiple) for side in sides]
    padding = [(0, to - side) for to, side in zip(padded_sides, sides, strict=True)]
    padded = np.pad(pixels, [*padding, (0, 0)], "symmetric")[None]
    inputs = {generator.network.inputs[0].name: padded / np.float32(127.5) - 1.0}
    return to_pixels(generator.predict_on_batch(inputs))[0, : sides[0], : sides[1]]


def random_image(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), "uint8")


def encoded(pixels, file_format):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, file_format)
    return file.getvalue()


@pytest.mark.parametrize("kind", SAMPLERS)
def test_images_of_latents_are_those_of_keras(kind, client, generators):
    generator = generators[kind]
    for count in (1, 3):
        inputs = take(generator.examples, slice(count))
        answer = client.ask(kind, "serving_default", **inputs)
        assert_same(answer, to_pixels(generator.predict_on_batch(inputs)))


@pytest.mark.parametrize("kind", TRANSLATORS)
@pytest.mark.parametrize("sides", [(29, 45), (32, 64), (7, 3)])
def test_translations_of_any_size_are_those_of_keras(kind, sides, client, generators):
    images = np.stack([random_image(*sides, seed) for seed in range(2)])
    expected = [translated(generators[kind], each) for each in images]
    assert_same(client.ask(kind, "serving_default", images=images), np.stack(expected))


@pytest.mark.parametrize("count, seed", [(5, 3), (1, 0), (2, 2**32 - 1)])
def test_samples_of_a_seed_are_those_of_export_images(count, seed, client, samples):
    expected = samples("gan", "--count", count, "--seed", seed)
    assert_same(client.ask("gan", "sample", count=count, seed=seed), expected)
    assert_same(decoded(client.ask("gan", "sample_png", count=count, seed=seed)), expected)


@pytest.mark.parametrize("labels", [[], [2, 0], [1]])
def test_samples_cycle_through_the_labels(labels, client, samples):
    flags = ["--labels", *labels] if labels else []
    expected = samples("cgan", "--count", 10, "--seed", 5, *flags)
    request = {"count": 10, "seed": 5, "labels": labels}
    assert_same(client.ask("cgan", "sample", **request), expected)
    assert_same(decoded(client.ask("cgan", "sample_png", **request)), expected)


def test_encoded_images_of_several_sizes_are_translated(client, generators):
    files = [encoded(random_image(29, 45), "PNG"), encoded(random_image(24, 31, 1), "JPEG")]
    answers = client.ask("cyclegan", "translate_png", encoded=files)
    for file, answer in zip(files, answers, strict=True):
        assert answer.startswith(b"\x89PNG")
        pixels = tf.io.decode_image(file).numpy()
        assert_same(decoded([answer])[0], translated(generators["cyclegan"], pixels))


LATENTS = np.zeros((2, 4), "float32")
DRAW = {"count": 2, "seed": 1}
REFUSED = {
    "no samples": ("gan", "sample", DRAW | {"count": 0}, "count is from 1 to 1024"),
    "too many samples": ("gan", "sample_png", DRAW | {"count": 1025}, "count is from 1 to 1024"),
    "a label that does not exist": (
        "cgan",
        "sample",
        DRAW | {"labels": [1, 99]},
        "labels are from 0 to",
    ),
    "a label under 0": (
        "cgan",
        "serving_default",
        {"latents": LATENTS, "labels": [0, -1]},
        "labels are from 0 to",
    ),
    "fewer labels than latents": (
        "cgan",
        "serving_default",
        {"latents": LATENTS, "labels": [0]},
        "Dimension 0 in both shapes must be equal",
    ),
    "longer latents": ("gan", "serving_default", {"latents": np.zeros((2, 5), "float32")}, "shape"),
    "no image": ("cyclegan", "translate_png", {"encoded": [b"none"]}, "JPEG or PNG"),
    "a truncated image": (
        "cyclegan",
        "translate_png",
        {"encoded": [encoded(random_image(20, 20), "PNG")[:100]]},
        "PNG",
    ),
    "an unknown signature": ("gan", "draw", DRAW, "there is no signature 'draw'"),
    "a missing input": ("gan", "sample", {"count": 2}, "seed"),
}


@pytest.mark.parametrize("model, signature, inputs, why", REFUSED.values(), ids=REFUSED)
def test_bad_requests_are_refused_and_the_next_one_is_answered(
    model, signature, inputs, why, client
):
    said = client.refused(model, signature, **inputs)
    assert why in said
    assert said.count("\n") <= 1 and "Traceback" not in said and len(said) < 300
    assert client.ask("gan", "sample", **DRAW).shape == (2, 8, 8, 3)
