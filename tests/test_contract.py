"""What every variant keeps."""

from argparse import Namespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from export import onnx, saved_model, tflite
from export.common import report
from export.common.runs import Run


def values(variables):
    return [keras.ops.convert_to_numpy(v) for v in variables]


def assert_same(before, after):
    assert len(before) == len(after) > 0
    for x, y in zip(before, after, strict=True):
        np.testing.assert_array_equal(x, y)


def assert_all_differ(before, after):
    assert len(before) == len(after) > 0
    assert all(np.any(x != y) for x, y in zip(before, after, strict=True))


@pytest.mark.parametrize("moving", ["generator", "discriminator"])
def test_a_side_changes_its_own_weights_and_nobody_elses(variant, moving):
    model = variant.create(optimizer=lambda side: keras.optimizers.SGD(0.1 * (side == moving)))
    sides = {"generator": model.generator_variables, "discriminator": model.discriminator_variables}
    before = {side: values(variables) for side, variables in sides.items()}
    variant.fit(model, steps=2)  # a layer that begins at zero lets the first gradient stop there
    for side, variables in sides.items():
        (assert_all_differ if side == moving else assert_same)(before[side], values(variables))


def test_the_two_sides_are_all_trainable_weights(variant):
    model = variant.create()
    sides = model.generator_variables + model.discriminator_variables
    assert {id(v) for v in sides} == {id(v) for v in model.trainable_variables}
    assert len(sides) == len(model.trainable_variables)


def test_terms_are_named_by_side_and_finite(variant):
    history = variant.fit(variant.create(), steps=2)
    assert {name.split("/")[0] for name in history} == {"generator", "discriminator"}
    assert all(np.isfinite(value[0]) for value in history.values())


def test_history_holds_the_means_of_an_epoch(variant):
    both = variant.fit(variant.create(), steps=2, seed=0)
    model = variant.create()
    first, second = (variant.fit(model, seed=seed) for seed in (0, 1))
    for name, (mean,) in both.items():
        assert mean == pytest.approx((first[name][0] + second[name][0]) / 2, rel=1e-3)


def test_saved_and_loaded_it_goes_on_as_if_it_had_not_been(variant, tmp_path):
    model = variant.create(
        optimizer=lambda side: keras.optimizers.Adam(1e-3, use_ema=side == "generator")
    )
    variant.fit(model, steps=3)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    loaded.run_eagerly = True
    assert int(loaded.steps) == 3
    assert_same(values(model.variables), values(loaded.variables))
    variant.fit(model, steps=2, seed=7)
    variant.fit(loaded, steps=2, seed=7)
    assert_same(values(model.variables), values(loaded.variables))
    for side in ("generator_optimizer", "discriminator_optimizer"):
        assert_same(values(getattr(model, side).variables), values(getattr(loaded, side).variables))


def test_weights_load_into_a_model_built_anew(variant, tmp_path):
    def optimizer(side):
        return keras.optimizers.Adam(1e-3, use_ema=side == "generator")

    model, other = (variant.create(optimizer=optimizer) for _ in range(2))
    variant.fit(model, steps=2)
    model.save(tmp_path / "model.keras")
    other.load_weights(tmp_path / "model.keras")
    variant.fit(model, steps=1, seed=5)
    variant.fit(other, steps=1, seed=5)
    assert_same(values(model.variables), values(other.variables))
    with model.averaged(), other.averaged():
        assert_same(values(model.generator_variables), values(other.generator_variables))


def test_eager_equals_graph(variant):
    settings = {"optimizer": lambda side: keras.optimizers.SGD(0.01)}
    eager, graph = variant.create(**settings), variant.create(**settings, run_eagerly=False)
    before = values(eager.trainable_variables)
    first, second = (variant.fit(model, steps=2) for model in (eager, graph))
    for name, (mean,) in first.items():
        assert mean == pytest.approx(second[name][0], rel=1e-3, abs=1e-4)
    assert_all_differ(before, values(eager.trainable_variables))
    for x, y in zip(values(eager.variables), values(graph.variables), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-3, atol=1e-4)


