"""Evaluations: what is made, what it is held against, and that nothing is changed by looking."""

import contextlib
import json
import weakref
from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image

from keras_gans import data
from keras_gans.data import Dataset
from keras_gans.data.fitting import resize_array
from keras_gans.errors import UserError
from keras_gans.evaluation import evaluator, metric_specs, metrics
from keras_gans.evaluation.domain_classifier import DomainClassifier
from keras_gans.evaluation.evaluator import Evaluator, comparable
from keras_gans.evaluation.features import FeatureExtractor, FeaturesError, load_extractor

NAMES = ("a", "b", "c")


def dataset(count=30, shape=(8, 8, 3), domains=1, labels=None, seed=0, split="test"):
    """Make a set of random images."""
    rng = np.random.default_rng(seed)
    images = tuple(rng.integers(0, 256, (count, *shape)).astype("uint8") for _ in range(domains))
    form = "images" if domains == 1 else "unpaired"
    if labels is None:
        return Dataset("mine", form, images, split=split)
    return Dataset("mine", "labelled", images, np.asarray(labels), NAMES, split=split)


def everything(dataset, domain=0):
    return dataset.images_at(domain, np.arange(len(dataset.domains[domain])))


@pytest.fixture(scope="module")
def random():
    return load_extractor("random", 3)


@pytest.fixture(scope="module")
def classifier():
    """Sees the mean color, and as the class which channel is the largest."""
    images = keras.Input((None, None, 3))
    color = keras.layers.GlobalAveragePooling2D()(images)
    return FeatureExtractor("color", keras.Model(images, [color, color]), NAMES)


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


def bright_or_dark():
    """A classifier that takes dark images for domain a and bright ones for domain b."""
    images = keras.Input((None, None, 3))
    mean = keras.layers.GlobalAveragePooling2D()(images)
    weights = keras.initializers.Constant([[-1.0, 1.0]] * 3)
    logits = keras.layers.Dense(2, use_bias=False, kernel_initializer=weights)(mean)
    return FeatureExtractor("brightness", keras.Model(images, [mean, logits]))


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


def test_whatever_the_data_allow_is_measured_by_default(random, classifier):
    samplers = {"fid", "kid", "precision_recall", "density_coverage", "authenticity", "diversity"}
    labels = np.arange(30) % 3

    def taken(real, extractor, **settings):
        return set(Evaluator(real, real, extractor, **settings).specs)

    assert taken(dataset(), random) == samplers
    assert taken(dataset(labels=labels), random, conditional=True) == samplers | {"intra_class_fid"}
    assert taken(dataset(labels=labels), classifier) == samplers | {"classes"}
    told = {"classes", "class_accuracy", "intra_class_fid"}
    assert taken(dataset(labels=labels), classifier, conditional=True) == samplers | told
    many = replace(dataset(labels=labels), class_names=tuple(map(str, range(101))))
    assert taken(many, random, conditional=True) == samplers
    named = taken(many, random, conditional=True, metrics=["intra_class_fid"])
    assert named == {"intra_class_fid"}
    assert taken(dataset(domains=2), random) == samplers | {"reconstruction", "structure"}
    pairs = replace(dataset(domains=2), task="paired")
    of_pairs = {"reconstruction", "structure", "ssim", "psnr", "perceptual"}
    assert taken(pairs, random) == samplers | of_pairs
    assert "structure" not in taken(pairs, bright_or_dark())  # it has no feature maps
    quick = {"fid", "precision_recall", "reconstruction"}
    assert taken(dataset(domains=2), random, default_metrics=metric_specs.QUICK) == quick
    # What is asked for is evaluated though it is no default.
    assert taken(dataset(), random, default_metrics=metric_specs.QUICK, metrics=["kid"]) == {"kid"}


def test_a_measure_gives_the_values_that_it_is_said_to(random, classifier, given):
    real = dataset(12, labels=np.arange(12) % 3)
    found = Evaluator(real, real, classifier, conditional=True)(given(everything(real)))
    of_samples = {"features", "maps", "predicted", "labels"}
    told = [m for m in metric_specs.METRICS.values() if of_samples.issuperset(m.inputs)]
    assert set(found) == {value for m in told for value in m.better}


@pytest.mark.parametrize(
    "settings, asked, words",
    [
        ({}, "modes", "modes is not for these data and features: give any of fid, kid"),
        ({}, "reconstruction", "not for these data and features"),
        ({}, "classes", "not for these data and features"),
        ({"labels": [0, 1, 2]}, "class_accuracy", "not for these data and features"),
        ({"domains": 2}, "modes", "give any of fid, .*reconstruction, structure$"),
        ({}, "fdi", "fdi is unknown: give any of fid, kid, .*diversity$"),
        ({}, "", "is unknown"),
    ],
)
def test_a_measure_that_is_not_for_these_data_is_refused(settings, asked, words, random):
    count = 3 if "labels" in settings else 4
    real = dataset(count, **settings)
    with pytest.raises(ValueError, match=words):
        Evaluator(real, real, random, metrics=["fid", asked])


