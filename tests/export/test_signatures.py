"""The signatures of SavedModels refuse what would take a server's memory."""

import numpy as np
import pytest
import tensorflow as tf

from export.common import signatures


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_images_of_too_many_pixels_are_refused(run, call, monkeypatch):
    monkeypatch.setattr(signatures, "MAX_PIXELS", 24 * 24)
    call("export.saved_model", run, "--direction", "a_to_b")
    model = tf.saved_model.load(run / "export" / "saved_model" / "a_to_b" / "1")
    small, large = np.zeros((24, 24, 3), "uint8"), np.zeros((25, 24, 3), "uint8")
    serve, translate_png = (model.signatures[name] for name in ("serving_default", "translate_png"))
    assert serve(images=tf.constant(small[None]))["images"].shape == (1, 24, 24, 3)
    translate_png(encoded=tf.io.encode_png(small)[None])
    with pytest.raises(tf.errors.InvalidArgumentError, match="pixels of an image are from 1 to 57"):
        serve(images=tf.constant(large[None]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="pixels of an image are from 1 to 57"):
        translate_png(encoded=tf.io.encode_png(large)[None])
