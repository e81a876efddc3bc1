"""Which metrics are evaluated, under which conditions they compare, and which value is better."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from keras_gans import data
from keras_gans.evaluation import evaluator, metric_specs
from keras_gans.evaluation.evaluator import Evaluator, comparable
from keras_gans.evaluation.features import load_extractor
from tests.evaluation.random_images import bright_or_dark, dataset, everything


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