def test_points_have_no_features():
    ring = data.load("ring", "images", split="test")
    with pytest.raises(
        ValueError, match="fid is not for these data and features: give any of modes"
    ):
        Evaluator(ring, ring, None, metrics=["fid"])


def test_the_conditions_say_what_the_figures_depend_on(random, given):
    digits = load_extractor("digits", 1)
    real = dataset(9)
    assert Evaluator(real, real, digits, samples=5).conditions(given(None)) == {
        "features": "digits features, resized to 28x28",
        "extractor": digits.fingerprint[:8],
        "samples": {"generator": 5},
        "split": "test",
        "examples": real.fingerprint[:8],
    }
    found = Evaluator(real, real, random).conditions(given(None))
    assert set(found) == {*evaluator.CONDITIONS} - {"domain_classifier"} and found["samples"] == {
        "generator": 9
    }
    json.dumps(found)


def test_other_examples_and_other_networks_do_not_compare(random, given):
    def conditions(real, extractor):
        return Evaluator(real, real, extractor, samples=5).conditions(given(None)) | {"fid": 1.0}

    real, others = dataset(9), dataset(9)
    others.domains[0][0] ^= 1
    network = load_extractor("random", 1)
    first = conditions(real, network)
    assert comparable([conditions(real, load_extractor("random", 1)), first]) == [first, first]
    assert comparable([conditions(others, network), first]) == [first]
    other = load_extractor("random", 1)
    weight = other._network.weights[0]
    weight.assign(weight + 1.0)
    assert comparable([first, changed := conditions(real, other)]) == [changed]


def test_the_split_is_the_one_that_there_was(tmp_path, random, given):
    for name in ("a.png", "b.png"):
        Image.new("RGB", (16, 16)).save(tmp_path / name)
    real = data.load(tmp_path, "images", split="test", image_size=8)
    assert Evaluator(real, real, random).conditions(given(None))["split"] == "train"


def test_the_value_that_ranks_models(random):
    real = dataset()
    evaluate = Evaluator(real, real, random, metrics=["precision_recall", "kid"])
    assert evaluate.monitor() == "kid" and evaluate.monitor("recall") == "recall"
    for name in ("fid", "kid_standard_error", "nothing"):
        with pytest.raises(ValueError, match=f"{name} .*: give one of kid, precision, recall$"):
            evaluate.monitor(name)


def test_a_games_own_categories_are_asked_for_evenly_and_in_no_order(random, given):
    real = dataset(count=600)
    model = given(everything(real))
    model.classes = 300  # more than are made at once
    Evaluator(real, real, random, metrics=["fid"])(model)
    assert np.bincount(model.labels).tolist() == [2] * 300
    assert model.labels[:300] != model.labels[300:] and model.labels[:300] != list(range(300))


def test_where_all_modes_are_found_the_share_near_them_decides():
    cloud, points = ({"modes": 25.0, "high_quality": share} for share in (0.07, 0.71))
    fewer = {"modes": 24.0, "high_quality": 0.9}
    assert metric_specs.sort_key(points, "modes") < metric_specs.sort_key(cloud, "modes")
    assert metric_specs.sort_key(cloud, "modes") < metric_specs.sort_key(fewer, "modes")
    assert metric_specs.sort_key({"fid": 2.0}, "fid") == (2.0,)


def test_measures_compare_as_many_as_they_say(random):
    real = dataset()
    found = Evaluator(real, real, random, metrics=["kid", "precision_recall", "density_coverage"])
    for evaluate in found.specs.values():
        assert evaluate.make(found).capacity == evaluate.max_samples


@pytest.mark.parametrize("name", ["kid", "precision_recall", "density_coverage", "authenticity"])
def test_what_is_no_number_is_no_figure(name, random):
    real = dataset()
    metric = metric_specs.METRICS[name].make(Evaluator(real, real, random))
    rows = np.random.default_rng(0).normal(size=(20, random.dim))
    metric.update_state(rows, rows + 0.1)
    assert np.isfinite(float(next(iter(metric.result().values()))))
    metric.update_state(rows, np.full_like(rows, np.nan))
    assert np.isnan([float(value) for value in metric.result().values()]).all()


def test_less_is_better_and_nan_is_last():
    rank = metric_specs.score
    assert rank({"fid": 2.0}, "fid") < rank({"fid": 3.0}, "fid") < rank({"fid": np.nan}, "fid")
    assert rank({"recall": 0.9}, "recall") < rank({"recall": 0.1}, "recall")
    assert rank({"recall": 0.0}, "recall") < rank({"recall": np.nan}, "recall")
    both = {"a_to_b/fid": 1.0, "b_to_a/fid": 4.0, "a_to_b/recall": 0.5, "step": 3}
    assert rank(both, "fid") == 2.5
    assert rank({"a_to_b/fid": 1.0, "b_to_a/fid": np.nan}, "fid") == np.inf
    assert rank({"step": 3}, "fid") == np.inf
