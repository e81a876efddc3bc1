"""The signatures of SavedModels: classes by name, and requests that would take all memory."""

import io
import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from benchmarks.fuzz.requests import with_chunk_before_header, with_small_screen
from export.common import served_images
from keras_gans.data import read_image

MAX_PIXELS = 6 * 24 * 24  # of the images that the export is verified with


@pytest.fixture
def serve(run, call):
    """Export a run's model and return its signatures."""

    def export(*flags, direction="generator"):
        call("export.saved_model", run, *flags)
        model = tf.saved_model.load(run / "export" / "saved_model" / direction / "1")
        signatures.append(model)  # which would not outlive its model
        return model.signatures

    signatures: list = []
    return export


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_images_of_too_many_pixels_are_refused(serve):
    signatures = serve("--max-pixels", MAX_PIXELS, direction="a_to_b")
    small, large = np.zeros((24, 24, 3), "uint8"), np.zeros((60, 60, 3), "uint8")
    translate, translate_png = signatures["serving_default"], signatures["translate_png"]
    assert translate(images=tf.constant(small[None]))["images"].shape == (1, 24, 24, 3)
    translate_png(encoded=tf.io.encode_png(small)[None])
    with pytest.raises(tf.errors.InvalidArgumentError, match="images are from 1 to 3456"):
        translate(images=tf.constant(large[None]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="images are from 1 to 3456"):
        translate(images=tf.constant(np.stack([small] * 7)))
    for encode in (tf.io.encode_png, tf.io.encode_jpeg):
        with pytest.raises(tf.errors.InvalidArgumentError, match="file are from 1 to 3456"):
            translate_png(encoded=encode(large)[None])


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_a_small_file_of_a_large_image_is_not_decoded(serve):
    translate_png = serve(direction="a_to_b")["translate_png"]
    side = 30_000
    whole = tf.io.encode_png(np.zeros((24, 24, 3), "uint8")).numpy()
    png, gif = io.BytesIO(), io.BytesIO()
    for file, kind in ((png, "PNG"), (gif, "GIF")):
        Image.new("L", (2100, 2100)).save(file, kind)
    for encoded in (
        whole[:16] + side.to_bytes(4, "big") * 2 + whole[24:],
        with_chunk_before_header(png.getvalue(), rest=b"\x08\x02\0\0\0"),
        with_small_screen(gif.getvalue()),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match="file are from 1 to 4194304"):
            translate_png(encoded=tf.constant([encoded]))
    for junk in (b"", b"x", b"hello", whole[:8], whole[:16], whole[:24], b"\xff\xd8\xff", b"GIF8"):
        with pytest.raises(tf.errors.InvalidArgumentError):
            translate_png(encoded=tf.constant([junk]))


def as_png(pixels, **options) -> bytes:
    return tf.io.encode_png(pixels, **options).numpy()


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_a_served_image_is_read_as_in_training(run, serve, tmp_path):
    metadata = json.loads((run / "metadata.json").read_text())
    metadata["data"]["value_range"] = [100, 4095]
    (run / "metadata.json").write_text(json.dumps(metadata))
    signatures = serve(direction="a_to_b")
    rng = np.random.default_rng(0)
    kinds = {"transparent": 4, "gray and alpha": 2, "sixteen bits": 3, "gray": 1, "color": 3}
    for kind, channels in kinds.items():
        dtype, most = ("uint16", 4096) if kind == "sixteen bits" else ("uint8", 256)
        encoded = as_png(rng.integers(0, most, (24, 24, channels)).astype(dtype))
        (tmp_path / "a.png").write_bytes(encoded)
        read = read_image(tmp_path / "a.png", channels=3, value_range=(100, 4095))
        png = signatures["translate_png"](encoded=tf.constant([encoded]))["png_bytes"][0]
        served = tf.io.decode_png(png).numpy().astype(int)
        expected = signatures["serving_default"](images=tf.constant(read[None]))["images"][0]
        # Pillow and TensorFlow round alpha differently.
        assert np.abs(served - expected.numpy()).max() <= 1, kind


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_grayscale_translator_takes_images_in_color(kind):
    red = io.BytesIO()
    Image.new("RGB", (3, 2), (255, 0, 0)).save(red, kind)
    pixels = served_images.decode(tf.constant(red.getvalue()), 1, None)
    assert pixels.shape == (2, 3, 1) and np.abs(pixels.numpy().astype(int) - 76).max() <= 1


@pytest.mark.parametrize("run", ["cgan"], indirect=True)
def test_classes_have_names(run, serve):
    signatures = serve()
    names = signatures["classes"](labels=tf.constant([], "int32"))["class_names"].numpy().tolist()
    assert len(names) == 8 and names[5] == b"square"
    some = signatures["classes"](labels=tf.constant([5, 0]))["class_names"].numpy().tolist()
    assert some == [names[5], names[0]]
    request = {"count": tf.constant(3), "seed": tf.constant(7, "int64")}
    by_number = signatures["sample"](labels=tf.constant([5, 0]), **request)["images"]
    by_name = signatures["sample_by_name"]
    for classes in (["square", names[0]], ["5", "0"], ["square", "0"]):
        made = by_name(classes=tf.constant(classes), **request)["images"]
        np.testing.assert_array_equal(made, by_number)
    every = by_name(classes=tf.constant([], "string"), **request)["images"]
    none = signatures["sample"](labels=tf.constant([], "int32"), **request)["images"]
    np.testing.assert_array_equal(every, none)
    pngs = signatures["sample_png_by_name"](classes=tf.constant(["square"]), **request)["png_bytes"]
    assert pngs.shape == (3,)
    with pytest.raises(tf.errors.InvalidArgumentError, match="classes are .*square.*, not"):
        by_name(classes=tf.constant(["square", "dog"]), **request)
    with pytest.raises(tf.errors.InvalidArgumentError, match="labels are from 0 to 7"):
        signatures["classes"](labels=tf.constant([8]))
    extra = run / "export" / "saved_model" / "generator" / "1" / "assets.extra" / "metadata.json"
    assert json.loads(extra.read_text())["class_names"] == [name.decode() for name in names]


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_requests_for_too_much_are_refused(serve):
    signatures = serve()
    assert "classes" not in signatures
    with pytest.raises(tf.errors.InvalidArgumentError, match="count is from 1 to 1024"):
        signatures["sample"](count=tf.constant(1025), seed=tf.constant(0, "int64"))
    with pytest.raises(tf.errors.InvalidArgumentError, match="latents are from 0 to 1024"):
        signatures["serving_default"](latents=tf.zeros((1025, 4)))
