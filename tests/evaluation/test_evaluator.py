"""Evaluations: what is made, what it is held against, and that nothing is changed by looking."""

import weakref

import keras
import numpy as np
import pytest

from keras_gans import data
from keras_gans.data import Dataset
from keras_gans.evaluation import metrics
from keras_gans.evaluation.evaluator import Evaluator
from keras_gans.evaluation.features import load_extractor
from tests.evaluation.random_images import NAMES, dataset, everything


def state(model):
    """All that training depends on: weights, random states, steps, optimizers."""
    optimizers = model.generator_optimizer, model.discriminator_optimizer
    variables = [*model.variables, *(v for optimizer in optimizers for v in optimizer.variables)]
    return [keras.ops.convert_to_numpy(variable).copy() for variable in variables]


def count_seen(monkeypatch, extractor):
    """Note how many images an extractor is shown, each time."""
    seen, see = [], extractor.extract

    def watched(images, **settings):
        seen.append(len(images))
        return see(images, **settings)

    monkeypatch.setattr(extractor, "extract", watched)
    return seen


@pytest.mark.parametrize(
    "name", ["gan", "dcgan-options", "acgan", "infogan", "cyclegan", "pix2pix"]
)
def test_the_figures_are_the_same_at_every_call_and_the_model_unchanged(name, variants):
    variant = variants[name]
    model = variant.create(optimizer=lambda side: keras.optimizers.Adam(use_ema=True))
    model.steps.assign(1)
    for weight in model.generator_variables:  # which are not the averages any more
        weight.assign(weight + 0.1)
    for network in model.generators.values():
        network.run_eagerly = True  # tracing takes longer
    labels = np.arange(12) % 3 if variant.classes else None
    real = dataset(12, variant.image_shape, variant.domains, labels)
    extractor = load_extractor("random", variant.image_shape[-1])
    evaluate = Evaluator(
        real, real, extractor, metrics=["fid", "density_coverage"], conditional=labels is not None
    )
    before = state(model)
    first, second = evaluate(model), evaluate(model)
    assert first == second and all(np.isfinite(value) for value in first.values())
    for x, y in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(x, y)


def test_measuring_takes_nothing_from_the_global_random_state(random, given):
    keras.utils.set_random_seed(0)
    expected = np.random.random(), float(keras.random.uniform(()))
    keras.utils.set_random_seed(0)
    real = dataset()
    Evaluator(real, real, random)(given(everything(real)))
    assert (np.random.random(), float(keras.random.uniform(()))) == expected


def test_the_averaged_weights_are_those_that_are_measured(variants, random):
    variant = variants["dcgan"]
    model = variant.create(optimizer=lambda side: keras.optimizers.Adam(0.1, use_ema=True))
    variant.fit(model, steps=3)
    real = dataset(20, variant.image_shape)
    evaluate = Evaluator(real, real, random, metrics=["fid"])
    found = evaluate(model)
    optimizer = model.generator_optimizer
    raw = [keras.ops.convert_to_numpy(v).copy() for v in model.generator_variables]
    optimizer.finalize_variable_values(model.generator_variables)
    optimizer.use_ema = False
    assert evaluate(model) == found
    for variable, value in zip(model.generator_variables, raw, strict=True):
        variable.assign(value)
    assert evaluate(model)["fid"] != pytest.approx(found["fid"], rel=1e-3)


def test_real_pictures_are_looked_at_once(monkeypatch, random, given):
    test, train = dataset(450), dataset(210, seed=1)
    evaluate = Evaluator(test, train, random, metrics=["fid", "authenticity"], samples=30)
    seen = count_seen(monkeypatch, random)
    model = given(everything(test))
    first = evaluate(model)
    assert seen == [200, 200, 50, 200, 10, 30]
    seen.clear()
    assert evaluate(model) == first and seen == [30]


def test_training_pictures_are_not_looked_at_for_nothing(monkeypatch, random, given):
    real = dataset(20)
    seen = count_seen(monkeypatch, random)
    Evaluator(real, dataset(300), random, metrics=["fid"], samples=10)(given(everything(real)))
    assert seen == [20, 10]


def test_as_many_samples_as_asked_for(random, given):
    real = dataset(250)
    for samples, batches in ((None, [200, 50]), (7, [7]), (200, [200]), (230, [200, 30])):
        model = given(everything(real))
        evaluate = Evaluator(real, real, random, metrics=["fid"], samples=samples)
        found = evaluate(model)
        assert model.asked == batches
        assert evaluate.conditions(model)["samples"] == {"generator": samples or 250}
        expected = metrics.FrechetDistance(64)
        images = everything(real)
        fakes = random.extract(images[: samples or 250]).features
        expected.update_state(random.extract(images).features, fakes)
        assert found["fid"] == pytest.approx(float(expected.result()), rel=1e-4, abs=1e-9)


