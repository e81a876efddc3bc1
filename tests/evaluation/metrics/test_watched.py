"""The measures are watched, not trusted: what each says of images whose fault is known.

Each is taken by an `Evaluator` of a generator that returns given images: real ones, spoilt ones,
too few kinds of them. Real digits are seen by the classifier of digits; without real data, drawn
shapes by random features, which notice less.
"""

from dataclasses import replace

import keras
import numpy as np
import pytest

from keras_gans import data
from keras_gans.evaluation.evaluator import Evaluator
from keras_gans.evaluation.features import load_extractor

COUNT = {"digits": 400, "shapes": 300}
METRICS = ["fid", "precision_recall", "density_coverage", "authenticity"]


class Watch:
    """Real images in disjoint parts, and an evaluation against the first of them.

    Attributes:
        test: the images that are compared with.
        fresh: other real ones.
        memory: those that the model is said to have been trained on.
    """

    def __init__(self, dataset, extractor, count, measures):
        self.dataset, self.count = dataset, count
        parts = [slice(n * count, (n + 1) * count) for n in range(3)]
        test, _, train = (
            replace(dataset, domains=(dataset.domains[0][part],), labels=dataset.labels[part])
            for part in parts
        )
        self.test, self.fresh, self.memory = (
            dataset.images_at(0, np.arange(part.start, part.stop)) for part in parts
        )
        self.evaluation = Evaluator(test, train, extractor, metrics=measures)

    def without(self, classes):
        """Return as many real images as ever, of the classes from a number on."""
        kept = np.flatnonzero(self.dataset.labels >= classes)
        return self.dataset.images_at(0, kept[-self.count :])


@pytest.fixture(scope="module", params=["digits", "shapes"])
def watch(request):
    if request.param == "shapes":
        dataset = data.load("shapes", "labelled", image_size=16)
        extractor, measures = load_extractor("random", 3), METRICS
    else:
        dataset, extractor = map(request.getfixturevalue, ("real_digits", "digits"))
        measures = [*METRICS, "classes"]
    return Watch(dataset, extractor, COUNT[request.param], measures)


@pytest.fixture
def measure(watch, given):
    return lambda images: watch.evaluation(given(images))


@pytest.fixture(scope="module")
def fresh(watch, given):
    """What the measures say of other real images: as good as it gets."""
    return watch.evaluation(given(watch.fresh))


def noisy(images, std):
    noise = np.random.default_rng(0).standard_normal(images.shape, "float32")
    return np.clip(images + std * noise, -1, 1)


def blurred(images, times):
    for _ in range(times):
        images = keras.ops.average_pool(images, 3, 1, "same")
    return keras.ops.convert_to_numpy(images)


def rising(values):
    return all(y > x for x, y in zip(values[:-1], values[1:], strict=True))


def test_a_set_against_itself(watch, measure):
    found = measure(watch.test)
    assert found["fid"] <= 1e-6
    assert [found[name] for name in ("precision", "recall", "coverage")] == [1.0, 1.0, 1.0]
    assert found.get("reverse_kl", 0.0) == pytest.approx(0.0, abs=1e-9)


def test_other_real_pictures_are_good_and_no_copies(watch, fresh):
    for name in ("precision", "recall", "density", "coverage"):
        assert fresh[name] > 0.75, name
    assert fresh["density"] < 1.25
    assert fresh["authenticity"] > 0.4
    assert fresh.get("classes_found", 10) == 10 and fresh.get("reverse_kl", 0.0) < 0.03


def test_noise_raises_fid_the_more_the_more(watch, measure, fresh):
    spoilt = [measure(noisy(watch.fresh, std)) for std in (0.1, 0.2, 0.4)]
    assert rising([found["fid"] for found in (fresh, *spoilt)])
    for name in ("precision", "density", "coverage"):
        assert rising([found[name] for found in (*spoilt[::-1], fresh)]), name


def test_blur_raises_fid_the_more_the_more(watch, measure, fresh):
    spoilt = [measure(blurred(watch.fresh, times)) for times in (1, 2, 4)]
    assert rising([found["fid"] for found in (fresh, *spoilt)])
    assert rising([found["recall"] for found in (*spoilt[:2][::-1], fresh)])
    if "reverse_kl" in fresh:  # blurred shapes are among the real ones to random features
        for name in ("precision", "density"):
            assert rising([found[name] for found in (*spoilt[:2][::-1], fresh)]), name


@pytest.mark.parametrize("watch", ["digits"], indirect=True)  # random features see no classes
def test_missing_classes_are_missed(watch, measure, fresh):
    spoilt = [measure(watch.without(classes)) for classes in range(1, 6)]
    assert rising([found["fid"] for found in (fresh, *spoilt)])
    assert rising([found["reverse_kl"] for found in (fresh, *spoilt)])
    for name in ("recall", "coverage"):
        assert rising([found[name] for found in (*spoilt[::-1], fresh)]), name
    assert all(found["smallest_share"] < 0.005 < fresh["smallest_share"] for found in spoilt)
    # What is there is as good as ever.
    assert min(found["precision"] for found in spoilt) > fresh["precision"] - 0.05


def test_memorized_training_pictures_have_no_authenticity(watch, measure, fresh):
    assert measure(watch.memory)["authenticity"] < 0.01
    half = np.concatenate([watch.memory[: watch.count // 2], watch.fresh[: watch.count // 2]])
    assert measure(half)["authenticity"] == pytest.approx(fresh["authenticity"] / 2, abs=0.07)


def test_one_picture_again_and_again_has_no_diversity(watch, given):
    diversity = replace_measures(watch.evaluation, ["diversity", "precision_recall"])
    found = diversity(given(np.repeat(watch.fresh[:1], watch.count, axis=0)))
    assert found["diversity"] == 0.0 < found["diversity_of_real"]
    assert found["recall"] < 0.01
    varied = diversity(given(watch.fresh))
    assert varied["diversity"] == pytest.approx(varied["diversity_of_real"], rel=0.1)


def replace_measures(evaluation, measures):
    return Evaluator(evaluation.test, evaluation.train, evaluation.extractor, metrics=measures)


def test_wrong_labels_are_noticed(real_digits, digits, given):
    """A generator that makes the digit asked for, and ones that sometimes make the next one."""
    count = COUNT["digits"]
    test = replace(
        real_digits, domains=(real_digits.domains[0][:count],), labels=real_digits.labels[:count]
    )
    evaluation = Evaluator(
        test, test, digits, metrics=["class_accuracy", "intra_class_fid", "fid"], conditional=True
    )
    asked = given(test.images_at(0, np.zeros(count, int)))
    Evaluator(test, test, digits, metrics=["class_accuracy"], conditional=True)(asked)
    by_class = [np.flatnonzero(real_digits.labels[count:] == label) + count for label in range(10)]
    found = []
    for wrong in (0, count // 2):
        labels = np.array(asked.labels)
        labels[:wrong] = (labels[:wrong] + 1) % 10
        ranks = [np.sum(labels[:n] == label) for n, label in enumerate(labels)]
        which = [by_class[label][rank] for label, rank in zip(labels, ranks, strict=True)]
        found.append(evaluation(given(real_digits.images_at(0, np.array(which)))))
    right, wrong = found
    assert right["class_accuracy"] > 0.98 and wrong["class_accuracy"] == pytest.approx(
        0.5, abs=0.02
    )
    # What is made is nearly the same mixture of digits: the distance does not know who was asked.
    assert wrong["fid"] < 3 * right["fid"]
    assert wrong["intra_class_frechet"] > 5 * right["intra_class_frechet"]
