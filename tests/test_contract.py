"""What every model has in common."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from export import onnx, saved_model, tflite
from export.common import report
from export.common.options import FormatOptions
from export.common.trained_run import TrainedRun
from keras_gans.cli.run_directory import RunDirectory, RunInfo
from keras_gans.data.config import DataConfig
from tests.conftest import VARIANTS

# Their generators have the layers of another variant's, so that exports of that one tell all.
SAME_GENERATOR = {
    "dcgan-options",
    "lsgan",
    "wgan",
    "wgan_gp",
    "acgan",
    "sngan",
    "cut",
    "cut-fast",
    "distill-pix2pix",
}


@pytest.fixture(scope="module", params=VARIANTS)
def trained(request):
    """Each variant, its model after two steps and the history. No test changes the model."""
    variant = VARIANTS[request.param]
    model = variant.create()
    return variant, model, variant.fit(model, steps=2)


def values(variables):
    return [keras.ops.convert_to_numpy(v) for v in variables]


def assert_same(before, after):
    assert len(before) == len(after) > 0
    for x, y in zip(before, after, strict=True):
        np.testing.assert_array_equal(x, y)


def assert_all_differ(before, after):
    assert len(before) == len(after) > 0
    assert all(np.any(x != y) for x, y in zip(before, after, strict=True))


@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_each_optimizer_updates_its_own_weights_only(variant, network):
    model = variant.create(optimizer=lambda name: keras.optimizers.SGD(0.1 * (name == network)))
    weights = {
        "generator": model.generator_variables,
        "discriminator": model.discriminator_variables,
    }
    before = {name: values(variables) for name, variables in weights.items()}
    variant.fit(model, steps=2)  # layers before one of zeros have no gradient in the first step
    for name, variables in weights.items():
        (assert_all_differ if name == network else assert_same)(before[name], values(variables))


def test_all_trainable_weights_are_the_generators_or_the_discriminators(trained):
    _, model, _ = trained
    weights = model.generator_variables + model.discriminator_variables
    assert {id(v) for v in weights} == {id(v) for v in model.trainable_variables}
    assert len(weights) == len(model.trainable_variables)


def test_losses_are_named_by_network_and_finite(trained):
    _, _, history = trained
    assert {name.split("/")[0] for name in history} == {"generator", "discriminator"}
    assert all(np.isfinite(value[0]) for value in history.values())


@pytest.mark.parametrize("variant", ["wgan", "cyclegan"], indirect=True)
def test_history_has_the_means_of_an_epoch(variant):
    both = variant.fit(variant.create(), steps=2, seed=0)
    model = variant.create()
    first, second = (variant.fit(model, seed=seed) for seed in (0, 1))
    for name, (mean,) in both.items():
        assert mean == pytest.approx((first[name][0] + second[name][0]) / 2, rel=1e-3)


def test_a_saved_model_trains_on_as_if_it_had_not_been_saved(variant, tmp_path):
    def optimizer(name):
        return keras.optimizers.Adam(1e-3, use_ema=name == "generator")

    model, new = (variant.create(optimizer=optimizer) for _ in range(2))
    variant.fit(model, steps=3)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    loaded.run_eagerly = True
    new.load_weights(tmp_path / "model.keras")
    others = loaded, new
    for other in others:
        assert int(other.steps) == 3
        assert_same(values(model.variables), values(other.variables))
    for each in (model, *others):
        variant.fit(each, steps=2, seed=7)
    for other in others:
        assert_same(values(model.variables), values(other.variables))
        for name in ("generator_optimizer", "discriminator_optimizer"):
            optimizers = (getattr(each, name).variables for each in (model, other))
            assert_same(*map(values, optimizers))
        with model.averaged(), other.averaged():
            assert_same(values(model.generator_variables), values(other.generator_variables))


def test_eager_equals_graph(variant):
    arguments = {"optimizer": lambda name: keras.optimizers.SGD(0.01)}
    eager, graph = variant.create(**arguments), variant.create(**arguments, run_eagerly=False)
    before = values(eager.trainable_variables)
    first, second = (variant.fit(model, steps=2) for model in (eager, graph))
    for name, (mean,) in first.items():
        assert mean == pytest.approx(second[name][0], rel=1e-3, abs=1e-4)
    assert_all_differ(before, values(eager.trainable_variables))
    for x, y in zip(values(eager.variables), values(graph.variables), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-3, atol=1e-4)


def test_evaluate_changes_nothing_and_returns_the_same_losses(trained):
    variant, model, history = trained
    before = values(model.variables)
    data = tf.data.Dataset.from_tensors(variant.batch())
    first = model.evaluate(data, verbose=0, return_dict=True)
    second = model.evaluate(data, verbose=0, return_dict=True)
    assert_same(before, values(model.variables))
    assert first.keys() == history.keys()
    assert first == second


def test_sample_grids_are_columns_of_images_and_reproducible(trained):
    variant, model, _ = trained
    batch = variant.batch(3)
    first, second = (values(model.sample_grid(batch).values()) for _ in range(2))
    assert all(column.shape == (3, *variant.image_shape) for column in first)
    assert all(np.abs(column).max() <= 1.0 for column in first)
    assert_same(first, second)


def test_float16_trains_float32_weights(variant):
    keras.config.set_dtype_policy("mixed_float16")
    model = variant.create()
    before = values(model.generator_variables)
    # The initial loss scale is too high by design: it is halved until a step is finite.
    history = variant.fit(model, steps=6)
    assert_trained_in_float32(model, before, history)
    assert isinstance(model.generator_optimizer, keras.optimizers.LossScaleOptimizer)


def test_bfloat16_trains_float32_weights_and_is_near_float32(variant):
    full = variant.fit(variant.create())
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = variant.create()
    before = values(model.generator_variables)
    low = variant.fit(model)
    for name, value in full.items():
        assert low[name][0] == pytest.approx(value[0], rel=0.05, abs=0.05)
    # Layers before one of zeros have no gradient in the first step.
    assert_trained_in_float32(model, before, variant.fit(model, steps=2))
    assert not isinstance(model.generator_optimizer, keras.optimizers.LossScaleOptimizer)


def assert_trained_in_float32(model, before, history):
    assert all(np.isfinite(value[0]) for value in history.values())
    assert {v.dtype for v in model.trainable_variables} == {"float32"}
    assert_all_differ(before, values(model.generator_variables))


@pytest.mark.parametrize("variant", ["gan", "cyclegan", "cut", "distill"], indirect=True)
def test_averaged_weights_are_used_within_the_block_only(variant):
    momentum = 0.75
    model = variant.create(
        optimizer=lambda name: keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=momentum)
    )
    variant.fit(model)
    first = values(model.generator_variables)
    variant.fit(model, seed=1)
    second = values(model.generator_variables)
    with model.averaged():
        averaged = values(model.generator_variables)
    assert_same(second, values(model.generator_variables))
    for x, y, average in zip(first, second, averaged, strict=True):
        expected = momentum * x + (1 - momentum) * y  # the average starts from the first step
        np.testing.assert_allclose(average, expected, atol=1e-6)
    model.compile(model.make_optimizer(use_ema=True), model.make_optimizer(), run_eagerly=True)
    with model.averaged():  # there are no averages yet
        assert_same(second, values(model.generator_variables))


@pytest.mark.parametrize("variant", ["dcgan"], indirect=True)
def test_xla_computes_the_same(variant, monkeypatch):
    # XLA draws other numbers from the same seed.
    noise = keras.random.normal((4, 6), seed=0)
    monkeypatch.setattr(variant.model, "sample_latents", lambda model, count: noise)
    arguments = {"optimizer": lambda name: keras.optimizers.SGD(0.1)}
    compiled = variant.fit(variant.create(**arguments, run_eagerly=False, jit_compile=True), 2)
    plain = variant.fit(variant.create(**arguments), 2)
    for name, (value,) in plain.items():
        assert compiled[name][0] == pytest.approx(value, rel=1e-3)


def test_generators_to_export_give_the_models_images(trained, tmp_path):
    _, model, _ = trained
    generators = _run(trained, tmp_path).generators()
    assert {generator.name for generator in generators} == model.generators.keys()
    for generator in generators:
        expected = model.generators[generator.name](_inputs(generator), training=False)
        np.testing.assert_allclose(generator.expected, expected, atol=1e-5)


@pytest.mark.parametrize(
    "trained", [name for name in VARIANTS if name not in SAME_GENERATOR], indirect=True
)
def test_exports_equal_keras(trained, tmp_path):
    run = _run(trained, tmp_path)
    generator, *_ = run.generators()  # CycleGAN's second has the layers of its first
    onnx.export(run, generator, FormatOptions(tmp_path))
    tflite.export(run, generator, tflite.TFLiteOptions(tmp_path, batch_size=2))
    saved_model.export(run, generator, saved_model.SavedModelOptions(tmp_path))
    rows = report.read_rows(run.directory)
    assert len(rows) == 3
    assert all(row.measurements.max_abs_error < 0.01 for row in rows)


def _run(trained, folder):
    variant, model, _ = trained
    directory = RunDirectory(folder)
    np.savez(directory.examples_file, *keras.tree.flatten(variant.batch(4)))
    data = DataConfig("random", variant.model.task)
    return TrainedRun(directory, RunInfo("mine", {}, data, "", None, {}), model)


def _inputs(generator):
    return keras.tree.map_structure(
        lambda tensor: keras.ops.convert_to_tensor(generator.examples[tensor.name]),
        generator.network.input,
    )