def test_no_latents_are_drawn_twice(variants, random):
    model = variants["gan"].create()
    drawn, draw = [], model.sampling_inputs

    def watched(*settings):
        drawn.append(draw(*settings)["latents"])
        return {"latents": drawn[-1]}

    model.sampling_inputs = watched
    real = dataset(4, (8, 8, 1))
    Evaluator(real, real, random, metrics=["fid"], samples=450)(model)
    rows = np.concatenate(drawn)
    assert len(np.unique(rows, axis=0)) == len(rows) == 450


def test_what_was_seen_is_not_kept(monkeypatch, random, given):
    """However many samples there are: they are looked at, added up or drawn from, and forgotten."""
    real, all_features, alive = dataset(30), [], []
    see = random.extract

    def watched(images, **settings):
        seen = see(images, **settings)
        alive.append(sum(features() is not None for features in all_features))
        all_features.append(weakref.ref(seen.features))
        return seen

    monkeypatch.setattr(random, "extract", watched)
    images = np.resize(everything(real), (1500, 8, 8, 3))
    Evaluator(real, real, random, samples=1500)(given(images))
    assert len(alive) == 1 + 1 + 8 and max(alive) <= 1


def test_labels_are_asked_for_as_often_as_real_ones_have_them_and_in_no_order(random, given):
    labels = np.repeat([0, 1, 2], [50, 20, 5])
    real = dataset(75, labels=labels)
    evaluate = Evaluator(real, real, random, metrics=["fid"], conditional=True)
    model = given(everything(real))
    evaluate(model)
    assert np.bincount(model.labels).tolist() == [50, 20, 5]
    assert model.labels != sorted(model.labels) and set(model.labels[:30]) == {0, 1, 2}
    model = given(np.repeat(everything(real), 3, axis=0))
    Evaluator(real, real, random, metrics=["fid"], conditional=True, samples=225)(model)
    assert np.bincount(model.labels).tolist() == [150, 60, 15]


def test_samples_without_labels_are_not_told_any(random, given):
    real = dataset(30, labels=np.arange(30) % 3)
    model = given(everything(real))
    Evaluator(real, real, random, metrics=["fid"])(model)
    assert model.labels == []


def test_classes_by_a_classifier_of_them(classifier, given):
    # Red, green and blue images, of which the generator makes three, one and none.
    images = np.zeros((12, 8, 8, 3), "uint8")
    labels = np.arange(12) % 3
    images[np.arange(12), ..., labels] = 255
    real = Dataset("mine", "labelled", (images,), labels, NAMES)
    fakes = everything(real)[[0, 3, 6, 1]]
    plain = Evaluator(real, real, classifier, metrics=["classes"], samples=4)
    found = plain(given(fakes))
    assert found["classes_found"] == 2.0 and found["largest_share"] == 0.75
    assert found["reverse_kl"] == pytest.approx(0.75 * np.log(2.25) + 0.25 * np.log(0.75))
    told = Evaluator(
        real, real, classifier, conditional=True, metrics=["class_accuracy"], samples=4
    )
    model = given(fakes)
    accuracy = told(model)["class_accuracy"]
    assert accuracy == np.mean(np.array(model.labels) == [0, 0, 0, 1])
    assert "classes" not in Evaluator(dataset(), real, classifier).specs  # no names, no classes


def test_points_give_modes(given):
    ring = data.load("ring", "images", split="test")
    evaluate = Evaluator(ring, ring, None)
    assert list(evaluate.specs) == ["modes"] and evaluate.samples == 2500
    assert evaluate(given(np.repeat(ring.modes, 313, axis=0))) == {
        "modes": 8.0,
        "high_quality": 1.0,
    }
    half = np.repeat(ring.modes[:4], 625, axis=0)
    half[::2] = 0.0  # the middle of the ring
    assert evaluate(given(half)) == {"modes": 4.0, "high_quality": 0.5}
    assert evaluate.conditions(given(half)) == {
        "samples": {"generator": 2500},
        "split": "test",
        "examples": ring.fingerprint[:8],
    }


def test_a_game_of_points_is_measured(variants):
    ring = data.load("ring", "images", split="test")
    found = Evaluator(ring, ring, None, samples=50)(variants["gan-points"].create())
    assert found.keys() == {"modes", "high_quality"}


def test_a_games_own_categories_are_asked_for_evenly_and_in_no_order(random, given):
    real = dataset(count=600)
    model = given(everything(real))
    model.classes = 300  # more than are made at once
    Evaluator(real, real, random, metrics=["fid"])(model)
    assert np.bincount(model.labels).tolist() == [2] * 300
    assert model.labels[:300] != model.labels[300:] and model.labels[:300] != list(range(300))
