"""What the exported SavedModels answer over a connection, whichever of the two it is."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from export.common import runs as trained
from keras_gans.pixels import to_pixels

SAMPLERS, TRANSLATORS = ("gan", "cgan"), ("cyclegan", "pix2pix")


@pytest.fixture(params=["rest", "rpc"])
def client(request):
    """Either client in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def generators(vivid):
    """What Keras has of each export, by the kind of run."""
    return {kind: trained.open_run(run).generators("a_to_b")[0] for kind, run in vivid.items()}


@pytest.fixture
def drawn(vivid, call, tmp_path):
    """Make pictures by `export.images`."""

    def draw(kind, *flags):
        file = tmp_path / "x.npz"
        call("export.images", vivid[kind], *flags, "--output", file)
        with np.load(file) as arrays:
            return np.stack(list(arrays.values()))

    return draw


@pytest.mark.parametrize("kind", SAMPLERS)
def test_these_pictures_depend_on_what_is_asked_for(kind, drawn):
    flags = {
        "gan": (["--seed", 1], ["--seed", 2]),
        "cgan": (["--labels", 1], ["--labels", 2]),
    }
    first, second = (drawn(kind, "--count", 3, *each) for each in flags[kind])
    assert (np.abs(first.astype(int) - second).max(axis=(1, 2, 3)) > 4).all()


def assert_same(made, expected):
    """Compare pictures: another order of computation may round to the next level."""
    assert made.dtype == expected.dtype == np.uint8 and made.shape == expected.shape
    assert np.abs(made.astype(int) - expected).max() <= 1


def decoded(files):
    return np.stack([np.asarray(Image.open(io.BytesIO(file))) for file in files])


def translated(generator, pixels):
    """Translate a picture with Keras, mirrored at its edges to sides that the network takes."""
    sides = pixels.shape[:2]
    wanted = [max(16, -(-side // generator.multiple) * generator.multiple) for side in sides]
    more = [(0, to - side) for to, side in zip(wanted, sides, strict=True)]
    padded = np.pad(pixels, [*more, (0, 0)], "symmetric")[None]
    made = generator.make({generator.network.inputs[0].name: padded / np.float32(127.5) - 1.0})
    return to_pixels(made)[0, : sides[0], : sides[1]]


def picture(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), "uint8")


def encoded(pixels, form):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form)
    return file.getvalue()


@pytest.mark.parametrize("kind", SAMPLERS)
def test_pictures_of_latents_are_those_of_keras(kind, client, generators):
    generator = generators[kind]
    for count in (1, 3):
        inputs = trained.share(generator.examples, slice(count))
        made = client.ask(kind, "serving_default", **inputs)
        assert_same(made, to_pixels(generator.make(inputs)))


@pytest.mark.parametrize("kind", TRANSLATORS)
@pytest.mark.parametrize("sides", [(29, 45), (32, 64), (7, 3)])
def test_pictures_of_pictures_of_any_size_are_those_of_keras(kind, sides, client, generators):
    pictures = np.stack([picture(*sides, seed) for seed in range(2)])
    expected = [translated(generators[kind], each) for each in pictures]
    assert_same(client.ask(kind, "serving_default", images=pictures), np.stack(expected))


@pytest.mark.parametrize("count, seed", [(5, 3), (1, 0), (2, 2**32 - 1)])
def test_samples_of_a_seed_are_those_of_export_images(count, seed, client, drawn):
    expected = drawn("gan", "--count", count, "--seed", seed)
    assert_same(client.ask("gan", "sample", count=count, seed=seed), expected)
    assert_same(decoded(client.ask("gan", "sample_png", count=count, seed=seed)), expected)


@pytest.mark.parametrize("labels", [[], [2, 0], [1]])
def test_samples_go_round_the_labels(labels, client, drawn):
    flags = ["--labels", *labels] if labels else []
    expected = drawn("cgan", "--count", 10, "--seed", 5, *flags)
    asked = {"count": 10, "seed": 5, "labels": labels}
    assert_same(client.ask("cgan", "sample", **asked), expected)
    assert_same(decoded(client.ask("cgan", "sample_png", **asked)), expected)


def test_encoded_pictures_of_several_sizes_are_translated(client, generators):
    files = [encoded(picture(29, 45), "PNG"), encoded(picture(24, 31, 1), "JPEG")]
    made = client.ask("cyclegan", "translate_png", encoded=files)
    for file, answer in zip(files, made, strict=True):
        assert answer.startswith(b"\x89PNG")
        pixels = tf.io.decode_image(file).numpy()
        assert_same(decoded([answer])[0], translated(generators["cyclegan"], pixels))


LATENTS = np.zeros((2, 4), "float32")
DRAW = {"count": 2, "seed": 1}
REFUSED = {
    "no picture asked for": ("gan", "sample", DRAW | {"count": 0}, "count is from 1 to 1024"),
    "too many pictures": ("gan", "sample_png", DRAW | {"count": 1025}, "count is from 1 to 1024"),
    "a label there is not": ("cgan", "sample", DRAW | {"labels": [1, 99]}, "labels are from 0 to"),
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
    "no picture": ("cyclegan", "translate_png", {"encoded": [b"none"]}, "Unknown image file"),
    "a cut picture": (
        "cyclegan",
        "translate_png",
        {"encoded": [encoded(picture(20, 20), "PNG")[:100]]},
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
