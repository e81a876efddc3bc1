"""What all metrics of two sides keep, and how states are merged."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.evaluation import metrics
from keras_gans.evaluation.metrics import ModeCoverage

DIM = 6
METRICS = {
    "frechet": lambda **kw: metrics.FrechetDistance(DIM, **kw),
    "kernel": lambda **kw: metrics.KernelDistance(DIM, capacity=500, **kw),
    "precision_recall": lambda **kw: metrics.PrecisionRecall(DIM, capacity=500, **kw),
    "density_coverage": lambda **kw: metrics.DensityCoverage(DIM, capacity=500, **kw),
    "authenticity": lambda **kw: metrics.Authenticity(DIM, capacity=500, **kw),
    "diversity": lambda **kw: metrics.Diversity(**kw),
    "label_shares": lambda **kw: metrics.ClassCoverage(3, **kw),
    "intra_class": lambda **kw: metrics.IntraClassFrechet(DIM, 3, **kw),
}
SEEDED = ["kernel", "precision_recall", "density_coverage", "authenticity"]


@pytest.fixture(params=METRICS)
def name(request):
    return request.param


def side(name, count, seed):
    """Return what a metric is fed of one side."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((count, DIM)).astype("float32")
    labels = rng.integers(0, 3, count)
    fed = {"diversity": [[rows]], "label_shares": [labels], "intra_class": [rows, labels]}
    return fed.get(name, [rows])


def nothing(parts):
    return keras.tree.map_structure(lambda part: part[:0], parts)


def feed(metric, name, seeds, count=40):
    for seed in seeds:
        metric.update_state(*side(name, count, seed), *side(name, count, 100 + seed))
    return metric


def values(metric):
    result = metric.result()
    return {k: float(v) for k, v in (result if isinstance(result, dict) else {"": result}).items()}


def test_merged_halves_equal_one_metric_that_saw_everything(name):
    whole = feed(METRICS[name](), name, range(6))
    settings = [{"seed": seed} for seed in (1, 2, 3)] if name in SEEDED else [{}] * 3
    first, *others = [METRICS[name](**setting) for setting in settings]
    for metric, seeds in zip((first, *others), ([0, 1, 2], [3], [4, 5]), strict=True):
        feed(metric, name, seeds)
    first.merge_state(others)
    assert values(first) == pytest.approx(values(whole), rel=1e-9, nan_ok=True)


def test_merging_refuses_what_does_not_fit_and_adds_nothing_then(name):
    metric = feed(METRICS[name](), name, [0])
    before = values(metric)
    with pytest.raises(ValueError, match=f"{type(metric).__name__} cannot be merged with Mean"):
        metric.merge_state([feed(METRICS[name](), name, [1]), keras.metrics.Mean()])
    assert values(metric) == pytest.approx(before, nan_ok=True)


def test_merging_refuses_other_settings_by_their_names():
    with pytest.raises(ValueError, match="PrecisionRecall .* another capacity, k$"):
        two = metrics.PrecisionRecall(4, k=5, capacity=9)
        metrics.PrecisionRecall(4, capacity=8).merge_state([two])


def test_mode_coverage_merges_too():
    first, second = (ModeCoverage([[0.0], [1.0]], 0.1) for _ in range(2))
    first.update_state(np.zeros((3, 1), "float32"))
    second.update_state(np.array([[1.0], [9.0]], "float32"))
    first.merge_state([second])
    assert values(first) == pytest.approx({"modes": 2.0, "high_quality": 0.8})


def test_its_state_is_of_fixed_size(name):
    metric = feed(METRICS[name](), name, [0])
    shapes = [variable.shape for variable in metric.variables]
    size = sum(variable.numpy().nbytes for variable in metric.variables)
    feed(metric, name, range(10), count=200)
    assert [variable.shape for variable in metric.variables] == shapes
    assert sum(variable.numpy().nbytes for variable in metric.variables) == size


def test_the_real_side_is_fed_once_and_the_fake_side_many_times(name):
    both, metric = feed(METRICS[name](), name, [0]), METRICS[name]()
    real, fake = side(name, 40, 0), side(name, 40, 100)
    metric.update_state(*real, *nothing(real))
    snapshot = [variable.numpy() for variable in metric.variables]
    for _ in range(2):
        for variable, value in zip(metric.variables, snapshot, strict=True):
            variable.assign(value)
        metric.update_state(*nothing(fake), *fake)
        assert values(metric) == pytest.approx(values(both), rel=1e-9, nan_ok=True)


def test_nothing_seen_is_not_a_number(name):
    found = values(METRICS[name]())
    found.pop("classes_found", None)
    assert all(np.isnan(list(found.values())))


def test_it_forgets_everything_when_reset(name):
    metric = feed(METRICS[name](), name, [0], count=700)  # more than a reservoir holds
    before = values(metric)
    metric.reset_state()
    assert values(metric) == pytest.approx(values(METRICS[name]()), nan_ok=True)
    again = values(feed(metric, name, [0], count=700))
    assert again == pytest.approx(before, rel=1e-9, nan_ok=True)


def test_it_serializes(name):
    metric = METRICS[name](name="mine")
    copy = keras.metrics.deserialize(keras.metrics.serialize(metric))
    assert type(copy) is type(metric) and copy.get_config() == metric.get_config()
    copied, found = values(feed(copy, name, [0, 1])), values(feed(metric, name, [0, 1]))
    assert copied == pytest.approx(found, rel=1e-9, nan_ok=True)


def test_it_can_be_updated_by_a_compiled_step_of_any_batch_size(name):
    metric = METRICS[name]()
    update = tf.function(metric.update_state, reduce_retracing=True)
    for seed, count in enumerate((40, 23, 7)):
        update(*side(name, count, seed), *side(name, count, 100 + seed))
    eager = METRICS[name]()
    for seed, count in enumerate((40, 23, 7)):
        eager.update_state(*side(name, count, seed), *side(name, count, 100 + seed))
    assert values(metric) == pytest.approx(values(eager), rel=1e-5, nan_ok=True)
