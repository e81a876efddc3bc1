"""Evaluations of translators: each direction, pairs, and shares of the target domain."""

import contextlib
from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import ops

from keras_gans.data import Dataset
from keras_gans.data.fitting import resize_array
from keras_gans.errors import UserError
from keras_gans.evaluation import metrics
from keras_gans.evaluation.domain_classifier import DomainClassifier
from keras_gans.evaluation.evaluator import Evaluator
from keras_gans.evaluation.features import FeatureExtractor, FeaturesError
from tests.evaluation.random_images import bright_or_dark, dataset, everything


def translator(factor=1.0, shape=(8, 8, 3)):
    images = keras.Input(shape)
    return keras.Model(images, keras.layers.Rescaling(factor)(images))


def translators(**networks):
    pairs = {"a_to_b": (0, 1), "b_to_a": (1, 0), "generator": (0, 1)}
    generator_domains = {name: pairs[name] for name in networks}
    averaged = contextlib.nullcontext
    return SimpleNamespace(
        generators=networks, generator_domains=generator_domains, averaged=averaged
    )


def test_translators_there_and_back_by_hand(random):
    real = dataset(11, domains=2)
    a, b = everything(real, 0), everything(real, 1)
    evaluate = Evaluator(real, real, random, metrics=["fid", "reconstruction"])
    same = evaluate(translators(a_to_b=translator(), b_to_a=translator()))
    assert list(same) == [
        "a_to_b/fid",
        "a_to_b/reconstruction_error",
        "b_to_a/fid",
        "b_to_a/reconstruction_error",
    ]
    assert same["a_to_b/reconstruction_error"] == same["b_to_a/reconstruction_error"] == 0.0
    expected = metrics.FrechetDistance(64)
    expected.update_state(random.extract(b).features, random.extract(a).features)
    assert same["a_to_b/fid"] == pytest.approx(float(expected.result()), rel=1e-4)
    assert same["b_to_a/fid"] == pytest.approx(same["a_to_b/fid"], rel=1e-4)
    # Half as bright there, and no way back: half of each pixel is lost.
    lossy = evaluate(translators(a_to_b=translator(0.5), b_to_a=translator()))
    assert lossy["a_to_b/reconstruction_error"] == pytest.approx(0.5 * np.abs(a).mean(), rel=1e-5)
    assert lossy["b_to_a/reconstruction_error"] == pytest.approx(0.5 * np.abs(b).mean(), rel=1e-5)
    exact = evaluate(translators(a_to_b=translator(0.5), b_to_a=translator(2.0)))
    assert exact["a_to_b/reconstruction_error"] == pytest.approx(0.0, abs=1e-6)


def test_domains_of_different_lengths_are_each_translated_once(random):
    images = [dataset(count, seed=count).domains[0] for count in (11, 5)]
    real = Dataset("mine", "unpaired", tuple(images), split="test")
    evaluate = Evaluator(real, real, random, metrics=["reconstruction"], samples=3)
    model = translators(a_to_b=translator(0.5), b_to_a=translator())
    assert evaluate.conditions(model)["samples"] == {"a_to_b": 11, "b_to_a": 5}
    found = evaluate(model)
    expected = [0.5 * np.abs(everything(real, domain)).mean() for domain in (0, 1)]
    assert list(found.values()) == pytest.approx(expected, rel=1e-5)


def test_a_translator_of_pairs_is_held_against_the_targets(random):
    real = replace(dataset(11, domains=2), task="paired")
    a, b = everything(real, 0), everything(real, 1)
    evaluate = Evaluator(real, real, random, metrics=["fid", "reconstruction"])
    found = evaluate(translators(generator=translator(0.5)))
    assert list(found) == ["fid", "reconstruction_error"]
    assert found["reconstruction_error"] == pytest.approx(np.abs(0.5 * a - b).mean(), rel=1e-5)