def test_evaluate_changes_nothing_and_gives_the_same_terms(variant):
    model = variant.create()
    history = variant.fit(model, steps=2)
    before = values(model.variables)
    data = tf.data.Dataset.from_tensors(variant.batch())
    first = model.evaluate(data, verbose=0, return_dict=True)
    second = model.evaluate(data, verbose=0, return_dict=True)
    assert_same(before, values(model.variables))
    assert first.keys() == history.keys()
    assert first == second


def test_preview_shows_columns_of_images_that_do_not_change(variant):
    model = variant.create()
    batch = variant.batch(3)
    first, second = (values(model.preview(batch).values()) for _ in range(2))
    assert all(column.shape == (3, *variant.image_shape) for column in first)
    assert all(np.abs(column).max() <= 1.0 for column in first)
    assert_same(first, second)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_low_precision_trains_float32_weights(variant, precision):
    keras.config.set_dtype_policy(precision)
    model = variant.create()
    before = values(model.generator_variables)
    # The loss scale of float16 begins too high on purpose: it halves until a step can be taken.
    history = variant.fit(model, steps=6)
    assert all(np.isfinite(value[0]) for value in history.values())
    assert {keras.backend.standardize_dtype(v.dtype) for v in model.trainable_variables} == {
        "float32"
    }
    assert_all_differ(before, values(model.generator_variables))
    scaled = isinstance(model.generator_optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (precision == "mixed_float16")


def test_low_precision_is_near_float32(variant):
    full = variant.fit(variant.create())
    keras.config.set_dtype_policy("mixed_bfloat16")
    low = variant.fit(variant.create())
    for name, value in full.items():
        assert low[name][0] == pytest.approx(value[0], rel=0.05, abs=0.05)


def test_averaged_weights_are_there_within_the_block_only(variant):
    momentum = 0.75
    model = variant.create(
        optimizer=lambda side: keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=momentum)
    )
    variant.fit(model)
    first = values(model.generator_variables)
    variant.fit(model, seed=1)
    second = values(model.generator_variables)
    with model.averaged():
        averaged = values(model.generator_variables)
    assert_same(second, values(model.generator_variables))
    for x, y, average in zip(first, second, averaged, strict=True):
        expected = momentum * x + (1 - momentum) * y  # the first step's weights begin the average
        np.testing.assert_allclose(average, expected, atol=1e-6)


@pytest.mark.parametrize("variant", ["dcgan"], indirect=True)
def test_xla_computes_the_same(variant, monkeypatch):
    # XLA draws other numbers from the same seed.
    noise = keras.random.normal((4, 6), seed=0)
    monkeypatch.setattr(variant.model, "latents", lambda model, count: noise)
    settings = {"optimizer": lambda side: keras.optimizers.SGD(0.1)}
    compiled = variant.fit(variant.create(**settings, run_eagerly=False, jit_compile=True), 2)
    plain = variant.fit(variant.create(**settings), 2)
    for name, (value,) in plain.items():
        assert compiled[name][0] == pytest.approx(value, rel=1e-3)


def test_exports_equal_keras(variant, tmp_path):
    model = variant.create()
    variant.fit(model)
    np.savez(tmp_path / "examples.npz", *keras.tree.flatten(variant.batch(4)))
    config = {"variant": "mine", "data": {"name": "random"}}
    run = Run(tmp_path, config, model)
    generators = run.generators()
    assert {generator.name for generator in generators} == model.generators.keys()
    options = Namespace(output=None, version=None, batch_size=2, quantize=["none"])
    for generator in generators:
        expected = model.generators[generator.name](_in_order(generator), training=False)
        np.testing.assert_allclose(generator.expected, expected, atol=1e-5)
        for form in (saved_model, tflite, onnx):
            form.deliver(run, generator, options)
    rows = report.rows_of(tmp_path)
    assert len(rows) == 3 * len(generators)
    assert all(row["max_difference"] < 0.01 for row in rows)


def _in_order(generator):
    return keras.tree.map_structure(
        lambda tensor: keras.ops.convert_to_tensor(generator.examples[tensor.name]),
        generator.network.input,
    )
