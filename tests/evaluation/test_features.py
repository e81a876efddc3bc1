"""Networks that see: what is in the box, one's own, and what is said of files that are none."""

import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from keras_gans.evaluation import features
from keras_gans.evaluation.features import (
    FeaturesError,
    load_extractor,
    random_conv_features,
    suggest_extractor,
)

FILE = Path(features.__file__).with_name("digits.keras")


def random_images(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype("float32")


def classifier(side=None, channels=3, classes=5):
    """Make a network of one's own: images to feature maps, and to class logits."""
    keras.utils.set_random_seed(1)
    images = keras.Input((side, side, channels))
    maps = layers.Conv2D(7, 3, 2, "same", activation="relu")(images)
    logits = layers.Dense(classes)(layers.GlobalAveragePooling2D()(maps))
    return keras.Model(images, [maps, logits])


@pytest.mark.parametrize(
    "name, channels, dim, classes",
    [("digits", 1, 128, 10), ("stacked_digits", 3, 384, 1000), ("random", 3, 64, None)],
)
def test_each_gives_a_vector_a_picture_of_any_size_and_color(name, channels, dim, classes):
    extractor = load_extractor(name, channels)
    assert (extractor.dim, extractor.classes) == (dim, classes)
    for shape in ((5, 28, 28, 1), (5, 28, 28, 3), (5, 20, 20, 3), (1, 40, 40, 1)):
        seen = extractor.extract(random_images(*shape))
        assert seen.features.shape == (shape[0], dim) and seen.features.dtype == np.float32
        assert seen.features.std() > 0 and seen.maps == []
        assert (seen.predicted is None) == (classes is None)
        if classes:
            assert seen.predicted.shape == (shape[0],) and seen.predicted.max() < classes


def test_digits_are_told_apart_and_three_of_them_make_up_a_number(digits):
    stacked = load_extractor("stacked_digits", 3)
    assert digits.classifies(list("0123456789")) and not digits.classifies(list("abcdefghij"))
    assert stacked.class_names == tuple(f"{n:03}" for n in range(1000))
    assert not stacked.classifies(list("0123456789"))
    images = random_images(20, 28, 28, 3)
    each = [digits.extract(images[..., n : n + 1]) for n in range(3)]
    seen = stacked.extract(images)
    assert (
        seen.predicted.tolist()
        == (100 * each[0].predicted + 10 * each[1].predicted + each[2].predicted).tolist()
    )
    np.testing.assert_allclose(
        seen.features, np.concatenate([one.features for one in each], axis=1), rtol=1e-4, atol=1e-5
    )


def test_the_maps_are_one_a_size(digits):
    def sizes(extractor, shape):
        return [each.shape[1:] for each in extractor.extract(random_images(*shape), maps=True).maps]

    assert sizes(digits, (2, 28, 28, 1)) == [(28, 28, 32), (14, 14, 64), (7, 7, 64), (4, 4, 128)]
    # Though its sizes are unknown until there is an image.
    assert sizes(load_extractor("random", 3), (2, 32, 32, 3)) == [
        (16, 16, 32),
        (8, 8, 64),
        (4, 4, 64),
    ]


def test_what_it_sees_does_not_depend_on_the_maps(digits):
    for extractor, shape in ((digits, (4, 28, 28, 1)), (load_extractor("random", 3), (4, 9, 9, 3))):
        images = random_images(*shape)
        alone, beside = (extractor.extract(images, maps=maps) for maps in (False, True))
        np.testing.assert_allclose(alone.features, beside.features, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["digits", "random"])
def test_the_precision_of_a_game_does_not_matter_to_it(name):
    images = random_images(6, 20, 20, 3)
    plain = load_extractor(name, 3).extract(images).features
    keras.config.set_dtype_policy("mixed_bfloat16")
    extractor = load_extractor(name, 3)
    assert keras.config.dtype_policy().name == "mixed_bfloat16"
    np.testing.assert_array_equal(extractor.extract(images).features, plain)
    with pytest.raises(FeaturesError):
        load_extractor("nothing", 3)
    assert keras.config.dtype_policy().name == "mixed_bfloat16"


def test_gray_and_color_are_the_same_picture(digits):
    grey = random_images(3, 28, 28, 1)
    color = np.repeat(grey, 3, axis=-1)
    np.testing.assert_allclose(
        digits.extract(grey).features, digits.extract(color).features, rtol=1e-3, atol=1e-4
    )
    in_color = load_extractor("random", 3)
    np.testing.assert_array_equal(in_color.extract(grey).features, in_color.extract(color).features)


def test_a_network_of_ones_own_from_a_file(tmp_path):
    network = classifier()
    network.save(tmp_path / "mine.keras")
    images = random_images(4, 16, 16, 3)
    maps, logits = network.predict_on_batch(images)
    extractor = load_extractor(tmp_path / "mine.keras", 3)
    seen = extractor.extract(images)
    np.testing.assert_allclose(seen.features, maps.mean(axis=(1, 2)), rtol=1e-5)
    assert seen.predicted.tolist() == logits.argmax(axis=1).tolist()
    assert (extractor.name, extractor.dim, extractor.classes) == ("mine", 7, 5)
    # Nobody knows what its classes are called: any five are taken to be these.
    assert extractor.classifies("abcde") and not extractor.classifies("abcd")


@pytest.mark.parametrize("side", [None, 16])
def test_the_directory_of_a_saved_model(side, tmp_path):
    network = classifier(side)
    network.export(tmp_path / "mine", verbose=False)
    images = random_images(4, 16, 16, 3)
    maps, logits = network.predict_on_batch(images)
    extractor = load_extractor(tmp_path / "mine", 3)
    for _ in range(2):
        seen = extractor.extract(images, maps=True)
        np.testing.assert_allclose(seen.features, maps.mean(axis=(1, 2)), rtol=1e-5)
        assert seen.predicted.tolist() == logits.argmax(axis=1).tolist()
    assert extractor.extract(random_images(4, 24, 24, 1)).features.shape == (4, 7)


def test_a_network_built_on_another_one(tmp_path):
    backbone = random_conv_features(3)
    images = keras.Input((16, 16, 3))
    pooled = layers.GlobalAveragePooling2D()(backbone(layers.Rescaling(0.5)(images)))
    keras.Model(images, pooled).save(tmp_path / "mine.keras")
    seen = load_extractor(tmp_path / "mine.keras", 3).extract(
        random_images(2, 16, 16, 3), maps=True
    )
    expected = keras.ops.mean(backbone(0.5 * random_images(2, 16, 16, 3)), axis=(1, 2))
    np.testing.assert_allclose(seen.features, expected, rtol=1e-4, atol=1e-6)


def refused(path, *words):
    with pytest.raises(FeaturesError) as caught:
        load_extractor(path, 3)
    message = str(caught.value)
    assert "\n" not in message and len(message) < 400, message
    assert all(word in message for word in (str(path), *words)), message


def test_an_unknown_name_is_answered_with_those_there_are():
    refused("digit", "digits, stacked_digits, inception, random", ".keras", "SavedModel")


def test_a_file_that_is_no_network(tmp_path):
    for name in ("words.keras", "words.txt"):
        (tmp_path / name).write_text("not a network")
        refused(tmp_path / name, "is no network of images to features")
    with zipfile.ZipFile(tmp_path / "other.keras", "w") as archive:
        archive.writestr("notes.txt", "an archive of something else")
    refused(tmp_path / "other.keras", "is no network")
    content = bytearray(FILE.read_bytes())
    content[len(content) // 2] ^= 0xFF
    (tmp_path / "damaged.keras").write_bytes(content)
    refused(tmp_path / "damaged.keras", "is no network")
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "is no network")


def test_a_network_of_something_else(tmp_path, variants):
    keras.Sequential([keras.Input((5,)), layers.Dense(3)]).save(tmp_path / "vectors.keras")
    refused(tmp_path / "vectors.keras", "it takes [(None, 5)], not images")
    images = keras.Input((8, 8, 3))
    keras.Model(images, layers.Reshape((8, 24))(images)).save(tmp_path / "rows.keras")
    refused(tmp_path / "rows.keras", "not features (n, d) or (n, h, w, d)")

    class Strange(layers.Layer):  # which nobody knows
        def call(self, images):
            return images

    images = keras.Input((8, 8, 3))
    features = layers.GlobalAveragePooling2D()(Strange()(images))
    keras.Model(images, features).save(tmp_path / "strange.keras")
    refused(tmp_path / "strange.keras", "is no network of images to features")
    variants["gan"].create().save(tmp_path / "model.keras")
    refused(tmp_path / "model.keras", "it is a GAN, whose inputs are not known")


def test_inception_without_a_network_names_what_else_there_is(monkeypatch):
    def unreachable(**_):
        raise Exception("URL fetch failure on https://...: None\nand more lines")

    monkeypatch.setattr(keras.applications, "InceptionV3", unreachable)
    keras.config.set_dtype_policy("mixed_bfloat16")
    with pytest.raises(FeaturesError, match="go online once, or take random features") as caught:
        load_extractor("inception", 3)
    assert "\n" not in str(caught.value)
    assert keras.config.dtype_policy().name == "mixed_bfloat16"


def test_inception_is_asked_for_as_imagenet_trained_it(monkeypatch):
    asked = {}

    def stand_in(**settings):
        asked.update(settings)
        return classifier(299)

    monkeypatch.setattr(keras.applications, "InceptionV3", stand_in)
    extractor = load_extractor("inception", 3)
    assert asked["weights"] == "imagenet" and not asked["include_top"] and asked["pooling"] == "avg"
    assert extractor.describe((64, 64, 3)) == "inception features, resized to 299x299"


def test_the_resize_is_told(digits):
    assert digits.describe((28, 28, 1)) == "digits features"
    assert digits.describe((32, 32, 3)) == "digits features, resized to 28x28"
    assert load_extractor("random", 3).describe((64, 64, 3)) == "random features"


@pytest.mark.parametrize("sides", [(64, 64), (32, 64), (16, 32)])
def test_images_that_are_not_square_are_resized_to_both_sides(sides, tmp_path):
    images = keras.Input((*sides, 3))
    network = keras.Model(images, layers.Flatten()(images))
    network.save(tmp_path / "own.keras")
    extractor = load_extractor(str(tmp_path / "own.keras"), 3)
    seen = extractor.extract(np.full((2, 32, 64, 3), 0.5, "float32"))
    np.testing.assert_allclose(seen.features, np.full((2, 3 * sides[0] * sides[1]), 0.5), rtol=1e-5)
    resized = sides != (32, 64)
    assert ("resized to {}x{}".format(*sides) in extractor.describe((32, 64, 3))) == resized


def test_what_is_suggested():
    assert suggest_extractor((28, 28, 1), None) == "inception"
    assert suggest_extractor((28, 28, 1), ("boot", "coat")) == "inception"
    assert suggest_extractor((28, 28, 1), tuple("0123456789")) == "digits"
    assert suggest_extractor((32, 32, 3), ("cat", "dog")) == "inception"
    assert suggest_extractor((28, 28, 3), [f"{n:03}" for n in range(1000)]) == "stacked_digits"


def test_the_file_of_digits_is_small():
    assert FILE.stat().st_size < 2e6


def test_real_digits_are_named_right(real_digits, digits):
    which = np.arange(0, 10_000, 3)
    named = digits.extract(real_digits.images_at(0, which)).predicted
    assert np.mean(named == real_digits.labels[which]) > 0.99
    assert digits.classifies(real_digits.class_names)


def test_real_stacked_digits_are_named_right(real_digits):
    which = np.random.default_rng(0).integers(10_000, size=(3, 300))
    stacked = np.concatenate([real_digits.images_at(0, each) for each in which], axis=-1)
    numbers = [100, 10, 1] @ real_digits.labels[which]
    named = load_extractor("stacked_digits", 3).extract(stacked).predicted
    assert np.mean(named == numbers) > 0.97