def test_a_translator_of_pairs_by_hand(random):
    real = replace(dataset(11, domains=2), task="paired")
    a, b = everything(real, 0), everything(real, 1)
    evaluate = Evaluator(real, real, random, metrics=["psnr", "ssim", "perceptual", "structure"])
    found = evaluate(translators(generator=translator(0.5)))
    errors = np.square(0.5 * a - b).mean(axis=(1, 2, 3))
    assert found["psnr"] == pytest.approx((10 * np.log10(4 / errors)).mean(), rel=1e-4)
    assert found["ssim"] == pytest.approx(float(np.mean(metrics.ssim(b, 0.5 * a))), abs=1e-5)
    made, targets, sources = (random.extract(x, maps=True).maps for x in (0.5 * a, b, a))
    expected = np.mean(metrics.perceptual_distance(targets, made))
    assert found["perceptual_distance"] == pytest.approx(float(expected), rel=1e-4)
    expected = np.mean(metrics.structure_distance(sources, made))
    assert found["structure_distance"] == pytest.approx(float(expected), abs=1e-6)
    assert evaluate(translators(generator=translator(-1.0)))["structure_distance"] > 0.001


def test_without_pairs_and_without_a_way_back_there_is_no_reconstruction(random):
    real = dataset(5, domains=2)
    model = translators(generator=translator(0.5))
    found = Evaluator(real, real, random, default_metrics=["fid", "reconstruction"])(model)
    assert list(found) == ["fid"]
    with pytest.raises(UserError, match="reconstruction: the model translates in one direction"):
        Evaluator(real, real, random, metrics=["reconstruction"])(model)


def test_target_shares_by_hand(random):
    def images(*values):
        return np.stack([np.full((8, 8, 3), value, "uint8") for value in values])

    # Three dark images and one bright one in a, two bright ones in b.
    real = Dataset("mine", "unpaired", (images(0, 9, 20, 250), images(200, 255)), split="test")
    a_to_b = DomainClassifier(bright_or_dark())
    evaluate = Evaluator(real, real, random, metrics=["target_share"], domain_classifier=a_to_b)
    # a_to_b makes negatives: three of four become bright. b_to_a changes nothing.
    model = translators(a_to_b=translator(-1.0), b_to_a=translator(1.0))
    there = {"target_share": 0.75, "target_share_of_real": 1.0, "target_share_of_sources": 0.25}
    back = {"target_share": 0.0, "target_share_of_real": 0.75, "target_share_of_sources": 0.0}
    expected = {f"a_to_b/{name}": value for name, value in there.items()}
    assert evaluate(model) == expected | {f"b_to_a/{name}": value for name, value in back.items()}
    assert evaluate.conditions(model)["domain_classifier"] == a_to_b.fingerprint[:8]
    # The same data with the domains' places changed, as by direction="b_to_a".
    swapped = replace(real, domains=real.domains[::-1])
    b_to_a = DomainClassifier(bright_or_dark(), "b_to_a")
    evaluate = Evaluator(
        swapped, swapped, random, metrics=["target_share"], domain_classifier=b_to_a
    )
    assert evaluate(translators(generator=translator(1.0))) == back


def test_a_domain_classifier_sees_larger_images_as_data_sets_resize_them():
    stripes = np.zeros((64, 64, 3), "uint8")
    stripes[:, np.arange(64) % 12 < 6] = 255
    resized = resize_array(stripes, (16, 16))
    contrast = np.abs(resized / 127.5 - 1.0).mean()
    images = keras.Input((16, 16, 3))
    mean = ops.mean(ops.absolute(images), axis=(1, 2))
    logits = ops.concatenate([ops.full_like(mean[:, :1], 0.99 * contrast), mean[:, :1]], axis=1)
    striped = DomainClassifier(FeatureExtractor("striped", keras.Model(images, [mean, logits])))
    for image in (resized, stripes):
        assert striped.takes_for(image[None] / np.float32(127.5) - 1, 1).all()
    assert not striped.takes_for(0.9 * (stripes[None] / np.float32(127.5) - 1), 1).any()


def test_a_domain_classifier_has_two_classes(random, classifier):
    for extractor, found in ((random, "none"), (classifier, "3")):
        with pytest.raises(FeaturesError, match=f"has not two classes, the domains, but {found}"):
            DomainClassifier(extractor)
